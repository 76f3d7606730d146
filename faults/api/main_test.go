//go:build linux

// Package api_test runs the built binary against an API in trouble: the rows
// A1 to A22 and A42 to A48 of the catalogue, as far as a user sees them.
package api_test

import (
	"net/http/httptest"
	"os"
	"testing"

	"liftoff/internal/replay"
	"liftoff/internal/replay/fault"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// launches is how many the API has.
const launches = 60

// start starts the API with faults before it, and returns its URL.
func start(t *testing.T, faults ...string) (string, *fault.Handler) {
	t.Helper()
	handler := newAPI(t, faults...)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL, handler
}

func newAPI(t *testing.T, faults ...string) *fault.Handler {
	t.Helper()
	server, err := replay.New(replay.Options{Count: launches})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := fault.ParseAll(faults...)
	if err != nil {
		t.Fatal(err)
	}
	return fault.New(server, parsed...)
}

// ingesting is a user with a database of its own and the arguments to ingest
// all launches.
func ingesting(t *testing.T, url string) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	return clitest.NewUser(t).On(db).With("SPACEX_API_URL="+url, "REFERENCES=false"), db
}

// ingest returns the arguments of a run for all launches, and more.
func ingest(more ...string) []string {
	return append([]string{"ingest", "--all", "--skip-analytics"}, more...)
}

// stored returns how many launches a database has.
func stored(t *testing.T, db pgtest.Database) int {
	t.Helper()
	if !clitest.Scan[bool](t, db, "SELECT to_regclass('raw_launches') IS NOT NULL") {
		return 0
	}
	return clitest.Scan[int](t, db, "SELECT count(*)::int FROM raw_launches")
}
