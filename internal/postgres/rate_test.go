package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// Stores that share a rate keep to it together, for each source by itself.
func TestWaitForTurn_ManyKeepToOneRate(t *testing.T) {
	t.Parallel()
	const stores, callers, perSecond, turns = 3, 2, 50, 120
	_, db := openMigrated(t)
	var mutex sync.Mutex
	var times []time.Time
	var group sync.WaitGroup
	for range stores {
		store := open(t, db)
		for range callers {
			group.Go(func() {
				for {
					mutex.Lock()
					isEnough := len(times) >= turns
					mutex.Unlock()
					if isEnough {
						return
					}
					if err := store.WaitForTurn(t.Context(), "http://rate.test", perSecond); err != nil {
						t.Error(err)
						return
					}
					now := time.Now()
					mutex.Lock()
					times = append(times, now)
					mutex.Unlock()
				}
			})
		}
	}
	group.Wait()
	slices.SortFunc(times, time.Time.Compare)
	// Their own lateness, which is bounded, is all that may bring them closer.
	for i := range times[:turns-perSecond] {
		if took := times[i+perSecond].Sub(times[i]); took < 950*time.Millisecond {
			t.Errorf("%d turns in %v", perSecond, took)
		}
	}
	if took := times[turns-1].Sub(times[0]); took > 6*time.Second {
		t.Errorf("%d turns took %v", turns, took)
	}
	store := open(t, db)
	execute(t, db, "UPDATE ingestion_rates SET next_at = next_at + INTERVAL '5 minutes'")
	if err := store.WaitForTurn(t.Context(), "http://another.test", perSecond); err != nil { // at once
		t.Error(err)
	}
}

// A wait ends with its context, and one that the server's clock would make endless is
// not begun.
func TestWaitForTurn_DoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	turn := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return store.WaitForTurn(ctx, "http://rate.test", 1)
	}
	if err := turn(time.Minute); err != nil {
		t.Fatal(err)
	}
	execute(t, db, "UPDATE ingestion_rates SET next_at = next_at + INTERVAL '5 minutes'")
	if err := turn(50 * time.Millisecond); err == nil {
		t.Error("a turn came five minutes early")
	}
	// As if the server's clock had been set back by a day.
	execute(t, db, "UPDATE ingestion_rates SET next_at = next_at + INTERVAL '1 day'")
	if err := turn(time.Minute); err != nil {
		t.Error(err)
	}
}

func TestWaitForTurn_ErrorsAreOfTheDatabase(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "DROP TABLE ingestion_rates")
	err := store.WaitForTurn(t.Context(), "http://rate.test", 1)
	wantError(t, err, liftoff.Database, "wait until the next request may be sent")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.WaitForTurn(ctx, "http://rate.test", 1); liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("interrupted: %v", err)
	}
}

func TestWaitForTurn_SurvivesALostConnection(t *testing.T) {
	t.Parallel()
	for name, action := range map[string]faultproxy.Action{"reply lost": faultproxy.LoseReply, "request lost": faultproxy.Reset} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabaseFrom(t, migrated)
			proxy, opts := behind(t, db)
			store := openWith(t, opts)
			hits := 0
			proxy.On("insert into ingestion_rates", action, 1, func() { hits++ })
			if err := store.WaitForTurn(t.Context(), "http://rate.test", 100); err != nil || hits != 1 {
				t.Errorf("WaitForTurn() = %v after %d faults", err, hits)
			}
		})
	}
}
