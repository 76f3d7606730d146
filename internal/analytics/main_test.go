package analytics_test

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(pgtest.Main(m, pgtest.CheckLeaks()))
}

// stored has the program's own schema with many odd launches.
var stored = pgtest.NewTemplate(launchtest.Odd)

// load returns the program's own queries.
func load(t testing.TB) []analytics.Query {
	t.Helper()
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	return queries
}

// execute runs statements on a connection of their own.
func execute(t testing.TB, db pgtest.Database, statements string) {
	t.Helper()
	if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), statements); err != nil {
		t.Fatalf("prepare the database: %v", err)
	}
}

// answer runs queries on PostgreSQL.
func answer(t testing.TB, db pgtest.Database, queries []analytics.Query) []table.Table {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgres.Options{URL: db.DSN, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	answers, err := store.Answer(t.Context(), queries)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// rowsOf runs one of the program's own queries.
func rowsOf(t *testing.T, db pgtest.Database, name string) table.Table {
	t.Helper()
	queries, err := analytics.Select(load(t), []string{name})
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, db, queries)[0]
}
