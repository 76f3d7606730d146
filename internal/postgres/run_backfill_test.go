package postgres_test

import (
	"sync"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// worker describes a run that takes part in a backfill.
func worker() postgres.RunOptions {
	options := runOptions()
	options.Selection, options.StartedAt = liftoff.SelectBackfill, time.Now()
	return options
}

// twoRanges is a backfill of two parts.
func twoRanges() postgres.NewBackfill {
	return postgres.NewBackfill{Source: runOptions().Source, Announced: 10, Ranges: []liftoff.IDRange{{UpTo: "m"}, {After: "m"}}}
}

// openBackfill opens a backfill, or finds the one that is open, and returns its number.
func openBackfill(t *testing.T, store *postgres.Store, wanted postgres.NewBackfill) int64 {
	t.Helper()
	id, _, _, err := store.OpenBackfill(t.Context(), wanted)
	if err != nil || id == 0 {
		t.Fatalf("OpenBackfill() = %d, %v", id, err)
	}
	return id
}

// join makes a run a worker of a backfill of two ranges.
func join(t *testing.T, store *postgres.Store, run *postgres.Run) {
	t.Helper()
	joinBackfill(t, run, openBackfill(t, store, twoRanges()))
}

// joinBackfill makes a run a worker of a backfill of all launches.
func joinBackfill(t *testing.T, run *postgres.Run, id int64) {
	t.Helper()
	since, isOpen, err := run.JoinBackfill(t.Context(), id)
	if err != nil || !isOpen || !since.IsZero() {
		t.Fatalf("JoinBackfill() = %v, %t, %v", since, isOpen, err)
	}
}

// claim returns the number of the next range; 0 for none.
func claim(t *testing.T, run *postgres.Run) int {
	t.Helper()
	claimed, found, err := run.ClaimRange(t.Context())
	if err != nil {
		t.Fatalf("ClaimRange() = %v", err)
	}
	if found != (claimed.Number > 0) {
		t.Errorf("ClaimRange() = %+v, %t", claimed, found)
	}
	return claimed.Number
}

// A connection that is lost between a worker's batches ends the worker as
// little as one that is lost in a batch, and no range is left unworked.
func TestC5_C6_AWorkerLosesItsConnection(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]struct {
		pattern string
		// after is how many ranges are finished before the fault.
		after int
	}{
		"opening the backfill":   {"insert into ingestion_backfills", 0},
		"joining the backfill":   {"select since\nfrom ingestion_backfills", 0},
		"claiming a range":       {"set\n    run_id = $2", 0},
		"looking for lost runs":  {"from pg_locks", 1},
		"finishing a range":      {"update ingestion_backfill_ranges as range", 0},
		"finishing the backfill": {"update ingestion_backfills\nset finished_at = $2::text::timestamp\nwhere id = $1", 1},
	} {
		for fault, action := range map[string]faultproxy.Action{"reply lost": faultproxy.LoseReply, "request lost": faultproxy.Reset} {
			t.Run("C5 C6 "+name+", "+fault, func(t *testing.T) {
				t.Parallel()
				db := pgtest.NewDatabaseFrom(t, migrated)
				proxy, opts := behind(t, db)
				store := openWith(t, opts)
				run := begin(t, store, worker())
				hits := 0
				breakAfter := func(finished int) {
					if finished == at.after {
						proxy.On(at.pattern, action, 2, func() { hits++ })
					}
				}
				breakAfter(0)
				join(t, store, run)
				for _, want := range []int{1, 2} {
					if got := claim(t, run); got != want {
						t.Errorf("range %d was claimed, want %d", got, want)
					}
					storeBatch(t, run, batchOf(launch("a", "{}")))
					if err := run.FinishRange(t.Context(), want, time.Now()); err != nil {
						t.Errorf("FinishRange() = %v", err)
					}
					breakAfter(want)
				}
				if got := claim(t, run); got != 0 {
					t.Errorf("range %d was claimed after the last", got)
				}
				finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
				const left = `SELECT concat_ws(' ', (SELECT count(*) FROM ingestion_backfill_ranges WHERE finished_at IS NULL),
					(SELECT count(*) FROM ingestion_backfills), (SELECT count(*) FROM ingestion_sources WHERE watermark IS NOT NULL),
					(SELECT string_agg(status, ',') FROM ingestion_runs))`
				if got := scan[string](t, db, left); got != "0 1 1 succeeded" || hits != 2 {
					t.Errorf("after %d faults: unfinished ranges, backfills, watermarks and runs are %q, want %q", hits, got, "0 1 1 succeeded")
				}
			})
		}
	}
}

// A range with a gap stays unfinished: its worker goes on to the next range and
// does not get that one again, so that others can take it later.
func TestClaimRange_GivesEachRangeOnce(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run, other := begin(t, store, worker()), begin(t, open(t, db), worker())
	join(t, store, run)
	join(t, store, other)
	for _, want := range []int{1, 2, 0} {
		if got := claim(t, run); got != want {
			t.Errorf("range %d was claimed, want %d", got, want)
		}
	}
	if got := claim(t, other); got != 0 {
		t.Errorf("another worker has claimed range %d of a run that is running", got)
	}
	finish(t, run, liftoff.Ending{Status: liftoff.RunPartial})
	if got := claim(t, other); got != 1 {
		t.Errorf("another worker has claimed range %d, want the first that was left", got)
	}
}

// Finishing a range twice is no error.
func TestFinishRange_Twice(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	run := begin(t, store, worker())
	join(t, store, run)
	number := claim(t, run)
	for range 2 {
		if err := run.FinishRange(t.Context(), number, time.Now()); err != nil {
			t.Errorf("FinishRange() = %v", err)
		}
	}
}

// The missing launches of a backfill have been looked for when all its workers
// have ended well, whichever of them ends last; also when they end at once.
func TestFinish_TheLastWorkerNotesTheCheck(t *testing.T) {
	t.Parallel()
	const checked = "SELECT coalesce(missing_checked_at = (SELECT started_at FROM ingestion_backfills), FALSE) FROM ingestion_sources"
	good := liftoff.Ending{Status: liftoff.RunSucceeded, ChecksMissing: true, Announced: -1}
	for name, test := range map[string]struct {
		// first and second are the endings of the worker that finished the
		// backfill and of the other one.
		first, second liftoff.Ending
		atOnce, want  bool
	}{
		"both well":             {first: good, second: good, want: true},
		"both well at once":     {first: good, second: good, atOnce: true, want: true},
		"the other one is lost": {first: good, second: liftoff.Ending{Status: liftoff.RunFailed, Error: "why", Announced: -1}},
		"the finisher is lost":  {first: liftoff.Ending{Status: liftoff.RunPartial, Error: "why", Announced: -1}, second: good},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			other, finisher := begin(t, store, worker()), begin(t, open(t, db), worker())
			join(t, store, other)
			join(t, store, finisher)
			for number, run := range []*postgres.Run{other, finisher} {
				claim(t, run)
				if err := run.FinishRange(t.Context(), number+1, time.Now()); err != nil {
					t.Fatalf("FinishRange() = %v", err)
				}
			}
			var group sync.WaitGroup
			group.Go(func() { finish(t, finisher, test.first) })
			if !test.atOnce {
				group.Wait()
				if scan[bool](t, db, checked) {
					t.Error("the check was noted while a worker was running")
				}
			}
			finish(t, other, test.second)
			group.Wait()
			if got := scan[bool](t, db, checked); got != test.want {
				t.Errorf("the check was noted: %t, want %t", got, test.want)
			}
		})
	}
}
