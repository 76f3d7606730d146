package spacex_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

// outage answers with handler, and with 503 between two times of its life.
func outage(from, to time.Duration, handler http.HandlerFunc) http.HandlerFunc {
	began := time.Now()
	return func(w http.ResponseWriter, r *http.Request) {
		if age := time.Since(began); age >= from && age < to {
			apitest.WriteAs(w, "text/plain", http.StatusServiceUnavailable, "away")
			return
		}
		handler(w, r)
	}
}

// patient returns options for a client of an API in the bubble, with 8
// fetchers that begin with 100 pages, and the log that it writes.
func patient(t *testing.T, handler http.HandlerFunc, maxWait time.Duration) (spacex.Options, *bytes.Buffer) {
	t.Helper()
	options := bubbleOptions(t, handler)
	options.PageSize, options.Concurrency, options.MaxRequestsPerSecond = 4, 8, 1000
	options.MaxWait = maxWait
	var log bytes.Buffer
	options.Logger = apitest.LogTo(&log)
	return options, &log
}

// An API that is away for minutes in the middle of a run is waited for, with
// few requests, one at a time, and fewer and fewer lines in the log.
func TestA11_AnOutageOfMinutesIsWaitedOut(t *testing.T) {
	for _, away := range []time.Duration{time.Minute, 30 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			var load load
			handler := outage(500*time.Millisecond, away, load.measure(100*time.Millisecond, paged(400, 4)))
			options, log := patient(t, handler, time.Hour)
			began := time.Now()
			pages, err := all(t.Context(), newClient(t, options))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(documents(400), rawOf(pages)); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
			if took := time.Since(began); took < away || took > away+40*time.Second {
				t.Errorf("an outage of %v took %v", away, took)
			}
			warnings := strings.Count(log.String(), "level=WARN")
			if most := map[time.Duration]int{time.Minute: 6, 30 * time.Minute: 15}[away]; warnings < 3 || warnings > most {
				t.Errorf("%d warnings in %v, want at most %d:\n%s", warnings, away, most, log)
			}
			if n := strings.Count(log.String(), `level=INFO msg="The API answers again." after=`); n != 1 {
				t.Errorf("%d lines say that it answers again:\n%s", n, log)
			}
		})
	}
}

// While the API is away one request after the other asks for it, not one a
// fetcher, and with pauses.
func TestA11_InAnOutageOneRequestAsksForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		pages, isAway := paged(400, 4), atomic.Bool{}
		options, log := patient(t, load.measure(100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
			if isAway.Load() {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			pages(w, r)
		}), 20*time.Minute)
		read := 0
		var last error
		began := time.Now()
		for _, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{}) {
			if last = err; err != nil {
				break
			}
			if read++; read == 3 {
				isAway.Store(true)
				began = time.Now()
			}
		}
		apitest.WantError(t, last, liftoff.Source, "status 502 Bad Gateway")
		took := time.Since(began)
		if took < 20*time.Minute || took > 20*time.Minute+40*time.Second {
			t.Errorf("it was given up after %v, want 20m: %v\n%s", took, last, log)
		}
		asked := len(load.seen().arrivals)
		// At first the 8 fetchers ask; then it is one request each 15 s.
		if asked < 40 || asked > 3+8+8+200 {
			t.Errorf("%d requests in %v", asked, took)
		}
		inTheLastTenMinutes := 0
		for _, at := range load.seen().arrivals {
			if at > 10*time.Minute {
				inTheLastTenMinutes++
			}
		}
		if inTheLastTenMinutes > 90 {
			t.Errorf("%d requests in the last ten minutes", inTheLastTenMinutes)
		}
	})
}

// How long a run waits counts over all outages, not for each.
func TestA11_ThePatienceIsForTheWholeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		options, _ := patient(t, func(w http.ResponseWriter, r *http.Request) {
			if time.Since(began)%time.Hour < 30*time.Minute { // away for the first half of each hour
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			apitest.WriteJSON(w, document)
		}, 40*time.Minute)
		client := newClient(t, options)
		if _, err := latest(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		pause(t.Context(), time.Hour-time.Since(began))
		again := time.Now()
		_, err := latest(t.Context(), client)
		apitest.WantError(t, err, liftoff.Source, "attempts in ")
		if took := time.Since(again); took < 9*time.Minute || took > 11*time.Minute {
			t.Errorf("the second outage was waited for %v, want what the first one left of 40m", took)
		}
	})
}

// Without more patience an outage ends the run after the attempts of one
// request and one more of each that waited for it.
func TestA11_WithoutPatienceTheRunEndsSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		pages := paged(400, 4)
		options, log := patient(t, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) > 9 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			pages(w, r)
		}, 0)
		began := time.Now()
		_, err := all(t.Context(), newClient(t, options))
		apitest.WantError(t, err, liftoff.Source, "status 502 Bad Gateway")
		if got := requests.Load(); got > 9+8+6+8 {
			t.Errorf("%d requests", got)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %v", took)
		}
		if !strings.Contains(log.String(), "attempt=1 of=6") {
			t.Errorf("the log does not say how often it is tried:\n%s", log)
		}
	})
}

// What the API says to one fetcher about when to come back holds for all.
func TestA8_ARetryAfterIsForAllFetchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var load load
		var requests atomic.Int32
		pages := paged(400, 4)
		options, _ := patient(t, load.measure(100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == 20 {
				w.Header().Set("Retry-After", "45")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			pages(w, r)
		}), 0)
		got, err := all(t.Context(), newClient(t, options))
		if err != nil || len(rawOf(got)) != 400 {
			t.Fatalf("%d launches, error %v", len(rawOf(got)), err)
		}
		arrivals := load.seen().arrivals
		told := arrivals[19] + 100*time.Millisecond
		for _, at := range arrivals {
			if at > told && at < told+45*time.Second {
				t.Errorf("a request at %v, %v after the API asked for a pause of 45s", at, at-told)
			}
		}
	})
}

// A pause that nobody waits for ends the run, and nobody asks again meanwhile.
func TestA9_AfterALongRetryAfterNobodyAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		options, _ := patient(t, func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 0)
		client := newClient(t, options)
		for range 2 {
			_, err := latest(t.Context(), client)
			apitest.WantError(t, err, liftoff.Source, "retry at "+time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		}
		if got := requests.Load(); got != 1 {
			t.Errorf("%d requests, want 1", got)
		}
		pause(t.Context(), time.Hour)
		_, _ = latest(t.Context(), client)
		if got := requests.Load(); got != 2 {
			t.Errorf("%d requests after the hour, want 2", got)
		}
	})
}

// With patience a long pause is waited for, as far as that goes.
func TestA8_PatienceLastsForALongRetryAfter(t *testing.T) {
	for maxWait, waits := range map[time.Duration]bool{2 * time.Hour: true, 59 * time.Minute: false} {
		t.Run(fmt.Sprint(maxWait), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				options, _ := patient(t, func(w http.ResponseWriter, _ *http.Request) {
					if time.Since(began) < time.Hour {
						w.Header().Set("Retry-After", "3600")
						w.WriteHeader(http.StatusServiceUnavailable)
						return
					}
					apitest.WriteJSON(w, document)
				}, maxWait)
				_, err := latest(t.Context(), newClient(t, options))
				if waits && err != nil {
					t.Error(err)
				}
				if !waits {
					apitest.WantError(t, err, liftoff.Source, "; retry at ")
				}
				if took := time.Since(began); waits != (took == time.Hour) {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// Thousands of requests that fail once each are a few lines in the log.
func TestA11_ManyBlipsAreFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		options, log := patient(t, func(w http.ResponseWriter, _ *http.Request) {
			if requests.Add(1)%2 == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			apitest.WriteJSON(w, document)
		}, 0)
		client := newClient(t, options)
		for range 2000 {
			if _, err := latest(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
		if lines := strings.Count(log.String(), "\n"); lines > 15 || !strings.Contains(log.String(), " not_shown=") {
			t.Errorf("%d lines:\n%s", lines, log)
		}
	})
}
