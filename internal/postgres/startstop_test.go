package postgres_test

import (
	"context"
	"testing"
	"time"

	"liftoff/internal/testkit/startstop"
)

const isLockedSQL = `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`

// The keep-alive of a run's lease ends with the run.
func TestRun_KeepsToTheContractOfLongRunningParts(t *testing.T) {
	store, db := openMigrated(t)
	startstop.Check(t, func(t *testing.T) startstop.Part {
		t.Helper()
		options := exclusive()
		options.Lease = time.Second
		run := begin(t, store, options)
		return startstop.Part{
			Stop: func(ctx context.Context) error {
				run.Abandon(ctx)
				return nil
			},
			IsRunning: func() bool {
				return scan[bool](t, db, isLockedSQL)
			},
		}
	})
}
