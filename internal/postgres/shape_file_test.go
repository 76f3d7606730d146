package postgres_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/pgtest"
)

var update = flag.Bool("update", false, "write the golden files")

// The shape that runs ask for is that of a database which was migrated.
func TestSchemaShape_IsWhatTheMigrationsMake(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	inspect, err := os.ReadFile("queries/inspect_schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn := pgtest.Connect(t, db.DSN)
	rows, err := conn.Query(t.Context(), string(inspect), relationsOfOurs(t, db))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile("schema_shape.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema_shape.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("schema_shape.txt is out of date, run this test with -update (-want +got):\n%s", diff)
	}
}

// relationsOfOurs are the tables and views that the migrations make, but for
// the version's own table.
func relationsOfOurs(t *testing.T, db pgtest.Database) []string {
	t.Helper()
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), `SELECT relname::text FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
			AND relname <> 'liftoff_schema_version'`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}
