package analytics_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff/internal/analytics"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
)

func TestMain(m *testing.M) {
	os.Exit(trinotest.Main(func() int { return pgtest.Main(m, pgtest.CheckLeaks()) }))
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

// newPool opens a pool that is closed after the test.
func newPool(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// rowsOf runs one of the program's own queries.
func rowsOf(t *testing.T, db pgtest.Database, name string) analytics.Result {
	t.Helper()
	queries, err := analytics.Select(load(t), []string{name})
	if err != nil {
		t.Fatal(err)
	}
	results, err := analytics.NewPostgres(newPool(t, db.DSN)).Run(t.Context(), queries)
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}
