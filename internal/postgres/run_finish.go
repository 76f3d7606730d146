package postgres

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/fence_run.sql
var fenceRunSQL string

//go:embed queries/finish_run.sql
var finishRunSQL string

//go:embed queries/mark_missing_launches.sql
var markMissingLaunchesSQL string

//go:embed queries/forget_gaps.sql
var forgetGapsSQL string

//go:embed queries/insert_gap.sql
var insertGapSQL string

//go:embed queries/note_reading.sql
var noteReadingSQL string

//go:embed queries/note_backfill.sql
var noteBackfillSQL string

//go:embed queries/lock_source.sql
var lockSourceSQL string

//go:embed queries/move_watermark.sql
var moveWatermarkSQL string

//go:embed queries/lost_ending.sql
var lostEndingSQL string

// Finish writes into the ledger how the run ended, together with the marks of
// launches that are missing, the gaps and the new watermark, and releases the
// run's locks. It works even if ctx has ended already, but then not for long. If
// the connection is lost, a run that ended well retries as StoreBatch does; if
// only the reply was lost, nothing is written twice.
func (r *Run) Finish(ctx context.Context, ending liftoff.Ending) error {
	if r.session == nil {
		return nil
	}
	defer r.Abandon(ctx)
	if cause := context.Cause(ctx); ending.Status == liftoff.RunInterrupted && cause != ctx.Err() { //nolint:errorlint // the same error, not one that wraps it
		ending.Error = liftoff.OneLine(cause) // such as a signal; what it interrupted says less
	}
	isGood := endedWell(ending.Status)
	tries := maxTries
	if !isGood {
		// Do not retry for a failed run: the outage may be why it failed, and the
		// next run closes its row.
		tries = 1
	}
	err := retry(ctx, tries, r.store.renumbering(ctx, func() error {
		return r.finish(ctx, ending, isGood)
	}), func(cause error) (bool, error) {
		return r.resume(ctx, cause)
	})
	if err != nil {
		return r.failure("write into ingestion_runs how the run ended", r.store.blamingRules(ctx, err))
	}
	return nil
}

// endedWell reports whether a run with this status vouches for what it stored.
func endedWell(status liftoff.RunStatus) bool {
	return status == liftoff.RunSucceeded || status == liftoff.RunPartial
}

// finish writes the ending in the run's session, or on any connection if the
// locks no longer matter.
func (r *Run) finish(ctx context.Context, ending liftoff.Ending, needsLock bool) error {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if needsLock && r.over != nil {
		return r.over
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	r.mutex.Lock()
	defer r.mutex.Unlock() // before Abandon, which waits for the last keep-alive
	err := errLockLost
	if !r.session.Conn().IsClosed() {
		err = r.sendEnding(ctx, r.session.Conn(), ending)
	}
	if err == nil || !r.session.Conn().IsClosed() {
		return err
	}
	if needsLock {
		return lostConnection{err}
	}
	return r.sendEnding(ctx, r.store.pool, ending)
}

// beginner is a connection or a pool.
type beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// sendEnding writes the ending in one transaction.
func (r *Run) sendEnding(ctx context.Context, db beginner, ending liftoff.Ending) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	var before rowCounts
	if len(ending.MissingIDs) > 0 {
		// Before any row is locked.
		batch := &pgx.Batch{}
		r.store.queueTypedLock(batch, shareTypedSQL, &before)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
	}
	if endedWell(ending.Status) {
		isWritten, err := r.fence(ctx, tx, ending.Status)
		if isWritten || err != nil {
			return err
		}
	}
	if err := r.settleSlot(ctx, tx, ending); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	var lost []string
	r.queueEnding(batch, ending, before)
	if endedWell(ending.Status) {
		r.queueEndingCheck(batch, ending, &lost)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if len(lost) > 0 {
		return notKept(ctx, tx, lost[0], []string{strconv.FormatInt(r.id, 10)})
	}
	return tx.Commit(ctx)
}

// fence returns an error if the run must not claim that what it stored is there.
// It reports whether the ledger has this status already: then only the reply was
// lost.
func (r *Run) fence(ctx context.Context, db querier, status liftoff.RunStatus) (isWritten bool, err error) {
	var written liftoff.RunStatus
	var stored int64
	err = db.QueryRow(ctx, fenceRunSQL, r.id).Scan(&written, &stored)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, errForgotten
	case err != nil:
		return false, err
	case written == status:
		return true, nil
	case written != liftoff.RunRunning:
		return false, errTakenOver
	case stored < r.stored.Load():
		return false, errForgotten
	}
	return false, nil
}

// queueEnding adds the statements to a batch; before is what queueTypedLock has found.
func (r *Run) queueEnding(batch *pgx.Batch, ending liftoff.Ending, before rowCounts) {
	finishedAt := timestamp(ending.FinishedAt)
	if len(ending.MissingIDs) > 0 {
		batch.Queue(markMissingLaunchesSQL, ending.MissingIDs, finishedAt, r.sourceID)
		queueTyping(batch, ending.MissingIDs, before)
	}
	since := r.currentSince(ending)
	if !since.IsZero() {
		batch.Queue(forgetGapsSQL, r.sourceID, r.id)
		batch.Queue(moveWatermarkSQL, r.sourceID, timestamp(since), ending.ListTag)
	}
	switch {
	case ending.IsWhole:
		batch.Queue(noteReadingSQL, r.sourceID, r.id, timestamp(since), r.options.AcceptsShrink, ending.ChecksMissing)
	case r.backfillID != 0 && endedWell(ending.Status):
		// Workers take turns, so that the last one to end sees how all others ended.
		batch.Queue(lockSourceSQL, r.sourceID)
		batch.Queue(noteBackfillSQL, r.sourceID, r.backfillID, r.id, ending.ChecksMissing)
	}
	for _, gap := range ending.Gaps {
		batch.Queue(insertGapSQL, r.sourceID, r.id, gap.AfterID, gap.BeforeID)
	}
	took := ending.Statistics
	batch.Queue(finishRunSQL, r.id, string(ending.Status), finishedAt, ending.Error, ending.Announced, len(ending.MissingIDs),
		took.Requests, took.Retries, took.Fetch.Milliseconds(), took.Decode.Milliseconds(), took.Store.Milliseconds(),
		took.References.Milliseconds(), took.View.Milliseconds(), took.PeakMemory)
}

// currentSince returns the moment since which all that is new is known, or zero.
func (r *Run) currentSince(ending liftoff.Ending) time.Time {
	if ending.IsCurrent {
		return r.options.StartedAt
	}
	return r.backfillStartedAt
}

// queueEndingCheck adds the statement that reads back what queueEnding has written.
func (r *Run) queueEndingCheck(batch *pgx.Batch, ending liftoff.Ending, lost *[]string) {
	watermark, missing := "", ending.MissingIDs
	if since := r.currentSince(ending); !since.IsZero() {
		watermark = timestamp(since)
	}
	if missing == nil {
		missing = []string{} // nil would be NULL
	}
	batch.Queue(lostEndingSQL, r.id, string(ending.Status), timestamp(ending.FinishedAt), ending.Error, ending.Announced,
		missing, len(ending.Gaps), watermark, r.sourceID, ending.ListTag).Query(collectInto(lost))
}
