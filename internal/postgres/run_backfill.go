package postgres

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/join_backfill.sql
var joinBackfillSQL string

//go:embed queries/claim_range.sql
var claimRangeSQL string

//go:embed queries/finish_range.sql
var finishRangeSQL string

//go:embed queries/finish_backfill.sql
var finishBackfillSQL string

// JoinBackfill makes the run a worker of a backfill of its source. It returns the date
// from which on launches are read, zero for all of them, and false if the backfill is
// not open any more. Like StoreBatch it retries after a lost connection.
func (r *Run) JoinBackfill(ctx context.Context, id int64) (since time.Time, isOpen bool, err error) {
	const action = "join the backfill"
	var date *time.Time
	err = r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, joinBackfillSQL, id, r.sourceID, backfillLifetime.Seconds()).Scan(&date)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, r.failure(action, err)
	}
	r.backfillID = id
	return orZero(date), true, nil
}

// ClaimedRange is a range of a backfill that this run works on.
type ClaimedRange struct {
	Number int
	liftoff.IDRange
}

// ClaimRange claims and returns the next range of the backfill that no running
// worker has claimed; false if none is left, or if the run has joined none. No range is returned twice to one
// run, whether it was finished or not. Like StoreBatch it retries after a lost
// connection: a claim whose reply was lost is found again.
func (r *Run) ClaimRange(ctx context.Context) (claimed ClaimedRange, found bool, err error) {
	const action = "claim a part of the backfill"
	claim := func(ctx context.Context, conn *pgx.Conn) (err error) {
		claimed, err = r.claimRange(ctx, conn)
		return err
	}
	err = r.attempt(ctx, action, claim)
	if errors.Is(err, pgx.ErrNoRows) {
		isClosed, closeErr := r.closeCrashedRuns(ctx)
		if closeErr != nil {
			err = closeErr
		} else if isClosed {
			err = r.attempt(ctx, action, claim)
		}
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ClaimedRange{}, false, nil
	case err != nil:
		return ClaimedRange{}, false, r.failure(action, err)
	}
	r.claimed = append(r.claimed, claimed.Number)
	return claimed, true, nil
}

// closeCrashedRuns frees the ranges of workers that crashed, but not of those
// that have lost their connection and resume. It reports whether there may be any.
func (r *Run) closeCrashedRuns(ctx context.Context) (isClosed bool, err error) {
	const action = "look for workers that crashed"
	isNoneLeft, err := r.letOthersResume(ctx, func(ctx context.Context) (hasLost bool, err error) {
		err = r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) (err error) {
			hasLost, err = r.askForLostRuns(ctx, conn)
			return err
		})
		return hasLost, err
	})
	if err != nil || isNoneLeft {
		return false, err
	}
	now := timestamp(r.now())
	var crashed []crashedRun
	err = r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, closeCrashedRunsSQL, r.options.Source, now, runLockClass, r.id)
		if err != nil {
			return err
		}
		return collectCrashed(&crashed)(rows)
	})
	r.tellCrashed(ctx, crashed)
	return true, err
}

func (r *Run) claimRange(ctx context.Context, conn *pgx.Conn) (c ClaimedRange, err error) {
	err = conn.QueryRow(ctx, claimRangeSQL, r.backfillID, r.id, r.claimed).Scan(&c.Number, &c.After, &c.UpTo)
	return c, err
}

// StartRange notes that what is stored from now on is of one range, until FinishRange.
func (r *Run) StartRange() { r.storedBefore = r.stored.Load() }

// FinishRange notes that everything in a claimed range is stored. The run that finishes
// the last range of a whole source moves its watermark when it ends. Like
// StoreBatch it retries after a lost connection; finishing a range twice is no
// error. It is a liftoff.Locked error if another run has taken over, and a
// liftoff.Database error if a crash of the server has undone some of it.
func (r *Run) FinishRange(ctx context.Context, number int, now time.Time) error {
	const action = "finish a part of the backfill"
	err := r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		done, err := conn.Exec(ctx, finishRangeSQL, r.backfillID, number, r.id, r.stored.Load(), r.stored.Load()-r.storedBefore)
		if err == nil && done.RowsAffected() == 0 {
			err = r.whyNotFinished(ctx, conn)
		}
		if err != nil {
			return err
		}
		var readAllSince *time.Time
		err = conn.QueryRow(ctx, finishBackfillSQL, r.backfillID, timestamp(now)).Scan(&readAllSince)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // other ranges are left
		}
		r.hasFinishedBackfill = r.hasFinishedBackfill || err == nil
		r.backfillStartedAt = orZero(readAllSince)
		return err
	})
	if err != nil {
		return r.failure(action, err)
	}
	return nil
}

// HasFinishedBackfill reports whether this run has finished the last range of its
// backfill.
func (r *Run) HasFinishedBackfill() bool { return r.hasFinishedBackfill }

// HasReadAll reports whether this run has finished the last range of a backfill of
// the whole source.
func (r *Run) HasReadAll() bool { return !r.backfillStartedAt.IsZero() }

// whyNotFinished returns why a range is not the run's to finish.
func (r *Run) whyNotFinished(ctx context.Context, conn *pgx.Conn) error {
	const noStatus = ""
	if _, err := r.fence(ctx, conn, noStatus); err != nil {
		return err
	}
	return errRangeTaken
}
