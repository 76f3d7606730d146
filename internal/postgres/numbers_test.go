package postgres_test

import (
	"testing"

	"liftoff"
	"liftoff/internal/testkit/pgtest"
)

// restartSequences are the statements that a restore of rows without their sequences
// amounts to.
func restartSequences() []string {
	var statements []string
	for _, table := range []string{
		"ingestion_sources", "ingestion_runs", "ingestion_missed_ranges", "ingestion_backfills", "quarantined_records", "liftoff_schema_version",
	} {
		statements = append(statements, "ALTER TABLE "+table+" ALTER id RESTART WITH 1")
	}
	return statements
}

// oddRecord is a batch of one record that goes into quarantine.
func oddRecord(body string) liftoff.Batch {
	return liftoff.Batch{Rejected: []liftoff.RejectedRecord{{Reason: liftoff.InvalidJSON, Detail: "odd", URL: "http://source.test", Body: []byte(body)}}}
}

// Each run goes on, whichever table's numbers it meets first.
func TestK17_RowsRestoredWithoutTheirSequences(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	partial := liftoff.Ending{Status: liftoff.RunPartial, FinishedAt: runOptions().StartedAt, Announced: -1, Gaps: []liftoff.Gap{{AfterID: "a", BeforeID: "b"}}}
	work := func(source, body string) {
		options := worker()
		options.Source = source
		run := begin(t, store, options)
		storeBatch(t, run, oddRecord(body))
		wanted := twoRanges()
		wanted.Source = source
		joinBackfill(t, run, openBackfill(t, store, wanted))
		finish(t, run, partial)
	}
	for _, source := range []string{"http://one.test", "http://two.test", "http://three.test"} {
		work(source, source)
	}
	execute(t, db, restartSequences()...)
	work("http://four.test", "fourth")
	for _, table := range []string{"ingestion_sources", "ingestion_runs", "ingestion_missed_ranges", "ingestion_backfills", "quarantined_records"} {
		if got := scan[string](t, db, "SELECT count(*) || ' up to ' || max(id) FROM "+table); got != "4 up to 4" {
			t.Errorf("%s has %s, want 4 up to 4", table, got)
		}
	}
	for _, table := range []string{"ingestion_missed_ranges", "ingestion_backfills", "quarantined_records"} {
		execute(t, db, "ALTER TABLE "+table+" ALTER id RESTART WITH 1")
	}
	work("http://five.test", "fifth")
	if got := scan[int](t, db, "SELECT count(*) FROM quarantined_records, ingestion_missed_ranges, ingestion_backfills"); got != 5*5*5 {
		t.Errorf("%d combinations of 5 rows in 3 tables", got)
	}
}

func TestK17_TheVersionsRestoredWithoutTheirSequence(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	migrateTo(t, db, 3)
	execute(t, db, "ALTER TABLE liftoff_schema_version ALTER id RESTART WITH 1")
	if _, err := open(t, db).Migrate(t.Context()); err != nil {
		t.Errorf("Migrate() = %v", err)
	}
}

// A role that does not own the tables cannot set their sequences.
func TestK17_ARoleThatMayNotSetSequences(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	finish(t, begin(t, store, runOptions()), liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: runOptions().StartedAt, Announced: -1})
	execute(t, db, restartSequences()...)
	role := pgtest.NewRole(t, db, "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public")
	_, err := open(t, role).BeginRun(t.Context(), runOptions())
	wantError(t, err, liftoff.Privilege, "the sequence of ingestion_runs.id of PostgreSQL at ")
	const statement = "SELECT setval(pg_get_serial_sequence('ingestion_runs', 'id'), max(id)) FROM ingestion_runs"
	if hint := liftoff.HintOf(err); hint != "as the owner of the table run: "+statement {
		t.Fatalf("the hint is %q", hint)
	}
	execute(t, db, statement)
	if _, err := open(t, role).BeginRun(t.Context(), runOptions()); err != nil {
		t.Errorf("after that: %v", err)
	}
}
