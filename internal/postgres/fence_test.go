package postgres_test

import (
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

const (
	takenOver = "another run has marked this one as crashed and taken over"
	forgotten = "the server has lost launches that it had confirmed"
)

// A run that hung and wakes up may not say that it ended well once another one
// has found it dead, and the source's watermark stays where the other left it.
func TestB7_ARunThatWasFoundDeadDoesNotFinish(t *testing.T) {
	t.Parallel()
	for _, status := range []liftoff.RunStatus{liftoff.RunSucceeded, liftoff.RunPartial} {
		t.Run("B7 "+string(status), func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			hung := begin(t, store, exclusive())
			storeBatch(t, hung, batchOf(launch("a", "{}")))
			cutSession(t, db, hung.ID())
			storeBatch(t, begin(t, open(t, db), exclusive()), batchOf(launch("a", "{}")))
			err := hung.Finish(t.Context(), liftoff.Ending{Status: status, IsCurrent: true, MissingIDs: []string{"a"}, Gaps: []liftoff.Gap{{AfterID: "a"}}})
			wantError(t, err, liftoff.Locked, "write into ingestion_runs how the run ended: "+takenOver)
			const harm = "SELECT (SELECT count(*) FROM ingestion_missed_ranges) + (SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL) + (SELECT count(*) FROM ingestion_sources WHERE watermark IS NOT NULL)"
			if n := scan[int](t, db, harm); n != 0 {
				t.Errorf("the run that was found dead has left %d traces", n)
			}
		})
	}
}

// Commits do not wait for the disk before the last one. A server that crashes
// in mid-run may forget some, and the run must not say that they are there.
func TestB8_ARunWhoseBatchesWereForgottenDoesNotFinish(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, exclusive())
	storeBatch(t, run, batchOf(launch("a", "{}")))
	storeBatch(t, run, batchOf(launch("b", "{}")))
	cutSession(t, db, run.ID())
	execute(t, db, "UPDATE ingestion_runs SET fetched = 1, inserted = 1", "DELETE FROM raw_launches WHERE id = 'b'", "DELETE FROM known_launches WHERE id = 'b'")
	err := run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded, IsCurrent: true})
	wantError(t, err, liftoff.Database, forgotten)
	if got := runStatus(t, db, run.ID()); got != "running" {
		t.Errorf("the run is %q; the next one is to find it dead", got)
	}
}

// The same for a part of a backfill: it stays to be done by others.
func TestB7_B8_AWorkerFinishesOnlyWhatIsItsOwn(t *testing.T) {
	t.Parallel()
	shared := exclusive()
	shared.IsShared = true
	shared.StartedAt = time.Now()
	claim := func(t *testing.T) (*postgres.Run, postgres.ClaimedRange, pgtest.Database) {
		t.Helper()
		store, db := openMigrated(t)
		run := begin(t, store, shared)
		joinBackfill(t, run, openBackfill(t, store, postgres.NewBackfill{Source: shared.Source, Ranges: []liftoff.IDRange{{}}}))
		claimed, found, err := run.ClaimRange(t.Context())
		if err != nil || !found {
			t.Fatalf("ClaimRange() = %v, %v", found, err)
		}
		storeBatch(t, run, batchOf(launch("a", "{}")))
		return run, claimed, db
	}
	for name, test := range map[string]struct {
		sql      string
		category liftoff.Category
		says     string
	}{
		"B7 found dead":           {"UPDATE ingestion_runs SET status = 'crashed', finished_at = started_at", liftoff.Locked, takenOver},
		"B7 claimed by another":   {"UPDATE ingestion_backfill_ranges SET run_id = NULL", liftoff.Locked, "another worker has claimed this part of the backfill"},
		"B8 a batch is forgotten": {"UPDATE ingestion_runs SET fetched = 0, inserted = 0", liftoff.Database, forgotten},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, claimed, db := claim(t)
			execute(t, db, test.sql)
			wantError(t, run.FinishRange(t.Context(), claimed.Number, time.Now()), test.category, test.says)
			if n := scan[int](t, db, "SELECT count(*) FROM ingestion_backfill_ranges WHERE finished_at IS NULL"); n != 1 {
				t.Errorf("%d parts are left, want the one", n)
			}
		})
	}
	run, claimed, _ := claim(t)
	if err := run.FinishRange(t.Context(), claimed.Number, time.Now()); err != nil {
		t.Errorf("FinishRange() = %v", err)
	}
}

// A clock that is set back makes no run that ended before it began, and the
// runs' order is the database's.
func TestB10_TheClockIsSetBack(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	dead := begin(t, store, exclusive())
	cutSession(t, db, dead.ID())
	earlier := exclusive()
	earlier.StartedAt = earlier.StartedAt.Add(-5 * time.Hour)
	run := begin(t, open(t, db), earlier)
	if err := run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: earlier.StartedAt.Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_runs WHERE finished_at >= started_at"); n != 2 {
		t.Errorf("%d of 2 runs ended after they began", n)
	}
	runs, err := store.Runs(t.Context(), postgres.RunFilter{Limit: 10})
	if err != nil || len(runs) != 2 || runs[0].ID != run.ID() {
		t.Errorf("Runs() = %+v, %v; want the younger first, whatever its clock said", runs, err)
	}
}
