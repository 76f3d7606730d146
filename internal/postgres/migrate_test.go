package postgres_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

func names(migrations []postgres.Migration) []string {
	var all []string
	for _, m := range migrations {
		all = append(all, m.Name)
	}
	return all
}

func TestMigrate_AppliesEachVersionOnceAndTellsWhich(t *testing.T) {
	t.Parallel()
	store := open(t, pgtest.NewDatabase(t))
	want := migrationNames(t)
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

func TestC21_EightMigrateAtOnce(t *testing.T) {
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
	if want := len(migrationNames(t)); total != want {
		t.Errorf("eight processes applied %d versions in all, want %d", total, want)
	}
	// A session that was closed lets go a moment later.
	conn := pgtest.Connect(t, db.DSN)
	for locks, until := 1, time.Now().Add(10*time.Second); locks != 0; {
		err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").Scan(&locks)
		if err != nil {
			t.Fatal(err)
		}
		if time.Now().After(until) {
			t.Fatalf("%d advisory locks are left", locks)
		}
	}
}

// The waiting ones must not hold what the one that migrates needs.
func TestC21_EightMigrateAtOnceOnOneStore(t *testing.T) {
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
	latest := len(migrationNames(t))
	if len(before) != latest || before[0].Applied || !before[0].AppliedAt.IsZero() {
		t.Errorf("before migrating the status is %+v", before)
	}
	if err := store.RequireCurrentSchema(t.Context()); err == nil {
		t.Error("RequireCurrentSchema() finds nothing wrong with an empty database")
	} else {
		wantError(t, store.RequireReadableSchema(t.Context()), liftoff.Usage, "has no liftoff tables yet")
		wantError(t, err, liftoff.Usage, "has no liftoff tables yet")
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

func TestC23_ANewerSchemaIsReadButNotWritten(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "INSERT INTO liftoff_schema_version (version_id, is_applied) VALUES (9000, TRUE)")
	_, err := store.Migrate(t.Context())
	wantError(t, err, liftoff.Usage, fmt.Sprintf("version 9000, but this program knows only version %d", len(migrationNames(t))))
	_, err = store.MigrationStatus(t.Context())
	wantError(t, err, liftoff.Usage, "version 9000")
	wantError(t, store.RequireCurrentSchema(t.Context()), liftoff.Usage, "version 9000")
	if err := store.RequireReadableSchema(t.Context()); err != nil {
		t.Errorf("RequireReadableSchema() = %v", err)
	}
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

// An adopted table of another role is used as it is: its storage is not ours to
// change.
func TestMigrate_LeavesTheStorageOfAnotherRolesTable(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	execute(t, db, `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`,
		`INSERT INTO raw_launches VALUES ('a', '2020-01-01', 1, 2, '{"success": true}')`)
	const storage = `SELECT concat_ws(' ', relfilenode, reloptions::text, (SELECT count(*) FROM pg_index WHERE indrelid = pg_class.oid))
		FROM pg_class WHERE relname = 'raw_launches'`
	before := scan[string](t, db, storage)
	store := open(t, pgtest.NewRole(t, db, "CREATE ON SCHEMA public", "SELECT, INSERT ON raw_launches"))
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := scan[string](t, db, storage); after != before {
		t.Errorf("the table was %s and is %s", before, after)
	}
	wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", "{}"), launch("b", "{}"))), 1, 0, 1, 0)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := readAggregates(t, db); got.Total != 2 || got.Successful != 0 {
		t.Errorf("aggregates %+v", got)
	}
}

// undoFrom brings a database back to the version before one.
func undoFrom(t *testing.T, db pgtest.Database, version string) {
	t.Helper()
	all := migrationNames(t)
	for i := len(all) - 1; i >= 0 && all[i] >= version; i-- {
		sql, err := os.ReadFile(filepath.Join("migrations", all[i]))
		if err != nil {
			t.Fatal(err)
		}
		_, down, found := strings.Cut(string(sql), "-- +goose Down")
		if !found {
			t.Fatalf("%s has no way back", all[i])
		}
		execute(t, db, down, fmt.Sprintf("DELETE FROM liftoff_schema_version WHERE version_id = %d", i+1))
	}
}

func TestC22_MigrateKeepsTheRowsOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	undoFrom(t, db, "00003")
	execute(t, db, `INSERT INTO raw_launches VALUES ('a', '2020-01-01', 1, 2, '{"name": "old", "success": true}')`,
		"CREATE VIEW launch_aggregates_view AS SELECT count(*) AS total_launches FROM raw_launches")
	before := scan[string](t, db, "SELECT xmin || raw_launches::text FROM raw_launches")
	applied, err := store.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(migrationNames(t)[2:], names(applied)); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	if after := scan[string](t, db, "SELECT xmin || raw_launches::text FROM raw_launches"); after != before {
		t.Errorf("the row was %s and is %s", before, after)
	}
	wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", `{"name": "new"}`), launch("b", "{}"))), 1, 0, 1, 0)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := readAggregates(t, db); got.Total != 2 || got.Successful != 0 {
		t.Errorf("aggregates %+v", got)
	}
	if name := scan[string](t, db, "SELECT name FROM launches WHERE id = 'a'"); name != "new" {
		t.Errorf("the newest name is %q", name)
	}
}

// A name that the schema takes and that is somebody else's must be named before
// anything is touched, whichever version takes it.
func TestMigrate_RefusesEveryNameThatIsTaken(t *testing.T) {
	t.Parallel()
	older, db := openMigrated(t)
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), `SELECT relname::text FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'i')
			AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = pg_class.oid)
			AND relname NOT IN ('raw_launches', 'liftoff_schema_version') ORDER BY relname`)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	empty := pgtest.NewDatabase(t)
	fresh := open(t, empty)
	undoFrom(t, db, "00003")
	for _, name := range taken {
		others := map[*postgres.Store]pgtest.Database{fresh: empty}
		if name != "launches" {
			others[older] = db
		}
		for store, other := range others {
			execute(t, other, "CREATE TABLE "+name+" (theirs INTEGER)", "INSERT INTO "+name+" VALUES (1)")
			_, err := store.Migrate(t.Context())
			wantError(t, err, liftoff.Guard, "a table named "+name+" is already in PostgreSQL")
			if !strings.Contains(liftoff.HintOf(err), "nothing was touched") {
				t.Errorf("next step %q", liftoff.HintOf(err))
			}
			execute(t, other, "DROP TABLE "+name)
		}
	}
	if n := scan[int](t, empty, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"); n != 0 {
		t.Errorf("%d relations were made", n)
	}
	execute(t, empty, "CREATE VIEW rockets AS SELECT 1 AS a", "CREATE SEQUENCE known_launches")
	_, err = fresh.Migrate(t.Context())
	wantError(t, err, liftoff.Guard, "a sequence named known_launches is already in")
	wantError(t, err, liftoff.Guard, "also in the way: rockets")
}

// What was in quarantine before it knew lengths is whole and unresolved.
func TestMigrate_KeepsTheQuarantineOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	undoFrom(t, db, "00008")
	execute(t, db, `INSERT INTO quarantined_records (first_seen_at, source_url, reason, detail, body, body_sha256)
		VALUES ('2024-04-27 17:03:00', 'http://source.test', 'missing_id', 'no id', '{}', sha256('{}'))`)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	record, err := store.QuarantinedRecord(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !record.LastSeenAt.Equal(record.FirstSeenAt) || record.LaunchID != "" || record.IsSuperseded {
		t.Errorf("the record is %+v", record)
	}
	if record.Length != 2 || record.IsTruncated || !record.ResolvedAt.IsZero() || string(record.Body) != "{}" || record.Reason != liftoff.MissingID {
		t.Errorf("the record is %+v", record)
	}
	for _, illegal := range []string{
		"UPDATE quarantined_records SET reason = 'bad luck'", "UPDATE quarantined_records SET body_length = 1",
		"UPDATE quarantined_records SET resolved_run_id = 1",
	} {
		if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), illegal); err == nil {
			t.Errorf("the table takes %s", illegal)
		}
	}
}

// A name in a schema that is not the first of the search path is not taken.
func TestMigrate_IgnoresNamesOfOtherSchemas(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	execute(t, db, "CREATE TABLE rockets (a INTEGER)", "CREATE SCHEMA ours", "ALTER DATABASE "+db.Name+" SET search_path = ours, public")
	if _, err := open(t, db).Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}
