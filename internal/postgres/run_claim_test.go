package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"liftoff"
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
		if err := run.JoinBackfill(t.Context(), func(context.Context) ([]liftoff.IDRange, int64, error) { return ranges, int64(len(ranges)), nil }); err != nil {
			t.Fatal(err)
		}
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
