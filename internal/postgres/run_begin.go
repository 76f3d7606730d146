package postgres

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/add_source.sql
var addSourceSQL string

//go:embed queries/begin_run.sql
var beginRunSQL string

//go:embed queries/find_begun_run.sql
var findBegunRunSQL string

//go:embed queries/close_crashed_runs.sql
var closeCrashedRunsSQL string

//go:embed queries/has_lost_runs.sql
var hasLostRunsSQL string

// resumePatience is how long a run waits for others that have lost their connection
// to resume, before it takes them for crashed. They look for the server every
// maxDelay.
const resumePatience = maxDelay + time.Second

// BeginRun takes the source's lock, closes the ledger's rows of runs that
// crashed, and opens a row for this run. If another run has the lock and the
// options do not say to wait, it returns a liftoff.Locked error. It survives a
// lost connection; one that waits for the lock survives any number.
func (s *Store) BeginRun(ctx context.Context, options RunOptions) (*Run, error) {
	r := &Run{store: s, options: options}
	if options.IsDry {
		return r, nil
	}
	isRepeated := false
	err := s.retry(ctx, maxTries, func() error {
		err := r.begin(ctx, isRepeated)
		if err != nil {
			isRepeated = true
			r.loseSession()
			r.abandon(ctx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// begin tries it once, or again.
func (r *Run) begin(ctx context.Context, isRepeated bool) error {
	if err := r.openSession(ctx); err != nil {
		return err
	}
	if err := r.store.requireOwnSession(ctx, r.session.Conn(), "ask for the lock of "+r.options.Source); err != nil {
		return err
	}
	if err := r.lock(ctx); err != nil {
		return err
	}
	if err := r.setLease(ctx); err != nil {
		return err
	}
	isFound := false
	if isRepeated {
		var err error
		if isFound, err = r.findBegun(ctx); err != nil {
			return err
		}
	}
	if !isFound {
		if err := r.openRow(ctx); err != nil {
			return err
		}
	}
	r.startBeating(ctx)
	return nil
}

// openSession makes a new connection the one that holds the locks.
func (r *Run) openSession(ctx context.Context) error {
	session, err := r.store.pool.Acquire(ctx)
	if err != nil {
		return r.failure("connect for the run", err)
	}
	if r.session != nil {
		r.session.Release()
	}
	r.session = session
	return nil
}

// findBegun looks for the row that an earlier try has opened, if the reply was
// lost, and takes its lock.
func (r *Run) findBegun(ctx context.Context) (isFound bool, err error) {
	err = r.session.QueryRow(ctx, findBegunRunSQL, r.options.Source, timestamp(r.options.StartedAt), r.options.Command, runLockClass).
		Scan(&r.id, &r.sourceID, &isFound)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, r.failure("look for the run's row in ingestion_runs", err)
	}
	return isFound, nil
}

// openRow opens the run's row in the ledger. It waits for the disk, unlike a
// batch, so that a crash of the server cannot lose the row of a run that goes on. A worker leaves
// crashed runs to the last one that asks for a range: others may be resuming.
func (r *Run) openRow(ctx context.Context) error {
	batch := &pgx.Batch{}
	startedAt := timestamp(r.options.StartedAt)
	batch.Queue(addSourceSQL, r.options.Source)
	var crashed []crashedRun
	if !r.options.IsShared {
		batch.Queue(closeCrashedRunsSQL, r.options.Source, timestamp(r.now()), runLockClass, 0).Query(collectCrashed(&crashed))
	}
	schedule, nextDueAt, dueAt := r.options.Slot.key()
	batch.Queue(beginRunSQL, r.options.Source, string(r.options.Selection), r.options.Command,
		r.options.ProgramVersion, startedAt, runLockClass, schedule, nextDueAt, dueAt).QueryRow(func(row pgx.Row) error {
		return row.Scan(&r.id, &r.sourceID, nil)
	})
	err := r.session.SendBatch(ctx, batch).Close()
	r.tellCrashed(ctx, crashed)
	if errors.Is(err, pgx.ErrNoRows) && r.options.Slot != nil {
		return ErrSlotTaken
	}
	if errors.Is(err, pgx.ErrNoRows) {
		err = r.beginNotKept(ctx)
	}
	if err != nil {
		return r.failure("open the run's row in ingestion_runs", r.store.blamingRules(ctx, err))
	}
	return nil
}

// beginNotKept returns the error for a run whose row is not in the ledger although
// it was inserted.
func (r *Run) beginNotKept(ctx context.Context) error {
	tx, err := r.session.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	var sourceID int16
	table := "ingestion_runs"
	if err := tx.QueryRow(ctx, sourceIDSQL, r.options.Source).Scan(&sourceID); errors.Is(err, pgx.ErrNoRows) {
		table = "ingestion_sources"
	}
	return notKept(ctx, tx, table, []string{r.options.Source})
}

// tryLock takes the source's lock if it is free.
func (r *Run) tryLock(ctx context.Context) (hasLock bool, err error) {
	try := tryWriterLockSQL
	if r.options.IsShared {
		try = trySharedWriterLockSQL
	}
	if err := r.session.QueryRow(ctx, try, writerLockClass, r.options.Source).Scan(&hasLock); err != nil {
		return false, r.failure("ask for the lock of "+r.options.Source, err)
	}
	return hasLock, nil
}

// lock takes the source's lock, and waits for it if the options say so.
func (r *Run) lock(ctx context.Context) error {
	hasLock, err := r.tryLock(ctx)
	if err != nil || hasLock {
		return err
	}
	if !r.options.WaitsForLock {
		return liftoff.NewError(liftoff.Locked,
			fmt.Errorf("another run is writing launches of %s into PostgreSQL at %s", r.options.Source, r.store.target),
			cmp.Or(r.options.LockedHint, "try again when it has finished (see `liftoff runs`)"))
	}
	r.store.logger.InfoContext(ctx, "Waiting for another run of the same source to end.", "source", r.options.Source)
	return r.waitForOthers(ctx)
}

// waitForOthers waits for the source's lock, however often the connection is lost
// meanwhile: a run may wait for hours. The run that had the lock may only have lost
// its connection, so it gets the time to resume, once for each run that had it.
func (r *Run) waitForOthers(ctx context.Context) error {
	for {
		isPatient, err := r.letOthersResume(ctx, r.hasLostRuns)
		hasLock := false
		if err == nil {
			hasLock, err = r.waitForTurn(ctx, isPatient)
		}
		if isLost(err) && ctx.Err() == nil {
			err = r.renewSession(ctx, err)
		}
		if err != nil || hasLock {
			return err
		}
	}
}

// waitForTurn waits for the source's lock. If the waiting is patient, or has been
// so long that another run had the lock since, it gives the lock back while a run
// has lost its connection.
func (r *Run) waitForTurn(ctx context.Context, isPatient bool) (hasLock bool, err error) {
	long := time.NewTimer(resumePatience)
	defer long.Stop()
	if err := r.waitForLock(ctx); err != nil {
		return false, err
	}
	select {
	case <-long.C:
	default:
		if !isPatient {
			return true, nil
		}
	}
	hasLost, err := r.hasLostRuns(ctx)
	if err != nil || !hasLost {
		return err == nil, err
	}
	if _, err := r.session.Exec(ctx, unlockAllSQL); err != nil {
		return false, r.failure("let another run resume", err)
	}
	return false, nil
}

// renewSession connects again after the session was lost.
func (r *Run) renewSession(ctx context.Context, cause error) error {
	r.loseSession()
	if err := r.store.reconnect(ctx, cause); err != nil {
		return err
	}
	return r.openSession(ctx)
}

// loseSession notes that the connection of the session was lost, if it was.
func (r *Run) loseSession() {
	if r.session != nil && r.session.Conn().IsClosed() {
		r.store.connections.lose(r.session.Conn())
	}
}

// waitForLock waits for the source's lock, however long that takes.
func (r *Run) waitForLock(ctx context.Context) error {
	wait := waitWriterLockSQL
	if r.options.IsShared {
		wait = waitSharedLockSQL
	}
	const noLimit = "0"
	batch := &pgx.Batch{}
	batch.Queue(setTimeoutsSQL, noLimit, noLimit)
	batch.Queue(wait, writerLockClass, r.options.Source)
	if err := r.session.SendBatch(ctx, batch).Close(); err != nil {
		return r.failure("wait for the lock of "+r.options.Source, err)
	}
	return nil
}

// letOthersResume waits while a run of the source has lost its connection, and
// with it its lock, but no longer than resumePatience. It reports whether no such
// run is left.
func (r *Run) letOthersResume(ctx context.Context, hasLost func(context.Context) (bool, error)) (isNoneLeft bool, err error) {
	patience := time.NewTimer(resumePatience)
	defer patience.Stop()
	for {
		isAny, err := hasLost(ctx)
		if err != nil || !isAny {
			return !isAny, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-patience.C:
			return false, nil
		case <-time.After(firstDelay):
		}
	}
}

// hasLostRuns is askForLostRuns in the session with the lock.
func (r *Run) hasLostRuns(ctx context.Context) (hasLost bool, err error) {
	return r.askForLostRuns(ctx, r.session.Conn())
}

// askForLostRuns asks whether another run of the source is running according to
// the ledger, but has no session.
func (r *Run) askForLostRuns(ctx context.Context, conn *pgx.Conn) (hasLost bool, err error) {
	err = conn.QueryRow(ctx, hasLostRunsSQL, r.options.Source, int64(runLockClass), r.id).Scan(&hasLost)
	if err != nil {
		return false, r.failure("look for runs that have lost their connection", err)
	}
	return hasLost, nil
}
