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
		"raw_launches: type":      {"DROP VIEW launches, launch_aggregates_view; ALTER TABLE raw_launches ALTER COLUMN fetched_at_timestamp TYPE timestamptz", "column fetched_at_timestamp is timestamp with time zone"},
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
