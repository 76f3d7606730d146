package postgres

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/fence_run.sql
var fenceRunSQL string

//go:embed queries/finish_run.sql
var finishRunSQL string

//go:embed queries/mark_missing_launches.sql
var markMissingLaunchesSQL string

//go:embed queries/forget_missed_ranges.sql
var forgetMissedRangesSQL string

//go:embed queries/insert_missed_range.sql
var insertMissedRangeSQL string

//go:embed queries/move_watermark.sql
var moveWatermarkSQL string

// Finish writes how the run ended into the ledger, together with the marks of
// launches that are gone, the parts that were missed and the new watermark,
// and lets go of the run's locks. It works also when ctx has ended already,
// but then not for long. When the connection is lost, a run that ended well
// waits for the server as StoreBatch does.
func (r *Run) Finish(ctx context.Context, outcome liftoff.Outcome) error {
	if r.session == nil {
		return nil
	}
	defer r.Abandon(ctx)
	isGood := endedWell(outcome.Status)
	for try := 1; ; try++ {
		pid := r.session.Conn().PgConn().PID()
		err := r.finish(ctx, outcome, isGood)
		if err == nil {
			return nil
		}
		// One that failed is not worth a wait: perhaps it failed for want of the
		// server, and the next run closes its row.
		if !isGood || try == maxTries || ctx.Err() != nil || !isLoss(err) {
			return r.failure(finishAction, err)
		}
		// If only the reply was lost, the row is closed already and nothing
		// happens twice.
		if _, err := r.mend(ctx, pid, err); err != nil {
			return r.failure(finishAction, err)
		}
	}
}

// endedWell reports whether a run of such a status says that what it stored is
// there.
func endedWell(status liftoff.RunStatus) bool {
	return status == liftoff.RunSucceeded || status == liftoff.RunPartial
}

const finishAction = "write into ingestion_runs how the run ended"

// finish writes the outcome in the run's session, or, where the locks do not
// matter any more, on any connection.
func (r *Run) finish(ctx context.Context, outcome liftoff.Outcome, needsLock bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	r.mutex.Lock()
	defer r.mutex.Unlock() // before it is abandoned, which waits for the last sign of life
	err := errLockLost
	if !r.session.Conn().IsClosed() {
		err = r.sendOutcome(ctx, r.session.Conn(), outcome)
	}
	if err == nil || !r.session.Conn().IsClosed() {
		return err
	}
	if needsLock {
		return lostConnection{err}
	}
	return r.sendOutcome(ctx, r.store.pool, outcome)
}

// beginner is a connection, or a pool that has one.
type beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// sendOutcome writes the outcome in one transaction.
func (r *Run) sendOutcome(ctx context.Context, db beginner, outcome liftoff.Outcome) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	if endedWell(outcome.Status) {
		isWritten, err := r.fence(ctx, tx, outcome.Status)
		if isWritten || err != nil {
			return err
		}
	}
	batch := &pgx.Batch{}
	r.queueOutcome(batch, outcome)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// fence returns an error when the run must not say that it ended well. It
// reports whether the ledger has that already: then only the reply was lost.
func (r *Run) fence(ctx context.Context, tx pgx.Tx, status liftoff.RunStatus) (isWritten bool, err error) {
	var written string
	var stored int64
	err = tx.QueryRow(ctx, fenceRunSQL, r.id).Scan(&written, &stored)
	switch {
	case err != nil:
		return false, err
	case written == string(status):
		return true, nil
	case written != string(liftoff.RunRunning):
		return false, errTakenOver
	case stored < r.stored.Load():
		return false, errForgotten
	}
	return false, nil
}

// queueOutcome puts the statements into one batch.
func (r *Run) queueOutcome(batch *pgx.Batch, outcome liftoff.Outcome) {
	finishedAt := timestamp(outcome.FinishedAt)
	if len(outcome.MissingIDs) > 0 {
		batch.Queue(markMissingLaunchesSQL, outcome.MissingIDs, finishedAt)
	}
	since := r.backfillStartedAt
	if outcome.IsCurrent {
		since = r.options.StartedAt
	}
	if !since.IsZero() {
		batch.Queue(forgetMissedRangesSQL, r.sourceID, r.id)
		batch.Queue(moveWatermarkSQL, r.sourceID, timestamp(since), outcome.ListTag)
	}
	for _, missed := range outcome.Missed {
		batch.Queue(insertMissedRangeSQL, r.sourceID, r.id, missed.AfterID, missed.BeforeID)
	}
	batch.Queue(finishRunSQL, r.id, string(outcome.Status), finishedAt, outcome.Error, outcome.Announced, len(outcome.MissingIDs))
}
