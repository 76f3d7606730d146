package postgres_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/pgtest"
)

// sql/roles.sql and the check before a run are two lists of the same.
func TestC18_TheScriptGrantsWhatARunNeeds(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	script, err := os.ReadFile("../../sql/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn := pgtest.Connect(t, db.DSN)
	if _, err := conn.PgConn().Exec(t.Context(), string(script)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), `SELECT privilege_type || ' ' || relname FROM pg_class, aclexplode(relacl)
		WHERE grantee = 'liftoff_ingester'::regrole ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	granted, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	check, err := os.ReadFile("queries/check_privileges.sql")
	if err != nil {
		t.Fatal(err)
	}
	// What is asked elsewhere, and what `liftoff quarantine` needs.
	needed := []string{"SELECT liftoff_schema_version", "SELECT launch_aggregates_view", "UPDATE quarantined_records"}
	for _, match := range regexp.MustCompile(`\(\d+, '([A-Z]+)', '(\w+)'\)`).FindAllStringSubmatch(string(check), -1) {
		needed = append(needed, match[1]+" "+match[2])
	}
	slices.Sort(needed)
	slices.Sort(granted)
	if diff := cmp.Diff(slices.Compact(needed), granted); diff != "" {
		t.Errorf("what the ingester is granted (-needed +granted):\n%s", diff)
	}
}
