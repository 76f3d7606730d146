//go:build unix

package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// connectTimeout bounds one attempt to connect.
const connectTimeout = 5 * time.Second

// PostgreSQL's error codes that a first connection may get.
const (
	codeNoDatabase      = "3D000"
	codeBadLogin        = "28000"
	codeBadPassword     = "28P01"
	codeStartingUp      = "57P03"
	codeRoleExists      = "42710"
	codeDatabaseExists  = "42P04"
	codeUniqueViolation = "23505"
)

func hasCode(err error, codes ...string) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, pgErr.Code)
}

// ownDSN returns the connection as a URL that sets every keyword which a PG
// variable in the environment could change otherwise.
func ownDSN(c Connection) string {
	u := c.url()
	u.User = url.UserPassword(c.User, c.Password)
	u.RawQuery = url.Values{
		"channel_binding":      {"prefer"},
		"connect_timeout":      {strconv.Itoa(int(connectTimeout.Seconds()))},
		"max_protocol_version": {"3.0"},
		"min_protocol_version": {"3.0"},
		"require_auth":         {""},
		"sslcertmode":          {"disable"},
		"sslmode":              {"disable"},
		"sslnegotiation":       {"postgres"},
		"sslrootcert":          {""},
		"target_session_attrs": {"any"},
	}.Encode()
	return u.String()
}

func parse(c Connection) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(ownDSN(c))
	if err == nil {
		return config, nil
	}
	// The parser's own text may quote the password.
	return nil, liftoff.NewError(liftoff.Usage,
		fmt.Errorf("read the connection settings for %s together with the environment's %s", c,
			cmp.Or(strings.Join(variablesOfPG(), ", "), "PG variables")),
		"unset PGSERVICE and the other PG variables: the embedded PostgreSQL needs none")
}

// variablesOfPG returns the names of PostgreSQL's variables that are set.
func variablesOfPG() []string {
	var names []string
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// checkEnvironment fails, before a server starts, if the environment would break
// connections to it: PGSERVICE may name a service that does not exist, and nothing
// overrides it.
func checkEnvironment(opts Options) error {
	_, err := parse(Connection{Host: "127.0.0.1", Port: 1, Database: opts.Database, User: opts.User})
	return err
}

// connect opens a connection that takes nothing from the environment.
func connect(ctx context.Context, c Connection) (*pgx.Conn, error) {
	config, err := parse(c)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams = map[string]string{"application_name": "liftoff"}
	return pgx.ConnectConfig(ctx, config)
}

// ping connects and disconnects.
func ping(ctx context.Context, c Connection) error {
	conn, err := connect(ctx, c)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// reach checks that the connection works, and makes the role and the database if
// one of them is missing. For a server that does not answer yet it returns the
// driver's error.
func reach(ctx context.Context, c Connection) error {
	err := ping(ctx, c)
	if !hasCode(err, codeNoDatabase, codeBadLogin, codeBadPassword) {
		return err
	}
	if err := provision(ctx, c); err != nil {
		return err
	}
	return ping(ctx, c)
}

// provision makes the role and the database of c, or gives an existing role
// the password of c. It may run twice, even at the same time.
func provision(ctx context.Context, c Connection) (err error) {
	admin := c
	admin.User, admin.Database = superuser, "postgres"
	conn, err := connect(ctx, admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()

	// The server would log a statement that fails, and one of them has the
	// password in it.
	if _, err := conn.Exec(ctx, "SET log_min_error_statement = 'panic'"); err != nil {
		return fmt.Errorf("set up the connection: %w", err)
	}
	if c.User != superuser {
		if err := provisionRole(ctx, conn, c); err != nil {
			return err
		}
	}
	return provisionDatabase(ctx, conn, c)
}

// provisionRole makes the role without superuser rights; pg_monitor lets it
// see what the server does.
func provisionRole(ctx context.Context, conn *pgx.Conn, c Connection) error {
	role := pgx.Identifier{c.User}.Sanitize()
	options := " LOGIN CREATEDB PASSWORD '" + strings.ReplaceAll(c.Password, "'", "''") + "'"
	_, err := conn.Exec(ctx, "CREATE ROLE "+role+options)
	if hasCode(err, codeRoleExists, codeUniqueViolation) {
		_, err = conn.Exec(ctx, "ALTER ROLE "+role+options)
	}
	if err == nil {
		_, err = conn.Exec(ctx, "GRANT pg_monitor TO "+role)
	}
	if err != nil {
		return fmt.Errorf("make the role %q: %w", c.User, err)
	}
	return nil
}

func provisionDatabase(ctx context.Context, conn *pgx.Conn, c Connection) error {
	_, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{c.Database}.Sanitize()+
		" OWNER "+pgx.Identifier{c.User}.Sanitize())
	if err != nil && !hasCode(err, codeDatabaseExists, codeUniqueViolation) {
		return fmt.Errorf("make the database %q: %w", c.Database, err)
	}
	return nil
}

// explainAccess explains a refusal of the server that will not change. It returns
// nil for an error that may pass while a server starts.
func explainAccess(err error, h home) error {
	if known, ok := errors.AsType[*liftoff.Error](err); ok { // a password that is not there
		return known
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code == codeStartingUp {
		return nil
	}
	if hasCode(err, codeBadPassword, codeBadLogin) {
		return liftoff.NewError(liftoff.Database,
			fmt.Errorf("the embedded PostgreSQL does not accept the password in %q", h.usedPasswordFile()),
			"restore the password file that belongs to the data directory")
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("prepare the embedded PostgreSQL: %w", err), "see the server's log "+h.logFile())
}
