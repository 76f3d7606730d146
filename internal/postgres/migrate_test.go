package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/pgtest"
	"liftoff/internal/postgres"
)

func names(migrations []postgres.Migration) []string {
	var all []string
	for _, m := range migrations {
		all = append(all, m.Name)
	}
	return all
}

// migrationNames are all versions of the schema, oldest first.
var migrationNames = []string{
	"00001_raw_launches.sql", "00002_launches_view.sql", "00003_launch_storage.sql", "00004_ingestion_runs.sql",
	"00005_launch_revisions.sql", "00006_references.sql", "00007_launches_view.sql",
}

func TestMigrate_AppliesEachVersionOnceAndTellsWhich(t *testing.T) {
	t.Parallel()
	store := open(t, pgtest.NewDatabase(t))
	want := migrationNames
	applied, err := store.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, names(applied)); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	again, err := store.Migrate(t.Context())
	if err != nil || len(again) != 0 {
		t.Errorf("a second Migrate() = %v, %v, want nothing to do", again, err)
	}
	if err := store.RequireCurrentSchema(t.Context()); err != nil {
		t.Errorf("RequireCurrentSchema() = %v", err)
	}
}

func TestMigrate_EightAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	var group sync.WaitGroup
	applied := make([]int, 8)
	for i := range applied {
		store := open(t, db)
		group.Go(func() {
			versions, err := store.Migrate(t.Context())
			if err != nil {
				t.Errorf("Migrate() = %v", err)
			}
			applied[i] = len(versions)
		})
	}
	group.Wait()
	total := 0
	for _, n := range applied {
		total += n
	}
	if total != len(migrationNames) {
		t.Errorf("eight processes applied %d versions in all, want %d", total, len(migrationNames))
	}
	if locks := scan[int](t, db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); locks != 0 {
		t.Errorf("%d advisory locks are left", locks)
	}
}

// The waiting ones must not hold what the one that migrates needs.
func TestMigrate_EightAtOnceOnOneStore(t *testing.T) {
	t.Parallel()
	store := open(t, pgtest.NewDatabase(t))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := store.Migrate(ctx); err != nil {
				t.Errorf("Migrate() = %v", err)
			}
		})
	}
	group.Wait()
}

func TestMigrate_RefusesATableOfAnotherSchemaOfTheSearchPath(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if _, err := insert(t.Context(), store, launch("a", "{}")); err != nil {
		t.Fatal(err)
	}
	execute(t, db, "DROP TABLE liftoff_schema_version", "CREATE SCHEMA first", "ALTER DATABASE "+db.Name+" SET search_path = first, public")
	_, err := open(t, db).Migrate(t.Context())
	wantError(t, err, liftoff.Guard, "it is in the schema public, which is not the first of the search path")
}

func TestMigrationStatus_TellsPendingAndApplied(t *testing.T) {
	t.Parallel()
	store := open(t, pgtest.NewDatabase(t))
	before, err := store.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(before) != len(migrationNames) || before[0].Applied || !before[0].AppliedAt.IsZero() {
		t.Errorf("before migrating the status is %+v", before)
	}
	if err := store.RequireCurrentSchema(t.Context()); err == nil {
		t.Error("RequireCurrentSchema() finds nothing wrong with an empty database")
	} else {
		wantError(t, err, liftoff.Usage, "version 0, but this program needs version 7")
	}
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := store.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range after {
		if !m.Applied || m.AppliedAt.IsZero() {
			t.Errorf("after migrating %s is %+v", m.Name, m)
		}
	}
}

func TestMigrate_RefusesANewerSchema(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "INSERT INTO liftoff_schema_version (version_id, is_applied) VALUES (9000, TRUE)")
	_, err := store.Migrate(t.Context())
	wantError(t, err, liftoff.Usage, "version 9000, but this program knows only version 7")
	_, err = store.MigrationStatus(t.Context())
	wantError(t, err, liftoff.Usage, "version 9000")
	wantError(t, store.RequireCurrentSchema(t.Context()), liftoff.Usage, "version 9000")
}

func TestMigrate_AdoptsATableOfTheRightShapeWithItsRows(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	// Made by hand: the columns in another order, and a view with NUMERIC averages.
	execute(t, db, `CREATE TABLE raw_launches (raw_data JSONB, id TEXT PRIMARY KEY, simulated_delay_minutes INTEGER,
			simulated_total_payload_mass_kg INTEGER, fetched_at_timestamp TIMESTAMP)`,
		`INSERT INTO raw_launches VALUES ('{"name": "by hand"}', 'a', 1, 2, '2020-01-01')`,
		`CREATE VIEW launch_aggregates_view AS SELECT count(*) AS total_launches, 0::BIGINT AS total_successful_launches,
			avg(simulated_total_payload_mass_kg) AS average_payload_mass, avg(simulated_delay_minutes) AS average_launch_delay_minutes FROM raw_launches`)
	store := open(t, db)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name := scan[string](t, db, "SELECT name FROM launches WHERE id = 'a'"); name != "by hand" {
		t.Errorf("the adopted row's name is %q", name)
	}
	if kind := scan[string](t, db, "SELECT pg_typeof(average_payload_mass)::text FROM launch_aggregates_view"); kind != "double precision" {
		t.Errorf("average_payload_mass is %s, which Trino hides", kind)
	}
}

func TestMigrate_RefusesWhatIsInTheWayAndTouchesNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, sql, says string
	}{
		{"a column of another type", `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMPTZ,
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`, "column fetched_at_timestamp is timestamp with time zone, not timestamp without time zone"},
		{"a missing column", `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER, raw_data JSONB)`, "column simulated_delay_minutes integer is missing"},
		{"a sixth column", `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB, note TEXT)`, "column note is not one of the five"},
		{"no primary key", `CREATE TABLE raw_launches (id TEXT, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`, "its primary key is not id alone"},
		{"a view of that name", "CREATE VIEW raw_launches AS SELECT 1 AS id", "it is a view, not a table"},
		{"a materialized view in the view's place", "CREATE MATERIALIZED VIEW launch_aggregates_view AS SELECT 1 AS a", "it is a materialized view, not a view"},
		{"a table named launches", "CREATE TABLE launches (a INTEGER, b INTEGER)", "a table named launches is already in"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			execute(t, db, test.sql)
			const fingerprint = "SELECT string_agg(relname::text || relkind::text, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
			before := scan[string](t, db, fingerprint)
			_, err := open(t, db).Migrate(t.Context())
			wantError(t, err, liftoff.Guard, test.says)
			if after := scan[string](t, db, fingerprint); after != before {
				t.Errorf("the schema was touched: %s, then %s", before, after)
			}
		})
	}
}

func TestMigrate_WithoutTheRightToCreateSaysWhatToGrant(t *testing.T) {
	t.Parallel()
	role := pgtest.NewRole(t, pgtest.NewDatabase(t))
	_, err := open(t, role).Migrate(t.Context())
	wantError(t, err, liftoff.Privilege, "permission denied for schema public")
}
