package postgres_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// sql/uninstall.sql removes what a migrated database has, and nothing else.
func TestUninstall_RemovesWhatMigrationsHaveMade(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../sql/uninstall.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.NewDatabase(t)
	conn := pgtest.Connect(t, db.DSN)
	const left = `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL SELECT oid::regprocedure::text FROM pg_proc AS f WHERE pronamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = f.oid AND deptype = 'e')
		UNION ALL SELECT typname FROM pg_type AS t WHERE typnamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
		ORDER BY 1`
	objects := func() []string {
		t.Helper()
		rows, _ := conn.Query(t.Context(), left)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	store := open(t, db)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE my_own (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if n := len(objects()); n < 30 {
		t.Fatalf("a migrated database has only %d objects", n)
	}
	for range 2 { // the second time there is nothing to remove
		if _, err := conn.Exec(t.Context(), string(script)); err != nil {
			t.Fatal(err)
		}
	}
	got := objects()
	for _, name := range got {
		if name != "my_own" && name != "_my_own" {
			t.Errorf("%s is left", name)
		}
	}
	if len(got) == 0 {
		t.Error("the user's own table is gone")
	}
}

// A table that is not handed over stays the superuser's, and the next ingestion of the
// container stack ends with exit code 7.
func TestHandOver_NamesEveryTable(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../docker/postgres/hand-over.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range postgres.WantedShape() {
		if table, isTable := strings.CutSuffix(line, " is a table"); isTable && !strings.Contains(string(script), "'"+table+"'") {
			t.Errorf("%s is not handed over", table)
		}
	}
}
