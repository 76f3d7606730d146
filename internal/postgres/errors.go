package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// failure gives a driver's error a category, one clear line and a hint. The
// action says what was being done, and to what. An error that has a category
// keeps it.
func (s *Store) failure(action string, err error) error {
	// Only a cancelled context: the driver reports its own connect timeout as
	// context.DeadlineExceeded.
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", action, context.Canceled)
	}
	if _, isKnown := errors.AsType[*liftoff.Error](err); isKnown {
		return err
	}
	category, hint := s.meaning(err)
	said := fmt.Errorf("%s: %w", action, shortened{err})
	switch sqlState(err) {
	case invalidCatalogName:
		said = noDatabase{said}
	case readOnlyTransaction:
		said = readOnly{said}
	}
	return liftoff.NewError(category, said, hint)
}

// connectFailure is failure for a connection that could not be opened.
func (s *Store) connectFailure(err error) error {
	return s.failure("connect to PostgreSQL at "+s.target.String(), err)
}

// meaning returns the category of a driver's error, and the next step.
func (s *Store) meaning(err error) (liftoff.Category, string) {
	if isRefusedParameter(err) {
		return liftoff.Usage, "check the parameters in " + s.target.named("the PG variables of your environment", "DATABASE_URL") +
			"; for PgBouncer, its ignore_startup_parameters"
	}
	switch sqlState(err) {
	case invalidAuthorization:
		return liftoff.Privilege, fmt.Sprintf("check %s, and pg_hba.conf on the server",
			s.target.named(fmt.Sprintf("POSTGRES_USER (now %q), POSTGRES_SSLMODE", s.target.user),
				fmt.Sprintf("DATABASE_URL (the user is %q)", s.target.user)))
	case invalidPassword:
		source := cmp.Or(s.target.passwordSource, "POSTGRES_PASSWORD")
		return liftoff.Privilege, "check " + s.target.named(fmt.Sprintf("POSTGRES_USER (now %q) and %s", s.target.user, source),
			fmt.Sprintf("the user (now %q) and the password in DATABASE_URL, or %s if it has none", s.target.user, source))
	case invalidCatalogName:
		return liftoff.Privilege, fmt.Sprintf("create it with CREATE DATABASE %s, or check %s",
			pgx.Identifier{s.target.database}.Sanitize(), s.target.named("POSTGRES_DB", "DATABASE_URL"))
	case insufficientPrivilege:
		return liftoff.Privilege, s.missingGrant(err)
	case readOnlyTransaction:
		return liftoff.Privilege, s.target.readOnlyHint()
	case undefinedTable:
		return liftoff.Database, "run `liftoff doctor`: it says which table or view is missing, and what to do"
	case tooManyConnections:
		return liftoff.Database, s.connectionLimitHint(err)
	case queryCanceled:
		return liftoff.Database, "check what keeps the server busy, or allow more time with POSTGRES_STATEMENT_TIMEOUT or the role's statement_timeout"
	case lockNotAvailable:
		return liftoff.Database, "check in pg_locks who holds the lock, or allow more time with POSTGRES_STATEMENT_TIMEOUT; half of it may be spent waiting for a lock"
	case diskFull:
		return liftoff.Database, "free space on the PostgreSQL server's disk, then run the same command again; nothing is half-written"
	case "":
		return liftoff.Database, s.networkHint(err)
	default:
		return liftoff.Database, "see the PostgreSQL server's log, then run the same command again"
	}
}

// connectionLimitHint returns the next step for a limit of connections: the
// role's, the database's or the server's. The server names the function that
// refused; its message may be in another language.
func (s *Store) connectionLimitHint(err error) string {
	refusal, _ := errors.AsType[*pgconn.PgError](err)
	switch refusal.Routine {
	case "InitializeSessionUserId":
		role := pgx.Identifier{s.target.user}.Sanitize()
		return "wait until other sessions of role " + role + " end, or as an administrator lift its limit: ALTER ROLE " + role + " CONNECTION LIMIT -1"
	case "CheckMyDatabase":
		database := pgx.Identifier{s.target.database}.Sanitize()
		return "wait until other sessions of database " + database + " end, or as its owner lift its limit: ALTER DATABASE " + database + " CONNECTION LIMIT -1"
	default:
		return "wait until other clients disconnect, or raise max_connections"
	}
}

// networkHint returns the next step for an error that is not the server's.
func (s *Store) networkHint(err error) string {
	_, isConnect := errors.AsType[*pgconn.ConnectError](err)
	switch {
	case !isConnect && errors.Is(err, context.DeadlineExceeded):
		return "check the server and the network to it, or allow more time with POSTGRES_STATEMENT_TIMEOUT"
	case isTLS(err):
		return "check " + s.target.named("POSTGRES_SSLMODE", "sslmode in DATABASE_URL") +
			", the server's certificate, and the file of trusted authorities: PGSSLROOTCERT, or sslrootcert in DATABASE_URL"
	case isConnect && strings.Contains(err.Error(), wrongKindOfServer):
		return "check target_session_attrs in DATABASE_URL, and which of its servers is the primary"
	default:
		return "start PostgreSQL, or check " + s.target.named("POSTGRES_HOST and POSTGRES_PORT", "DATABASE_URL")
	}
}

func (t target) readOnlyHint() string {
	return "point " + t.named("POSTGRES_HOST", "DATABASE_URL") + " at the primary server " +
		"(target_session_attrs=read-write in DATABASE_URL finds it), or set default_transaction_read_only to off"
}

// named returns what a hint says to check: the settings of their own, or the
// URL if there is one, because then they have no effect.
func (t target) named(settings, url string) string {
	if t.hasURL {
		return url
	}
	return settings
}

// missingGrant returns the next step for a missing privilege.
func (s *Store) missingGrant(err error) string {
	if strings.Contains(err.Error(), "permission denied for database") {
		return "as the database's owner run: GRANT CONNECT ON DATABASE " +
			pgx.Identifier{s.target.database}.Sanitize() + " TO " + pgx.Identifier{s.target.user}.Sanitize()
	}
	if strings.Contains(err.Error(), "row-level security") {
		return fmt.Sprintf("run `liftoff doctor`: it prints the policy that role %q needs", s.target.user)
	}
	return fmt.Sprintf("run `liftoff doctor`: it prints the GRANT that role %q lacks", s.target.user)
}

// reading says what a command that only reads needs, for the hints of its
// errors.
type reading struct {
	// relations are all that it selects from, as GRANT takes them.
	relations string
	// timeout is how long one statement may take; 0 means without limit.
	timeout time.Duration
}

// queryFailure gives an error of a command that only reads a category and a
// hint. Unlike failure it takes an error that already says what was being done;
// one that has a category keeps it.
func (s *Store) queryFailure(ctx context.Context, err error, r reading) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%w (%w)", err, context.Canceled)
	}
	if _, isKnown := errors.AsType[*liftoff.Error](err); isKnown {
		return err
	}
	if sqlState(err) == undefinedTable {
		if missing := s.explainMissing(ctx); missing != nil {
			return missing
		}
	}
	category, hint := liftoff.Database, "check the database with `liftoff doctor`"
	switch sqlState(err) {
	case insufficientPrivilege:
		category, hint = liftoff.Privilege, "as the owner of the database run: "+s.grantReading(err, r.relations)
	case undefinedTable, undefinedColumn:
		category, hint = liftoff.Usage, "run `liftoff migrate up` to create the tables and views"
	case queryCanceled:
		hint = "try again when the database is less busy"
		if r.timeout > 0 {
			hint = fmt.Sprintf("a query may take %s; allow more time with POSTGRES_STATEMENT_TIMEOUT, or %s", r.timeout, hint)
		}
	case diskFull, "":
		category, hint = s.meaning(err)
	}
	return liftoff.NewError(category, err, hint)
}

// grantReading returns the statement that grants what the server refused.
func (s *Store) grantReading(err error, relations string) string {
	role := pgx.Identifier{s.target.user}.Sanitize()
	cause, _ := errors.AsType[*pgconn.PgError](err)
	if _, schema, ok := strings.Cut(cause.Message, "permission denied for schema "); ok {
		return fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s;", pgx.Identifier{schema}.Sanitize(), role)
	}
	return fmt.Sprintf("GRANT SELECT ON %s TO %s;", relations, role)
}
