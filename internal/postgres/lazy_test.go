package postgres_test

import (
	"context"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
)

// A lazy store opens while the server is away, fails soon rather than wait, and works
// again by itself when the server is back.
func TestLazy_FailsSoonAndRecovers(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	proxy, opts := behind(t, db)
	proxy.SetRefuse(true)
	opts.Lazy, opts.Wait = true, time.Minute
	store, err := postgres.Open(t.Context(), opts)
	if err != nil {
		t.Fatalf("Open() of a server that is away: %v", err)
	}
	defer store.Close()
	wantAway := func(ctx context.Context, what string) {
		t.Helper()
		began := time.Now()
		_, err := store.Health(ctx)
		if took := time.Since(began); liftoff.CategoryOf(err) != liftoff.Database || took > 3*time.Second {
			t.Errorf("%s: error %v after %s, want one of the database after 2 s", what, err, took)
		}
	}
	wantBack := func(what string) {
		t.Helper()
		var err error
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			_, err = store.Health(ctx)
			cancel()
			if err == nil {
				return
			}
		}
		t.Errorf("%s: the store does not recover: %v", what, err)
	}
	wantAway(t.Context(), "refused")
	proxy.SetRefuse(false)
	wantBack("refused")

	proxy.SetBlackHole(true)
	proxy.CutAll()
	wantAway(t.Context(), "no answer to a connection")
	proxy.SetBlackHole(false)
	wantBack("no answer to a connection")

	proxy.BlackHoleAll()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	wantAway(ctx, "silence")
	wantBack("silence")
}
