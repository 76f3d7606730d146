package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/embedded"
)

// Database is a database and a role that may use it.
type Database struct {
	// DSN is the whole connection as a URL, with the password.
	DSN string
	// Host, Port, Name, User and Password are the same one by one.
	Host           string
	Port           int
	Name           string
	User, Password string
}

// withDSN fills in the DSN from the other fields.
func (d Database) withDSN() Database {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(d.User, d.Password),
		Host:     net.JoinHostPort(d.Host, strconv.Itoa(d.Port)),
		Path:     "/" + d.Name,
		RawQuery: "sslmode=disable",
	}
	d.DSN = u.String()
	return d
}

func databaseOn(c embedded.Connection, name string) Database {
	return Database{Host: c.Host, Port: c.Port, Name: name, User: c.User, Password: c.Password}.withDSN()
}

// NewDatabase returns an empty database that no other test sees, with a
// superuser. It is dropped after the test, whoever is still connected.
func NewDatabase(t testing.TB) Database {
	t.Helper()
	return newDatabase(t, "template1")
}

func newDatabase(t testing.TB, template string) Database {
	t.Helper()
	admin := sharedConnection(t)
	name := newName(t)
	statement := "CREATE DATABASE " + quote(name) + " TEMPLATE " + quote(template) + " STRATEGY " + strategy
	if err := execute(t.Context(), admin.DSN(), statement); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		err := execute(context.Background(), admin.DSN(), "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
		if err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return databaseOn(admin, name)
}

// strategy is how a database is copied; with fsync off copying files beats
// writing each page to the log as well.
const strategy = "FILE_COPY"

func sharedConnection(t testing.TB) embedded.Connection {
	t.Helper()
	connection, err := shared.connection()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return connection
}

// Connect opens a connection that is closed after the test.
func Connect(t testing.TB, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatalf("connect to the test's database: %v", err)
	}
	t.Cleanup(func() {
		// The only error is that the server has gone, as some tests want it.
		_ = conn.Close(context.Background())
	})
	return conn
}

// NewRole makes a login role without any rights of its own but the given
// ones, such as "SELECT ON ALL TABLES IN SCHEMA public" or "pg_read_all_data",
// and returns db as that role sees it. The role is dropped after the test with
// all that it owns in db.
func NewRole(t testing.TB, db Database, grants ...string) Database {
	t.Helper()
	role := db
	role.User, role.Password = newName(t), rand.Text()
	statements := []string{"CREATE ROLE " + quote(role.User) + " LOGIN PASSWORD '" + role.Password + "'"}
	for _, grant := range grants {
		statements = append(statements, "GRANT "+grant+" TO "+quote(role.User))
	}
	if err := execute(t.Context(), db.DSN, statements...); err != nil {
		t.Fatalf("make a role for the test: %v", err)
	}
	t.Cleanup(func() {
		err := execute(context.Background(), db.DSN,
			"DROP OWNED BY "+quote(role.User)+" CASCADE", "DROP ROLE "+quote(role.User))
		if err != nil {
			t.Errorf("drop the test's role: %v", err)
		}
	})
	return role.withDSN()
}

// execute runs statements, each in a transaction of its own, on a connection
// of their own.
func execute(ctx context.Context, dsn string, statements ...string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	// What the statements did is known by then.
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", firstWords(statement), err)
		}
	}
	return nil
}

// firstWords names a statement without its arguments, which may be secret.
func firstWords(statement string) string {
	words := strings.Fields(statement)
	return strings.Join(words[:min(3, len(words))], " ")
}

// newName returns a name for a database or role that nobody else has and that
// tells which test made it.
func newName(t testing.TB) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		default:
			return '_'
		}
	}
	name := strings.Map(keep, strings.ToLower(t.Name()))
	// PostgreSQL cuts names off at 63 bytes.
	return name[:min(45, len(name))] + "_" + strings.ToLower(rand.Text()[:12])
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
