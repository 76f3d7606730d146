package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
)

const (
	// writerLockClass and runLockClass are the first of the two keys of an
	// advisory lock. The first lock belongs to the one writer of a source; a run
	// holds the second for as long as it lives.
	writerLockClass = 0x6c696674 // "lift"
	runLockClass    = writerLockClass + 1

	tryWriterLockSQL = "SELECT pg_try_advisory_lock($1, hashtext($2))"
	// tryBriefLockSQL takes the writer's lock until the transaction ends.
	tryBriefLockSQL        = "SELECT pg_try_advisory_xact_lock($1, hashtext($2))"
	trySharedWriterLockSQL = "SELECT pg_try_advisory_lock_shared($1, hashtext($2))"
	waitWriterLockSQL      = "SELECT pg_advisory_lock($1, hashtext($2))::TEXT"
	waitSharedLockSQL      = "SELECT pg_advisory_lock_shared($1, hashtext($2))::TEXT"
	// lazyCommitSQL makes a COMMIT return before the transaction is on disk. The
	// one that ends the run waits for the disk, and so for all earlier ones. If
	// the server crashes before that, the ledger has no run that succeeded.
	lazyCommitSQL = "SELECT set_config('synchronous_commit', 'off', TRUE)"
	unlockAllSQL  = "SELECT pg_advisory_unlock_all()"
)

// RunOptions describe a run for the ledger and say how it shares its source.
type RunOptions struct {
	// Source is the source's base URL; runs of one source exclude each other.
	Source    string
	Selection liftoff.Selection
	// Command is the command line, without secrets.
	Command        string
	ProgramVersion string
	// StartedAt is in UTC.
	StartedAt time.Time
	// Now is the clock, by which runs that crashed end when they are found; nil for
	// StartedAt.
	Now func() time.Time
	// IsShared lets other shared runs write at the same time, but no exclusive
	// ones.
	IsShared bool
	// AcceptsShrink says that the user accepts a source that has lost many
	// launches: later runs are compared with this one.
	AcceptsShrink bool
	// WaitsForLock makes the run wait for others instead of giving up.
	WaitsForLock bool
	// LockedHint is the next step to suggest if another run has the lock; empty
	// suggests to wait for it.
	LockedHint string
	// Lease is how long the run keeps its locks after the server last heard from
	// it; 0 means for as long as the connection lasts. A run with a lease also
	// notices soon that its connection was lost, and resumes before others take
	// it for crashed.
	Lease time.Duration
	// Slot is the slot of a schedule that the run does; nil for any other run. If it is
	// no longer due, the run does not begin: ErrSlotTaken.
	Slot *Slot
	// IsDry makes the run roll back everything, so that nothing is written. It
	// takes no lock and has no row in the ledger.
	IsDry bool
}

// Run is an ingestion under way. Several goroutines may store batches at once.
// Call Finish or Abandon when it is done.
type Run struct {
	store    *Store
	options  RunOptions
	id       int64
	sourceID int16
	// backfillID is the backfill that the run works on, 0 for none.
	// backfillStartedAt is when it was opened; zero unless this run finished it and it
	// is of the whole source.
	backfillID        int64
	backfillStartedAt time.Time
	// claimed are the numbers of the backfill's ranges that ClaimRange returned.
	claimed []int
	// storedBefore is what stored was when the last of them was started.
	storedBefore int64
	// hasFinishedBackfill says that this run has finished the last range of all.
	hasFinishedBackfill bool

	// stored is the highest count of the run's records in the ledger that the
	// server has confirmed.
	stored atomic.Int64

	// stagesAll says that launches cannot be copied straight into the tables.
	stagesAll atomic.Bool

	// gate is read-locked by writers and write-locked while the run is resumed.
	gate sync.RWMutex
	// session holds the locks. It is also the first writer's connection, because
	// a login costs more than a small run. The mutex is held by its user.
	mutex   sync.Mutex
	session *pgxpool.Conn
	// over is why the run could not be resumed; nil as long as it goes on. The gate
	// guards it.
	over error
	// stopBeating ends the keep-alives and waits for that; nil without a lease.
	stopBeating func()
	abandoning  sync.Once
}

// ID returns the run's id in the ledger; 0 for a dry run.
func (r *Run) ID() int64 { return r.id }

// StartedAt returns when the run began, as RunOptions say.
func (r *Run) StartedAt() time.Time { return r.options.StartedAt }

// now returns the present moment.
func (r *Run) now() time.Time {
	if r.options.Now == nil {
		return r.options.StartedAt
	}
	return r.options.Now()
}

// Abandon releases the locks and the connection, and returns when the keep-alive
// has ended; if the server does not answer, that takes seconds. The run's row in
// the ledger stays unchanged. It is safe to call twice and from several
// goroutines, and does nothing after Finish.
func (r *Run) Abandon(ctx context.Context) { r.abandoning.Do(func() { r.abandon(ctx) }) }

func (r *Run) abandon(ctx context.Context) {
	if r.session == nil {
		return
	}
	if r.stopBeating != nil {
		r.stopBeating()
		r.stopBeating = nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	if err := r.releaseLocks(ctx); err != nil {
		// The locks end with the session.
		_ = r.session.Conn().Close(ctx)
	}
	r.session.Release()
	r.session = nil
}

// writer returns a connection to write on, and a function that releases it.
func (r *Run) writer(ctx context.Context) (*pgx.Conn, func(), error) {
	if r.session != nil && r.mutex.TryLock() {
		if !r.session.Conn().IsClosed() {
			return r.session.Conn(), r.mutex.Unlock, nil
		}
		r.mutex.Unlock()
		return nil, nil, errLockLost
	}
	conn, err := r.store.pool.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	return conn.Conn(), conn.Release, nil
}

// failure is Store.failure plus hints for errors that no setting can fix.
func (r *Run) failure(action string, err error) error {
	for _, cause := range []error{errTakenOver, errRangeTaken} {
		if errors.Is(err, cause) {
			return liftoff.NewError(liftoff.Locked, fmt.Errorf("%s: %w", action, cause),
				"when it has finished (see `liftoff runs`), run the same command again; what was stored stays stored")
		}
	}
	if errors.Is(err, errLockLost) || errors.Is(err, errForgotten) {
		return liftoff.NewError(liftoff.Database, fmt.Errorf("%s: %w", action, err),
			"run the same command again; it stores the rest")
	}
	return r.store.failure(action, err)
}

// runID is the run's id for columns that refer to it; NULL for a dry run.
func (r *Run) runID() any {
	if r.options.IsDry {
		return nil
	}
	return r.id
}

// timestamp formats a moment as text in UTC, so that neither the session's time
// zone nor the driver's types can shift it.
func timestamp(moment time.Time) string {
	return moment.UTC().Format("2006-01-02 15:04:05.999999")
}
