package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
	"liftoff/internal/postgres"
)

// The server's codes decide the exit code, the advice, and what is waited for.
func TestErrors_EachCodeHasItsMeaning(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code     string
		name     string
		category liftoff.Category
		hint     string
		passes   bool
	}{
		{"53300", "too many connections", liftoff.Database, "max_connections", true},
		{"57P03", "cannot connect now", liftoff.Database, "server's log", true},
		{"57P01", "admin shutdown", liftoff.Database, "server's log", true},
		{"57P02", "crash shutdown", liftoff.Database, "server's log", true},
		{"28P01", "wrong password", liftoff.Privilege, "POSTGRES_PASSWORD", false},
		{"28000", "no such role", liftoff.Privilege, "POSTGRES_USER", false},
		{"3D000", "no such database", liftoff.Privilege, "CREATE DATABASE", false},
		{"42501", "no privilege", liftoff.Privilege, "GRANT", false},
		{"25006", "read-only", liftoff.Privilege, "primary server", false},
		{"42P01", "no such table", liftoff.Database, "liftoff doctor", false},
		{"53100", "disk full", liftoff.Database, "free space", false},
		{"57014", "statement timeout", liftoff.Database, "POSTGRES_STATEMENT_TIMEOUT", false},
		{"55P03", "lock timeout", liftoff.Database, "who holds the lock", false},
		{"XX000", "anything else", liftoff.Database, "server's log", false},
	}
	for _, test := range tests {
		t.Run(test.code+" "+test.name, func(t *testing.T) {
			err := fmt.Errorf("insert: %w", &pgconn.PgError{Code: test.code, Message: test.name})
			category, hint := postgres.Meaning(&postgres.Store{}, err)
			if category != test.category || !strings.Contains(hint, test.hint) {
				t.Errorf("meaning = %v, %q, want %v and %q", category, hint, test.category, test.hint)
			}
			if got := postgres.PassesByItself(err); got != test.passes {
				t.Errorf("passesByItself = %v, want %v", got, test.passes)
			}
		})
	}
}

// With a URL the POSTGRES_ settings have no effect, so that no hint sends
// anyone there, except for the password, which a URL may lack.
func TestErrors_HintsNameTheURLThatIsUsed(t *testing.T) {
	t.Parallel()
	store := postgres.StoreOfURL("ada")
	for _, err := range []error{
		&pgconn.PgError{Code: "28P01"}, &pgconn.PgError{Code: "28000"}, &pgconn.PgError{Code: "3D000"},
		&pgconn.PgError{Code: "25006"}, errors.New("connection refused"),
	} {
		_, hint := postgres.Meaning(store, err)
		settings := strings.ReplaceAll(hint, "or POSTGRES_PASSWORD if it has none", "")
		if !strings.Contains(hint, "DATABASE_URL") || strings.Contains(settings, "POSTGRES_") {
			t.Errorf("after %v the hint is %q, want it to name DATABASE_URL", err, hint)
		}
	}
	_, hint := postgres.Meaning(&postgres.Store{}, errors.New("connection refused"))
	if want := "start PostgreSQL, or check POSTGRES_HOST and POSTGRES_PORT"; hint != want {
		t.Errorf("without a URL the hint is %q, want %q", hint, want)
	}
}
