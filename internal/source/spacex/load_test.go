package spacex_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// load is what a server sees of a client's requests.
type load struct {
	mutex sync.Mutex
	first time.Time
	all   requests
}

// requests are how many there are at once, now and at most, and when each
// came, since the first one.
type requests struct {
	now, most int
	arrivals  []time.Duration
}

// seen returns what there is once all else waits.
func (l *load) seen() requests {
	synctest.Wait()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	seen := l.all
	seen.arrivals = slices.Clone(seen.arrivals)
	return seen
}

// measure counts the requests on their way to handler, each of which takes
// latency.
func (l *load) measure(latency time.Duration, handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// A server only sees that its client has left when it has the body.
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		l.mutex.Lock()
		if l.first.IsZero() {
			l.first = time.Now()
		}
		l.all.arrivals = append(l.all.arrivals, time.Since(l.first))
		l.all.now++
		l.all.most = max(l.all.most, l.all.now)
		l.mutex.Unlock()
		timer := time.NewTimer(latency)
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
		l.mutex.Lock()
		l.all.now--
		l.mutex.Unlock()
		handler(w, r)
	}
}

// With pages of 100 ms, 8 fetchers are all asked for pages at once, and take
// an eighth of the time of one.
func TestLaunches_FetchesSoManyPagesAtOnceAndNoMore(t *testing.T) {
	for concurrency, want := range map[int]time.Duration{
		1: 3300 * time.Millisecond, 2: 1700 * time.Millisecond, 8: 500 * time.Millisecond, 64: 200 * time.Millisecond,
	} {
		synctest.Test(t, func(t *testing.T) {
			var load load
			options := bubbleOptions(t, load.measure(100*time.Millisecond, paged(33*4, 4)))
			options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, concurrency, 1000
			began := time.Now()
			pages, err := all(t.Context(), newClient(t, options))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(documents(33*4), rawOf(pages)); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
			took, seen := time.Since(began), load.seen()
			if seen.most != min(concurrency, 32) || len(seen.arrivals) != 33 {
				t.Errorf("%d fetchers: at most %d requests at once, %d in all", concurrency, seen.most, len(seen.arrivals))
			}
			if took != want {
				t.Errorf("%d fetchers took %v, want %v", concurrency, took, want)
			}
		})
	}
}

// A reader that is slower than the API has no more than so many pages waiting.
func TestLaunches_ASlowReaderIsNotOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		options := bubbleOptions(t, load.measure(time.Millisecond, paged(100, 4)))
		options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, 3, 1000
		read := 0
		for _, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			read++
			pause(t.Context(), time.Second)
			if asked := len(load.seen().arrivals); asked > read+3 {
				t.Errorf("%d pages were asked for when %d were read", asked, read)
			}
		}
	})
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// The limit is for all requests of a client together, and may be spent at
// once; no moving second sees more than twice of it.
func TestClient_KeepsToTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		options := bubbleOptions(t, load.measure(0, paged(4*25, 4)))
		options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, 8, 5
		if _, err := all(t.Context(), newClient(t, options)); err != nil {
			t.Fatal(err)
		}
		arrivals := load.seen().arrivals
		if len(arrivals) != 25 {
			t.Fatalf("%d requests, want 25", len(arrivals))
		}
		if took := arrivals[len(arrivals)-1]; took < 4*time.Second || took > 4*time.Second+10*time.Millisecond {
			t.Errorf("25 requests at 5 a second came within %v, want 5 at once and 20 in 4s", took)
		}
		for i, at := range arrivals {
			end, _ := slices.BinarySearch(arrivals, at+time.Second)
			if end-i > 10 {
				t.Errorf("%d requests in the second from %v on", end-i, at)
			}
		}
	})
}

// Waiting for the rate limit is no part of the time that an answer may take.
func TestClient_WaitingForTheRateLimitIsNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		options := bubbleOptions(t, load.measure(900*time.Millisecond, paged(4*30, 4)))
		options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, 30, 1
		options.Timeout, options.MaxAttempts = time.Second, 1
		pages, err := all(t.Context(), newClient(t, options))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(rawOf(pages)); got != 120 {
			t.Errorf("%d launches, want 120", got)
		}
	})
}

// A context that ends frees those who wait for the rate limit at once.
func TestClient_WaitingForTheRateLimitCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		options := bubbleOptions(t, load.measure(0, paged(4*30, 4)))
		options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, 30, 1
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := all(ctx, newClient(t, options))
		apitest.WantError(t, err, liftoff.Source, "context deadline exceeded")
		if took := time.Since(began); took != 2500*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

// The errors of pages multiply with the fetchers, the requests to a broken
// API do not: the walk is given up after three pages.
func TestLaunches_RetriesOfManyFetchersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		var requests atomic.Int32
		options := bubbleOptions(t, load.measure(time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == 1 {
				paged(4000, 4)(w, r)
				return
			}
			apitest.WriteAs(w, "text/plain", http.StatusInternalServerError, "broken")
		}))
		options.PageSize, options.Concurrency, options.MaxAttempts = 4, 8, 6
		_, err := all(t.Context(), newClient(t, options))
		apitest.WantError(t, err, liftoff.Source, "status 500")
		if got := int(requests.Load()); got > 1+(8+2)*6 {
			t.Errorf("%d requests", got)
		}
		if most := load.seen().most; most > 8 {
			t.Errorf("%d requests at once", most)
		}
	})
}

// Stopping, an error and a cancellation end all fetchers, also in the middle
// of answers, before the sequence ends; synctest fails a test that leaves a
// goroutine behind.
func TestLaunches_NothingIsFetchedAfterTheEnd(t *testing.T) {
	endings := map[string]func(cancel context.CancelFunc) (goesOn bool){
		"the reader stops":         func(context.CancelFunc) bool { return false },
		"the context is cancelled": func(cancel context.CancelFunc) bool { cancel(); return true },
	}
	for name, end := range endings {
		synctest.Test(t, func(t *testing.T) {
			var load load
			options := bubbleOptions(t, load.measure(100*time.Millisecond, paged(400, 4)))
			options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, 8, 1000
			ctx, cancel := contextWithCancel(t)
			read := 0
			for _, err := range newClient(t, options).Launches(ctx, liftoff.Query{}) {
				if err != nil {
					if liftoff.CategoryOf(err) != liftoff.Interrupted {
						t.Errorf("%s: %v", name, err)
					}
					break
				}
				if read++; read == 3 && !end(cancel) {
					break
				}
			}
			atEnd := load.seen()
			pause(t.Context(), time.Minute)
			if later := load.seen(); len(later.arrivals) != len(atEnd.arrivals) || atEnd.now != 0 {
				t.Errorf("%s: %d requests after the end, %d on their way", name, len(later.arrivals)-len(atEnd.arrivals), atEnd.now)
			}
			if atEnd.most != 8 || read != 3 {
				t.Errorf("%s: %d requests at once, %d pages read", name, atEnd.most, read)
			}
		})
	}
}

// An error is handed out when all fetchers have ended: a reader may take its
// time over it.
func TestLaunches_NothingIsFetchedWhileAnErrorIsHandedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		var requests atomic.Int32
		handler := paged(400, 4)
		options := bubbleOptions(t, load.measure(100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) > 1 {
				apitest.WriteJSON(w, envelope(1, 0, 400, documents(3)[2], documents(3)[1]))
				return
			}
			handler(w, r)
		}))
		options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, 8, 1000
		for _, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{}) {
			if err != nil {
				if now := load.seen().now; now != 0 {
					t.Errorf("%d requests on their way", now)
				}
			}
		}
	})
}

// The end of a sequence waits for its fetchers, also for one that is slow to
// see that its context has ended.
func TestLaunches_TheEndWaitsForAllFetchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := bubbleOptions(t, failing([]string{`"offset":7,`}, documents(40), 4))
		options.PageSize, options.Concurrency = 4, 4
		var busy atomic.Int32
		options.Wait = func(context.Context, time.Duration) error {
			busy.Add(1)
			defer busy.Add(-1)
			pause(t.Context(), time.Second)
			return nil
		}
		read := 0
		for _, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			if read++; read == 2 {
				synctest.Wait()
				if busy.Load() != 1 {
					t.Errorf("%d fetchers wait to try again, want 1", busy.Load())
				}
				break
			}
		}
		if busy.Load() != 0 {
			t.Error("a fetcher is left behind")
		}
	})
}
