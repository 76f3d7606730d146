package postgres_test

import (
	"sync"
	"testing"
	"time"

	"liftoff"
)

// Of processes that open a backfill at once, one does, and the others find it.
func TestOpenBackfill_ByManyAtOnce(t *testing.T) {
	t.Parallel()
	const processes = 6
	_, db := openMigrated(t)
	var group sync.WaitGroup
	var mutex sync.Mutex
	newOnes := 0
	for range processes {
		store := open(t, db)
		group.Go(func() {
			id, isNew, _, err := store.OpenBackfill(t.Context(), twoRanges())
			if err != nil || id != scan[int64](t, db, "SELECT id FROM ingestion_backfills") {
				t.Errorf("OpenBackfill() = %d, %v", id, err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			if isNew {
				newOnes++
			}
		})
	}
	group.Wait()
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_backfill_ranges"); newOnes != 1 || n != 2 {
		t.Errorf("%d processes have opened one, with %d parts, want 1 with 2", newOnes, n)
	}
}

// A part is free if nobody works on it: not one that a running worker has claimed, but
// one of a worker that is gone, also before its row in the ledger says so.
func TestOpenBackfillID_TellsWhetherAPartIsFree(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	source := runOptions().Source
	want := func(when string, id int64, hasFree bool) {
		t.Helper()
		gotID, gotFree, err := store.OpenBackfillID(t.Context(), source)
		if err != nil || gotID != id || gotFree != hasFree {
			t.Errorf("%s: OpenBackfillID() = %d, %t, %v, want %d, %t", when, gotID, gotFree, err, id, hasFree)
		}
	}
	want("before the first", 0, false)
	id := openBackfill(t, store, twoRanges())
	want("opened", id, true)
	run := begin(t, store, worker())
	joinBackfill(t, run, id)
	claim(t, run)
	want("one part is claimed", id, true)
	claim(t, run)
	want("both are claimed", id, false)
	if err := run.FinishRange(t.Context(), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	cutSession(t, db, run.ID())
	want("the worker has lost its connection", id, true)
	run.Abandon(t.Context())
	other := begin(t, open(t, db), worker())
	joinBackfill(t, other, id)
	if got := claim(t, other); got != 2 {
		t.Errorf("part %d was claimed, want 2", got)
	}
	if err := other.FinishRange(t.Context(), 2, time.Now()); err != nil {
		t.Fatal(err)
	}
	want("finished", 0, false)
	finish(t, other, liftoff.Ending{Status: liftoff.RunSucceeded})
	execute(t, db, "UPDATE ingestion_backfills SET finished_at = NULL")
	want("open again", id, false)
	execute(t, db, "UPDATE ingestion_backfills SET started_at = started_at - INTERVAL '24 hours'")
	want("too old", 0, false)
}

// The progress is that of all workers together.
func TestBackfill_TellsHowFarItHasCome(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	wanted := twoRanges()
	wanted.Ranges = append(wanted.Ranges, liftoff.IDRange{After: "x"})
	wanted.Announced = 3000
	id := openBackfill(t, store, wanted)
	first, second := begin(t, store, worker()), begin(t, open(t, db), worker())
	joinBackfill(t, first, id)
	joinBackfill(t, second, id)
	claim(t, first)
	claim(t, second)
	claim(t, second)
	first.StartRange()
	storeBatch(t, first, batchOf(launch("a", "{}"), launch("b", "{}")))
	if err := first.FinishRange(t.Context(), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := scan[int](t, db, "SELECT fetched FROM ingestion_backfill_ranges WHERE number = 1"); got != 2 {
		t.Errorf("the part has fetched %d launches, want 2", got)
	}
	// As if the part had had 1,000 launches and taken ten seconds.
	execute(t, db, "UPDATE ingestion_backfill_ranges SET fetched = 1000, claimed_at = finished_at - INTERVAL '10 seconds' WHERE number = 1")
	got, err := store.Backfill(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	left, isKnown := got.TimeLeft()
	if got.ID != id || got.State != liftoff.BackfillOpen || got.Parts != 3 || got.PartsDone != 1 || got.Workers != 2 || got.Fetched != 1000 || got.Announced != 3000 {
		t.Errorf("Backfill() = %+v", got)
	}
	// Two parts are worked on, at 100 launches a second each.
	if got.PerSecond < 199 || got.PerSecond > 201 || left != 10*time.Second || !isKnown {
		t.Errorf("%g launches a second, %v left", got.PerSecond, left)
	}
	second.Abandon(t.Context())
	// Whose parts the first one is about to get.
	if got, err = store.Backfill(t.Context(), id); err != nil || got.Workers != 1 || got.PerSecond < 99 || got.PerSecond > 101 {
		t.Errorf("with a worker between two parts: Backfill() = %+v, %v", got, err)
	}
	first.Abandon(t.Context())
	got, err = store.Backfill(t.Context(), id)
	if _, isKnown := got.TimeLeft(); err != nil || got.Workers != 0 || got.PerSecond != 0 || isKnown {
		t.Errorf("without a worker: Backfill() = %+v, %v", got, err)
	}
	_, err = store.Backfill(t.Context(), id+1)
	wantError(t, err, liftoff.Usage, "there is no backfill 2 in PostgreSQL")
}

// A backfill that is closed, or of another source, is not joined.
func TestJoinBackfill_OnlyAnOpenOne(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	other := twoRanges()
	other.Source = "http://other.test"
	run := begin(t, store, worker())
	for name, id := range map[string]int64{"of another source": openBackfill(t, store, other), "unknown": 99} {
		if _, isOpen, err := run.JoinBackfill(t.Context(), id); isOpen || err != nil {
			t.Errorf("%s: JoinBackfill() = %t, %v", name, isOpen, err)
		}
	}
	if got := claim(t, run); got != 0 {
		t.Errorf("part %d was claimed", got)
	}
	old := openBackfill(t, store, twoRanges())
	execute(t, db, "UPDATE ingestion_backfills SET started_at = started_at - INTERVAL '24 hours'")
	if _, isOpen, err := run.JoinBackfill(t.Context(), old); isOpen || err != nil {
		t.Errorf("an old one: JoinBackfill() = %t, %v", isOpen, err)
	}
	_, isNew, closed, err := store.OpenBackfill(t.Context(), twoRanges())
	if err != nil || !isNew || len(closed) != 1 || closed[0] != old {
		t.Errorf("OpenBackfill() = %t, %v, %v, want %d to be closed", isNew, closed, err, old)
	}
}

// One of launches since a date tells the date.
func TestJoinBackfill_SinceADate(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	wanted := twoRanges()
	wanted.Since = time.Date(2020, 1, 31, 12, 0, 0, 0, time.UTC)
	wanted.Ranges = wanted.Ranges[:1]
	run := begin(t, store, worker())
	id := openBackfill(t, store, wanted)
	since, isOpen, err := run.JoinBackfill(t.Context(), id)
	if err != nil || !isOpen || !since.Equal(wanted.Since) {
		t.Fatalf("JoinBackfill() = %v, %t, %v", since, isOpen, err)
	}
	if err := run.FinishRange(t.Context(), claim(t, run), time.Now()); err != nil || !run.HasFinishedBackfill() || run.HasReadAll() {
		t.Errorf("FinishRange() = %v, finished: %t, has read all: %t", err, run.HasFinishedBackfill(), run.HasReadAll())
	}
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, ChecksMissing: true, Announced: -1})
	const nothing = "SELECT watermark IS NULL AND most_launches IS NULL AND missing_checked_at IS NULL FROM ingestion_sources"
	if !scan[bool](t, db, nothing) {
		t.Error("the source's watermark or what its guards know has changed")
	}
	if got, err := store.Backfill(t.Context(), id); err != nil || got.State != liftoff.BackfillFinished || !got.Since.Equal(wanted.Since) {
		t.Errorf("Backfill() = %+v, %v", got, err)
	}
}
