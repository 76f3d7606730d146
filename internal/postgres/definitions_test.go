package postgres_test

import (
	"fmt"
	"testing"

	"liftoff"
	"liftoff/internal/testkit/pgtest"
)

// readAgain is SQL that makes all views and functions anew from what PostgreSQL
// has written down of them, as the restoring of a dump does.
const readAgain = `DO $$
	DECLARE definition TEXT;
	BEGIN
		FOR definition IN SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::REGNAMESPACE AND proname LIKE 'liftoff%' LOOP
			EXECUTE definition;
		END LOOP;
		FOR definition IN SELECT 'CREATE OR REPLACE VIEW ' || oid::REGCLASS || ' AS ' || pg_get_viewdef(oid) FROM pg_class
			WHERE relnamespace = 'public'::REGNAMESPACE AND relkind = 'v' LOOP
			EXECUTE definition;
		END LOOP;
	END $$;`

func TestL23_ViewsAndFunctionsThatWereReplaced(t *testing.T) {
	t.Parallel()
	replace := func(view, more string) string {
		return fmt.Sprintf(`DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW %[1]s AS SELECT * FROM ('
			|| rtrim(pg_get_viewdef('%[1]s'::REGCLASS), ';') || ') AS launch %[2]s'; END $$`, view, more)
	}
	const returnsSent = `CREATE OR REPLACE FUNCTION liftoff_document_as_sent(document JSONB, mass_kg INTEGER, delay_minutes INTEGER, sent JSONB)
		RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN sent`
	for name, test := range map[string]struct{ change, named string }{
		"L23 LIMIT":              {replace("launches", "LIMIT 10"), "the view launches of"},
		"L23 a condition":        {replace("payloads", "WHERE mass_kg IS NOT NULL"), "the view payloads of"},
		"L23 a function":         {returnsSent, "the function liftoff_document_as_sent of"},
		"L23 as PL/pgSQL":        {"CREATE OR REPLACE FUNCTION liftoff_text_length(document JSONB) RETURNS BIGINT LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'", "the function liftoff_text_length of"},
		"L23 volatile":           {"ALTER FUNCTION liftoff_text(JSONB, TEXT) VOLATILE", "the function liftoff_text of"},
		"L23 a dull one":         {replace("launchpads", "ORDER BY id"), "the view launchpads of"},
		"L23 dates":              {"CREATE OR REPLACE FUNCTION liftoff_utc_timestamp(value TEXT) RETURNS TIMESTAMP LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN NULL::TIMESTAMP", "the function liftoff_utc_timestamp of"},
		"L23 two":                {returnsSent + ";" + replace("rockets", "LIMIT 1"), "the view rockets, the function liftoff_document_as_sent of"},
		"L23 read once more":     {readAgain, ""},
		"L23 twice more":         {readAgain + readAgain, ""},
		"L23 a grant":            {"GRANT SELECT ON launches TO PUBLIC; COMMENT ON VIEW launches IS 'ours'", ""},
		"L23 a view of somebody": {"CREATE VIEW theirs AS SELECT id FROM launches; CREATE FUNCTION theirs() RETURNS INTEGER LANGUAGE sql RETURN 1", ""},
		"L23 another order":      {`CREATE VIEW later AS SELECT 1 AS one; ALTER DATABASE "%s" SET search_path = public, pg_catalog`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			if name == "L23 another order" {
				test.change = fmt.Sprintf(test.change, scan[string](t, db, "SELECT current_database()"))
			}
			before := scan[int](t, db, "SELECT count(*) FROM pg_class")
			if err := store.CheckDefinitions(t.Context()); err != nil {
				t.Fatal(err)
			}
			if after := scan[int](t, db, "SELECT count(*) FROM pg_class"); after != before {
				t.Errorf("there were %d relations and are %d", before, after)
			}
			executeAll(t, db, test.change)
			err := open(t, db).CheckDefinitions(t.Context())
			if test.named == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, liftoff.Guard, "not as liftoff makes it: "+test.named)
		})
	}
}

// The check needs a temporary schema. A role without one is told nothing wrong.
func TestL23_ARoleThatMayNotTry(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	executeAll(t, db, "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$")
	role := pgtest.NewRole(t, db, "SELECT ON ALL TABLES IN SCHEMA public")
	if err := open(t, role).CheckDefinitions(t.Context()); err != nil {
		t.Error(err)
	}
}
