// Package database_test is the part of chapter C of the fault suite that is
// about roles, schemas and the kinds of PostgreSQL there are. It drives the
// built binary as a user would.
package database_test

import (
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// launches is how many the API of the tests has.
const launches = 60

// newUser returns a user whose API has so many launches in one of their states.
func newUser(t *testing.T, revision int) *clitest.User {
	t.Helper()
	server, err := replay.New(replay.Options{Count: launches, Seed: 1, Revision: revision})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	return clitest.NewUser(t).With("SPACEX_API_URL="+api.URL, "SIMULATION_SEED=faults", "LOG_FILE=-")
}

// statementPattern finds the statements that a last line tells to run.
var statementPattern = regexp.MustCompile(` run: ((?:GRANT|ALTER|CREATE) .*?);?$`)

// toldStatement returns the statements that the last line tells to run.
func toldStatement(t *testing.T, r clitest.Result) string {
	t.Helper()
	match := statementPattern.FindStringSubmatch(r.LastLine())
	if match == nil {
		t.Fatalf("the last line tells no statement: %q", r.LastLine())
	}
	return match[1]
}

// executeAll executes a text of several statements.
func executeAll(t *testing.T, db pgtest.Database, sql string) {
	t.Helper()
	if _, err := pgtest.Connect(t, db.DSN).PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", firstLine(sql), err)
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// anID returns the id of a stored launch.
func anID(t *testing.T, db pgtest.Database) string {
	t.Helper()
	return clitest.Scan[string](t, db, "SELECT min(id) FROM raw_launches")
}

// wantStored wants so many launches in the table and in the view.
func wantStored(t *testing.T, db pgtest.Database, want int64) {
	t.Helper()
	if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM raw_launches"); n != want {
		t.Errorf("%d launches are stored, want %d", n, want)
	}
	if n := clitest.Scan[int64](t, db, "SELECT total_launches FROM launch_aggregates_view"); n != want {
		t.Errorf("the view counts %d launches, want %d", n, want)
	}
}
