package analytics_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/table"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(pgtest.Main(m, pgtest.CheckLeaks()))
}

// newDatabase returns a database after the given files of testdata.
func newDatabase(t testing.TB, scripts ...string) pgtest.Database {
	t.Helper()
	db := pgtest.NewDatabase(t)
	for _, script := range scripts {
		text, err := os.ReadFile(filepath.Join("testdata", script))
		if err != nil {
			t.Fatal(err)
		}
		execute(t, db, string(text))
	}
	return db
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
