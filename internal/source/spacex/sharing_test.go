package spacex_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// Two sequences that are read at once share the pages that are fetched at once: the
// second one gets its first page although the first one uses up all it can get, and
// together they ask for no more. With one page at a time they take turns.
func TestClient_SequencesShareThePagesAtOnce(t *testing.T) {
	for _, concurrency := range []int{1, 2, 3, 8} {
		synctest.Test(t, func(t *testing.T) {
			var load load
			options := bubbleOptions(t, load.measure(100*time.Millisecond, paged(33*4, 4)))
			options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, concurrency, 1000
			client := newClient(t, options)
			var group sync.WaitGroup
			var firstEnd, secondBegin atomic.Int64
			began := time.Now()
			group.Go(func() {
				pages, err := all(t.Context(), client)
				firstEnd.Store(int64(time.Since(began)))
				if diff := cmp.Diff(documents(33*4), rawOf(pages)); err != nil || diff != "" {
					t.Errorf("launches (-want +got): %v\n%s", err, diff)
				}
			})
			synctest.Wait() // the first one has a page on its way
			received := 0
			group.Go(func() {
				for some, err := range client.References(t.Context(), liftoff.Payloads, nil) {
					if err != nil {
						t.Error(err)
					}
					secondBegin.CompareAndSwap(0, int64(time.Since(began)))
					received += len(some)
				}
			})
			group.Wait()
			if received != 33*4 {
				t.Errorf("%d references", received)
			}
			if seen := load.seen(); seen.most != concurrency || len(seen.arrivals) != 2*33 {
				t.Errorf("%d fetchers: at most %d requests at once, %d in all", concurrency, seen.most, len(seen.arrivals))
			}
			if isBeside := secondBegin.Load() < firstEnd.Load(); isBeside != (concurrency > 1) {
				t.Errorf("%d fetchers: the second one began after %v, the first one ended after %v",
					concurrency, time.Duration(secondBegin.Load()), time.Duration(firstEnd.Load()))
			}
		})
	}
}

// A sequence that waits for another one ends with its context.
func TestClient_AWaitingSequenceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := bubbleOptions(t, paged(40, 4))
		options.PageSize, options.Concurrency = 4, 1
		client := newClient(t, options)
		for range client.Launches(t.Context(), liftoff.Query{}) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			for _, err := range client.Launches(ctx, liftoff.Query{}) {
				apitest.WantError(t, err, liftoff.Source, "context deadline exceeded")
			}
			cancel()
			break
		}
		if pages, err := all(t.Context(), client); err != nil || len(pages) != 10 {
			t.Errorf("%d pages afterwards, %v", len(pages), err)
		}
	})
}
