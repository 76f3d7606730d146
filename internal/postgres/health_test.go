package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
)

func TestHealth_OfANewDatabase(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	clockAt(t, db, "12:00:00")
	got, err := store.Health(t.Context())
	want := liftoff.Health{
		Now: atClock(t, "12:00:00"), SchemaVersion: scan[int64](t, db, "SELECT max(version_id) FROM liftoff_schema_version"),
		ServerVersion: scan[string](t, db, "SHOW server_version"),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Health() (-want +got), %v:\n%s", err, diff)
	}
}

func TestHealth_ChoosesTheRuns(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	changed, same, failed, retry := begin(t, store, exclusive()), exclusive(), exclusive(), exclusive()
	retry.Selection = liftoff.SelectQuarantine
	good := func(clock string) liftoff.Ending {
		return liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: atClock(t, clock), Announced: -1}
	}
	finish(t, changed, good("18:00:00"))
	execute(t, db, "UPDATE ingestion_runs SET fetched = 2, inserted = 2, missing = 1")
	last := begin(t, store, same)
	finish(t, last, good("18:30:00"))
	finish(t, begin(t, store, failed), liftoff.Ending{Status: liftoff.RunFailed, FinishedAt: atClock(t, "19:00:00"), Announced: -1, Error: "no"})
	// A retry of records in quarantine says nothing about the source.
	retried := begin(t, store, retry)
	finish(t, retried, good("19:30:00"))
	execute(t, db, "UPDATE ingestion_runs SET fetched = 1, revised = 1 WHERE selection = 'quarantine'",
		// Its process is gone, and nobody has noticed yet.
		"INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at) SELECT source_id, 'all', '', '', '2024-04-27' FROM ingestion_runs LIMIT 1",
		`INSERT INTO quarantined_records (first_seen_at, source_url, reason, detail, body, body_sha256, body_length, last_seen_at, resolved_at)
		SELECT '2024-04-27', '', 'missing_id', '', '', sha256(n::TEXT::BYTEA), 0, '2024-04-27', CASE n WHEN 1 THEN TIMESTAMP '2024-04-27' END FROM generate_series(1, 3) AS n`)
	running := begin(t, store, exclusive())

	got, err := store.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row := func(id int64, selection liftoff.Selection, finished time.Time, counts liftoff.RunCounts) liftoff.LedgerRow {
		return liftoff.LedgerRow{ID: id, Source: exclusive().Source, Selection: selection, FinishedAt: finished, RunCounts: counts}
	}
	want := liftoff.Health{
		LastGood:    row(last.ID(), same.Selection, atClock(t, "18:30:00"), liftoff.RunCounts{}),
		LastChange:  row(changed.ID(), same.Selection, atClock(t, "18:00:00"), liftoff.RunCounts{Inserted: 2, Missing: 1}),
		Running:     []liftoff.LedgerRow{row(running.ID(), same.Selection, time.Time{}, liftoff.RunCounts{})},
		Quarantined: 2,
	}
	want.LastEnded = row(retried.ID(), liftoff.SelectQuarantine, atClock(t, "19:30:00"), liftoff.RunCounts{Revised: 1})
	want.LastEnded.Status = liftoff.RunSucceeded
	ignored := cmp.Options{cmpopts.IgnoreFields(liftoff.Health{}, "Now", "SchemaVersion", "ServerVersion"), cmpopts.IgnoreFields(liftoff.LedgerRow{}, "StartedAt")}
	if diff := cmp.Diff(want, got, ignored); diff != "" {
		t.Errorf("Health() (-want +got):\n%s", diff)
	}
	if time.Since(got.Now).Abs() > time.Hour {
		t.Errorf("it is %v", got.Now)
	}
}
