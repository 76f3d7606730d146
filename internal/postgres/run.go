package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
)

//go:embed queries/add_source.sql
var addSourceSQL string

//go:embed queries/begin_run.sql
var beginRunSQL string

//go:embed queries/close_crashed_runs.sql
var closeCrashedRunsSQL string

// The classes of the advisory locks, in the form with two keys: one writer
// for each source, and a sign of life for each run.
const (
	writerLockClass = 0x6c696674 // "lift"
	runLockClass    = writerLockClass + 1

	tryWriterLockSQL       = "SELECT pg_try_advisory_lock($1, hashtext($2))"
	trySharedWriterLockSQL = "SELECT pg_try_advisory_lock_shared($1, hashtext($2))"
	waitWriterLockSQL      = "SELECT pg_advisory_lock($1, hashtext($2))"
	waitSharedLockSQL      = "SELECT pg_advisory_lock_shared($1, hashtext($2))"
	// lazyCommitSQL does not wait for the disk. The transaction that ends the run
	// does, and with it all before it is on disk; should the server crash
	// earlier, the ledger has no run that succeeded.
	lazyCommitSQL = "SELECT set_config('synchronous_commit', 'off', TRUE)"
	unlockAllSQL  = "SELECT pg_advisory_unlock_all()"
)

// RunOptions describe a run to the ledger and say how it shares its source.
type RunOptions struct {
	// Source is the API's base URL; runs of one source exclude each other.
	Source    string
	Selection liftoff.Selection
	// Command is the command line, without secrets.
	Command        string
	ProgramVersion string
	// StartedAt is in UTC.
	StartedAt time.Time
	// IsShared lets other runs that are shared too write at the same time, and
	// nobody else.
	IsShared bool
	// WaitsForLock makes the run wait for others instead of giving up.
	WaitsForLock bool
	// Lease is how long the lock outlives the run's last sign of life; 0 is as
	// long as the connection lasts.
	Lease time.Duration
	// IsDry makes the run roll back whatever it does, so that nothing is
	// written; it takes no lock and leaves no trace in the ledger.
	IsDry bool
}

// Run is one ingestion into the database. Batches may be stored by several
// goroutines at once. Finish must be called when it is done, or Abandon.
type Run struct {
	store    *Store
	options  RunOptions
	id       int64
	sourceID int16
	// backfillID is the backfill that the run works for, 0 for none, and
	// backfillStartedAt is when it began; zero unless this run finished it.
	backfillID        int64
	backfillStartedAt time.Time

	// stored is the ledger's highest count of the run's records that the server
	// has confirmed.
	stored atomic.Int64

	// gate is held by all who write, and alone by who mends the run.
	gate sync.RWMutex
	// session holds the locks. It is also the first writer's connection: a
	// login costs more than a small run. The mutex says who uses it.
	mutex   sync.Mutex
	session *pgxpool.Conn
	// stopBeating ends the signs of life and waits for that; nil without a lease.
	stopBeating func()
}

// BeginRun takes the source's lock, closes the ledger's rows of runs that
// died, and opens one for this run. It is a liftoff.Locked error when another
// run has the lock and options do not say to wait.
func (s *Store) BeginRun(ctx context.Context, options RunOptions) (*Run, error) {
	r := &Run{store: s, options: options}
	if options.IsDry {
		return r, nil
	}
	session, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, s.failure("begin a run", err)
	}
	r.session = session
	if err := r.begin(ctx); err != nil {
		r.Abandon(ctx)
		return nil, err
	}
	return r, nil
}

// ID returns the run's number in the ledger; 0 for a dry run.
func (r *Run) ID() int64 { return r.id }

func (r *Run) begin(ctx context.Context) error {
	if err := r.store.requireOwnSession(ctx, r.session.Conn(), "ask for the lock of "+r.options.Source); err != nil {
		return err
	}
	if err := r.lock(ctx); err != nil {
		return err
	}
	if err := r.takeLease(ctx); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	startedAt := timestamp(r.options.StartedAt)
	batch.Queue(lazyCommitSQL)
	batch.Queue(addSourceSQL, r.options.Source)
	batch.Queue(closeCrashedRunsSQL, r.options.Source, startedAt, runLockClass)
	batch.Queue(beginRunSQL, r.options.Source, string(r.options.Selection), r.options.Command,
		r.options.ProgramVersion, startedAt, runLockClass)
	results := r.session.SendBatch(ctx, batch)
	var err error
	for unread := batch.Len() - 1; unread > 0 && err == nil; unread-- {
		_, err = results.Exec()
	}
	if err == nil {
		err = results.QueryRow().Scan(&r.id, &r.sourceID, nil)
	}
	if err := errors.Join(err, results.Close()); err != nil {
		return r.store.failure("open the run's row in ingestion_runs", err)
	}
	return nil
}

// tryLock takes the source's lock if it is free.
func (r *Run) tryLock(ctx context.Context) (hasLock bool, err error) {
	try := tryWriterLockSQL
	if r.options.IsShared {
		try = trySharedWriterLockSQL
	}
	if err := r.session.QueryRow(ctx, try, writerLockClass, r.options.Source).Scan(&hasLock); err != nil {
		return false, r.store.failure("ask for the lock of "+r.options.Source, err)
	}
	return hasLock, nil
}

// lock takes the source's lock, and waits for it if options say so.
func (r *Run) lock(ctx context.Context) error {
	hasLock, err := r.tryLock(ctx)
	if err != nil || hasLock {
		return err
	}
	if !r.options.WaitsForLock {
		return liftoff.NewError(liftoff.Locked,
			fmt.Errorf("another run is writing launches of %s into PostgreSQL at %s", r.options.Source, r.store.target),
			"wait for it (`liftoff runs` shows it), or let this one wait with --if-locked wait")
	}
	r.store.logger.InfoContext(ctx, "Waiting for another run of "+r.options.Source+" to end.")
	wait := waitWriterLockSQL
	if r.options.IsShared {
		wait = waitSharedLockSQL
	}
	if _, err := r.session.Exec(ctx, wait, writerLockClass, r.options.Source); err != nil {
		return r.store.failure("wait for the lock of "+r.options.Source, err)
	}
	return nil
}

// Abandon lets go of the locks and the connection. The ledger's row stays as
// it is. It may be called more than once.
func (r *Run) Abandon(ctx context.Context) {
	if r.session == nil {
		return
	}
	if r.stopBeating != nil {
		r.stopBeating()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	if err := r.letGo(ctx); err != nil {
		// The locks end with the session.
		_ = r.session.Conn().Close(ctx)
	}
	r.session.Release()
	r.session = nil
}

// writer returns a connection to write on, and a function that gives it back.
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

// failure is the store's, but for what no setting mends.
func (r *Run) failure(action string, err error) error {
	switch {
	case errors.Is(err, errTakenOver):
		return liftoff.NewError(liftoff.Locked, fmt.Errorf("%s: %w", action, errTakenOver),
			"wait for it (`liftoff runs` shows it), then run the same command again; what was stored before stays stored")
	case errors.Is(err, errLockLost), errors.Is(err, errForgotten):
		return liftoff.NewError(liftoff.Database, fmt.Errorf("%s: %w", action, err),
			"run the same command again, which stores what is missing")
	}
	if _, isKnown := errors.AsType[*liftoff.Error](err); isKnown {
		return fmt.Errorf("%s: %w", action, err)
	}
	return r.store.failure(action, err)
}

// runID is the run's number for the columns that refer to it; NULL when dry.
func (r *Run) runID() any {
	if r.options.IsDry {
		return nil
	}
	return r.id
}

// timestamp writes a moment as text and in UTC, so that neither the session's
// time zone nor the driver's types can shift it.
func timestamp(moment time.Time) string {
	return moment.UTC().Format("2006-01-02 15:04:05.999999")
}
