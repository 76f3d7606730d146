package postgres_test

import (
	"fmt"
	"sync"
	"testing"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// Two workers that claim at the same moment never get the same range: the one
// that had it first would be told that it had been taken for dead.
func TestQ1_WorkersThatClaimAtOnce(t *testing.T) {
	t.Parallel()
	const workers, count = 6, 300
	store, db := openMigrated(t)
	var ranges []liftoff.IDRange
	for i := range count {
		ranges = append(ranges, liftoff.IDRange{After: fmt.Sprintf("%04d", i), UpTo: fmt.Sprintf("%04d", i+1)})
	}
	claimed := make(chan int, workers*count)
	var group sync.WaitGroup
	for number := range workers {
		other := store
		if number > 0 {
			other = open(t, db)
		}
		run := begin(t, other, worker())
		joinBackfill(t, run, openBackfill(t, store, postgres.NewBackfill{Source: runOptions().Source, Ranges: ranges}))
		group.Go(func() {
			for {
				r, found, err := run.ClaimRange(t.Context())
				if err != nil {
					t.Error(err)
				}
				if !found {
					return
				}
				claimed <- r.Number
			}
		})
	}
	group.Wait()
	close(claimed)
	times := map[int]int{}
	for number := range claimed {
		times[number]++
	}
	for number, n := range times {
		if n > 1 {
			t.Errorf("range %d was claimed %d times", number, n)
		}
	}
	if len(times) != count {
		t.Errorf("%d ranges were claimed, want %d", len(times), count)
	}
}

// A revision and a record in quarantine refer to their run's row in the ledger, and
// so hold it until the COMMIT. Another writer must not wait for that: both may have
// stored some.
func TestQ12_WritersOfARunDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launch("a", `{"v": 1}`)))
	other, err := pgtest.Connect(t, db.DSN).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const revision = "INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, run_id, raw_data) VALUES ('b', 2, '', '2024-04-27', $1, '{}')"
	if _, err := other.Exec(t.Context(), revision, run.ID()); err != nil {
		t.Fatal(err)
	}
	// It would wait for longer than a test may take.
	wantCounts(t, storeBatch(t, run, batchOf(launch("a", `{"v": 2}`))), 0, 0, 1, 0)
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
	if err := other.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}
