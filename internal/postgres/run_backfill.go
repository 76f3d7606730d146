package postgres

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/unfinished_backfill.sql
var unfinishedBackfillSQL string

//go:embed queries/close_old_backfills.sql
var closeOldBackfillsSQL string

//go:embed queries/begin_backfill.sql
var beginBackfillSQL string

//go:embed queries/claim_range.sql
var claimRangeSQL string

//go:embed queries/finish_range.sql
var finishRangeSQL string

//go:embed queries/finish_backfill.sql
var finishBackfillSQL string

// backfillLifetime is how long a backfill may be joined; after that, what its
// first ranges have stored may be out of date.
const backfillLifetime = 24 * time.Hour

// JoinBackfill makes the run a worker of the source's backfill. If none is
// under way, it begins one with the ranges that plan returns, and how many
// launches the source says there are. Like StoreBatch it retries after a lost
// connection; it is safe to repeat, because a backfill that has begun is joined.
func (r *Run) JoinBackfill(ctx context.Context, plan func(context.Context) (ranges []liftoff.IDRange, announced int64, err error)) error {
	const action = "look for a backfill to join"
	err := r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		return r.findBackfill(ctx, conn)
	})
	if err != nil {
		return r.failure(action, err)
	}
	if r.backfillID != 0 {
		return nil
	}
	ranges, announced, err := plan(ctx)
	if err != nil {
		return err
	}
	return r.beginBackfill(ctx, ranges, announced)
}

// findBackfill notes which backfill the run can join; 0 for none.
func (r *Run) findBackfill(ctx context.Context, conn *pgx.Conn) error {
	oldest := timestamp(r.options.StartedAt.Add(-backfillLifetime))
	err := conn.QueryRow(ctx, unfinishedBackfillSQL, r.sourceID, oldest).Scan(&r.backfillID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// beginBackfill begins a backfill with these ranges, or joins the one that
// another worker has begun meanwhile.
func (r *Run) beginBackfill(ctx context.Context, ranges []liftoff.IDRange, announced int64) error {
	after, upTo := make([]string, 0, len(ranges)), make([]string, 0, len(ranges))
	for _, each := range ranges {
		after, upTo = append(after, each.After), append(upTo, each.UpTo)
	}
	startedAt := timestamp(r.options.StartedAt)
	oldest := timestamp(r.options.StartedAt.Add(-backfillLifetime))
	const action = "begin a backfill"
	err := r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, closeOldBackfillsSQL, r.sourceID, startedAt, oldest); err != nil {
			return err
		}
		err := conn.QueryRow(ctx, beginBackfillSQL, r.sourceID, startedAt, after, upTo, announced, r.options.AcceptsShrink).Scan(&r.backfillID)
		if errors.Is(err, pgx.ErrNoRows) {
			return r.findBackfill(ctx, conn)
		}
		return err
	})
	if err != nil {
		return r.failure(action, err)
	}
	return nil
}

// ClaimedRange is a range of a backfill that this run works on.
type ClaimedRange struct {
	Number int
	liftoff.IDRange
}

// ClaimRange claims and returns the next range of the backfill that no running
// worker has claimed; false if none is left. No range is returned twice to one
// run, whether it was finished or not. Like StoreBatch it retries after a lost
// connection: a claim whose reply was lost is found again.
func (r *Run) ClaimRange(ctx context.Context) (claimed ClaimedRange, found bool, err error) {
	const action = "claim a range of the backfill"
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
	now := timestamp(r.options.StartedAt)
	return true, r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, closeCrashedRunsSQL, r.options.Source, now, runLockClass, r.id)
		return err
	})
}

func (r *Run) claimRange(ctx context.Context, conn *pgx.Conn) (c ClaimedRange, err error) {
	err = conn.QueryRow(ctx, claimRangeSQL, r.backfillID, r.id, r.claimed).Scan(&c.Number, &c.After, &c.UpTo)
	return c, err
}

// FinishRange notes that everything in a claimed range is stored. The run that
// finishes the last range moves the source's watermark when it ends. Like
// StoreBatch it retries after a lost connection; finishing a range twice is no
// error. It is a liftoff.Locked error if another run has taken over, and a
// liftoff.Database error if a crash of the server has undone some of it.
func (r *Run) FinishRange(ctx context.Context, number int, now time.Time) error {
	const action = "finish a range of the backfill"
	err := r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		done, err := conn.Exec(ctx, finishRangeSQL, r.backfillID, number, timestamp(now), r.id, r.stored.Load())
		if err == nil && done.RowsAffected() == 0 {
			err = r.whyNotFinished(ctx, conn)
		}
		if err != nil {
			return err
		}
		err = conn.QueryRow(ctx, finishBackfillSQL, r.backfillID, timestamp(now)).Scan(&r.backfillStartedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // other ranges are left
		}
		return err
	})
	if err != nil {
		return r.failure(action, err)
	}
	return nil
}

// HasFinishedBackfill reports whether this run has finished the last range of its
// backfill.
func (r *Run) HasFinishedBackfill() bool { return !r.backfillStartedAt.IsZero() }

// whyNotFinished returns why a range is not the run's to finish.
func (r *Run) whyNotFinished(ctx context.Context, conn *pgx.Conn) error {
	const noStatus = ""
	if _, err := r.fence(ctx, conn, noStatus); err != nil {
		return err
	}
	return errRangeTaken
}
