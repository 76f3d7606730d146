package trino_test

import (
	"os"
	"testing"
	"time"

	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
)

func TestMain(m *testing.M) {
	os.Exit(trinotest.Main(func() int { return pgtest.Main(m, pgtest.CheckLeaks()) }))
}

// query makes a query that is not among the program's own.
func query(name, statement string) analytics.Query {
	return analytics.Query{Name: name, SQL: statement}
}

// load returns the program's own queries.
func load(t testing.TB) []analytics.Query {
	t.Helper()
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	return queries
}

// open returns PostgreSQL as an engine.
func open(t testing.TB, db pgtest.Database) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgres.Options{URL: db.DSN, StatementTimeout: time.Minute, Logger: discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

// execute runs statements on a connection of their own.
func execute(t testing.TB, db pgtest.Database, statements string) {
	t.Helper()
	if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), statements); err != nil {
		t.Fatalf("prepare the database: %v", err)
	}
}

// at parses a moment in UTC.
func at(text string) time.Time {
	moment, err := time.Parse("2006-01-02 15:04:05.999", text)
	if err != nil {
		return time.Time{}
	}
	return moment
}
