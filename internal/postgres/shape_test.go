package postgres_test

import (
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/testkit/pgtest"
)

// Tables that somebody has changed by hand are found before anything is
// fetched, whichever of them it is.
func TestC25_ATableChangedByHand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, says string }{
		"column dropped":          {"ALTER TABLE ingestion_sources DROP COLUMN list_tag", "column ingestion_sources.list_tag text is missing"},
		"column renamed":          {"ALTER TABLE ingestion_runs RENAME COLUMN bytes TO octets", "column ingestion_runs.bytes bigint is missing"},
		"type changed":            {"ALTER TABLE ingestion_sources ALTER COLUMN most_launches TYPE numeric", "column ingestion_sources.most_launches is numeric, not bigint"},
		"identity dropped":        {"ALTER TABLE ingestion_runs ALTER COLUMN id DROP IDENTITY", "column ingestion_runs.id is bigint, not bigint identity"},
		"no longer computed":      {"ALTER TABLE launch_revisions ALTER COLUMN is_successful DROP EXPRESSION", "column launch_revisions.is_successful is boolean, not boolean generated"},
		"primary key missing":     {"ALTER TABLE known_launches DROP CONSTRAINT known_launches_pkey", "known_launches has no unique key of id"},
		"unique key missing":      {"ALTER TABLE quarantined_records DROP CONSTRAINT quarantined_records_body_sha256_key", "quarantined_records has no unique key of body_sha256"},
		"partial index missing":   {"DROP INDEX ingestion_backfills_unfinished", "ingestion_backfills has no unique key of source_id where (finished_at IS NULL)"},
		"table missing":           {"DROP TABLE ingestion_missed_ranges", "ingestion_missed_ranges is missing"},
		"view of another type":    {"DROP VIEW payloads; CREATE VIEW payloads AS SELECT 1 AS id", "column payloads.id is integer, not text"},
		"raw_launches: column":    {"ALTER TABLE raw_launches DROP COLUMN simulated_delay_minutes CASCADE", "column simulated_delay_minutes integer is missing"},
		"raw_launches: type":      {"DROP VIEW launches_from_documents; ALTER TABLE raw_launches ALTER COLUMN fetched_at_timestamp TYPE timestamptz", "column fetched_at_timestamp is timestamp with time zone"},
		"raw_launches: key":       {"ALTER TABLE raw_launches DROP CONSTRAINT raw_launches_pkey", "its primary key is not id alone"},
		"raw_launches: is a view": {"ALTER TABLE raw_launches RENAME TO old; CREATE VIEW raw_launches AS SELECT * FROM old", "it is a view, not a table"},
	} {
		t.Run("C25 "+name, func(t *testing.T) {
			t.Parallel()
			store, db := openWithView(t, 0)
			if _, err := pgtest.Connect(t, db.DSN).PgConn().Exec(t.Context(), test.change).ReadAll(); err != nil {
				t.Fatal(err)
			}
			err := store.CheckReady(t.Context())
			wantError(t, err, liftoff.Guard, test.says)
			if !strings.Contains(liftoff.HintOf(err), "nothing was touched") {
				t.Errorf("next step %q", liftoff.HintOf(err))
			}
		})
	}
}

// What somebody has added is theirs.
func TestC25_AnAddedColumnIsLeftAlone(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "ALTER TABLE known_launches ADD COLUMN note TEXT", "CREATE UNIQUE INDEX ON ingestion_runs (started_at, id)")
	if err := store.CheckReady(t.Context()); err != nil {
		t.Error(err)
	}
}

// A relation of another kind is found before anything is fetched, even if it has
// the right columns; so is a table that would lose rows or take in others.
func TestK8_ARelationOfAnotherKind(t *testing.T) {
	t.Parallel()
	copyOf := func(view string) string {
		return "CREATE TABLE copy AS SELECT * FROM " + view + "; DROP VIEW " + view + " CASCADE; ALTER TABLE copy RENAME TO " + view
	}
	for name, test := range map[string]struct{ change, says string }{
		"the view is a table":             {copyOf("launch_aggregates_view"), "it is a table, not a view"},
		"the view is a materialized view": {"DROP VIEW launch_aggregates_view; CREATE MATERIALIZED VIEW launch_aggregates_view AS SELECT 1 AS total_launches", "it is a materialized view, not a view"},
		"launches is a table":             {copyOf("launches"), "launches is not a plain view, but a table"},
		"launches is a materialized view": {"CREATE MATERIALIZED VIEW copy AS SELECT * FROM launches; ALTER VIEW launches RENAME TO old; ALTER MATERIALIZED VIEW copy RENAME TO launches", "launches is not a plain view, but a materialized view"},
		"known_launches is a view":        {"ALTER TABLE known_launches RENAME TO old; CREATE VIEW known_launches AS SELECT * FROM old", "known_launches is not a plain table, but a view"},
		"raw_launches is a view":          {"ALTER TABLE raw_launches RENAME TO old; CREATE VIEW raw_launches AS SELECT * FROM old", "it is a view, not a table"},
		"raw_launches unlogged":           {"ALTER TABLE raw_launches SET UNLOGGED", "it is unlogged, so a crash of the server empties it"},
		"known_launches unlogged":         {"ALTER TABLE known_launches SET UNLOGGED", "known_launches is not a plain table, but an unlogged table"},
		"raw_launches has heirs":          {"CREATE TABLE heir () INHERITS (raw_launches)", "other tables inherit from it"},
		"raw_launches has a rule":         {"CREATE RULE nothing AS ON DELETE TO raw_launches DO INSTEAD NOTHING", "it has rules"},
		"a revision's rule":               {"CREATE RULE nothing AS ON INSERT TO launch_revisions DO INSTEAD NOTHING", "launch_revisions is not a plain table, but a table with rules"},
		"times cut to seconds":            {"DROP VIEW launches_from_documents; ALTER TABLE raw_launches ALTER COLUMN fetched_at_timestamp TYPE timestamp(0)", "column fetched_at_timestamp is timestamp(0)"},
		"a deferrable key":                {"ALTER TABLE known_launches DROP CONSTRAINT known_launches_pkey; ALTER TABLE known_launches ADD PRIMARY KEY (id) DEFERRABLE", "known_launches has no unique key of id"},
		"a generated column":              {"DROP VIEW launches_from_documents; ALTER TABLE raw_launches DROP COLUMN simulated_delay_minutes; ALTER TABLE raw_launches ADD COLUMN simulated_delay_minutes INTEGER GENERATED ALWAYS AS (1) STORED", "column simulated_delay_minutes is generated"},
	} {
		t.Run("K8 "+name, func(t *testing.T) {
			t.Parallel()
			store, db := openWithView(t, 0)
			if _, err := pgtest.Connect(t, db.DSN).PgConn().Exec(t.Context(), test.change).ReadAll(); err != nil {
				t.Fatal(err)
			}
			wantError(t, store.CheckReady(t.Context()), liftoff.Guard, test.says)
		})
	}
}
