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

// backfillLifetime is how long a backfill may be joined: what its first parts
// have read grows old.
const backfillLifetime = 24 * time.Hour

// JoinBackfill makes the run a worker of the source's backfill. When there is
// none under way it begins one with the ranges that plan returns.
func (r *Run) JoinBackfill(ctx context.Context, plan func(context.Context) ([]liftoff.IDRange, error)) error {
	id, err := r.unfinishedBackfill(ctx)
	if err != nil || id != 0 {
		r.backfillID = id
		return err
	}
	ranges, err := plan(ctx)
	if err != nil {
		return err
	}
	after, upTo := make([]string, 0, len(ranges)), make([]string, 0, len(ranges))
	for _, each := range ranges {
		after, upTo = append(after, each.After), append(upTo, each.UpTo)
	}
	startedAt := r.options.StartedAt
	if _, err := r.store.pool.Exec(ctx, closeOldBackfillsSQL, r.sourceID, timestamp(startedAt), timestamp(startedAt.Add(-backfillLifetime))); err != nil {
		return r.store.failure("close old backfills", err)
	}
	err = r.store.pool.QueryRow(ctx, beginBackfillSQL, r.sourceID, timestamp(startedAt), after, upTo).Scan(&r.backfillID)
	if errors.Is(err, pgx.ErrNoRows) {
		r.backfillID, err = r.unfinishedBackfill(ctx)
		return err
	}
	if err != nil {
		return r.store.failure("begin a backfill", err)
	}
	return nil
}

// unfinishedBackfill returns the backfill to join; 0 when there is none.
func (r *Run) unfinishedBackfill(ctx context.Context) (int64, error) {
	var id int64
	oldest := timestamp(r.options.StartedAt.Add(-backfillLifetime))
	err := r.store.pool.QueryRow(ctx, unfinishedBackfillSQL, r.sourceID, oldest).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, r.store.failure("look for a backfill to join", err)
	}
	return id, nil
}

// ClaimedRange is a part of a backfill that this run works on.
type ClaimedRange struct {
	Number int
	liftoff.IDRange
}

// ClaimRange returns the next part of the backfill that nobody works on, those
// of workers that died included; false when there is none.
func (r *Run) ClaimRange(ctx context.Context) (ClaimedRange, bool, error) {
	claimed, found, err := r.claimRange(ctx)
	if err != nil || found {
		return claimed, found, err
	}
	now := timestamp(r.options.StartedAt)
	if _, err := r.store.pool.Exec(ctx, closeCrashedRunsSQL, r.options.Source, now, runLockClass); err != nil {
		return ClaimedRange{}, false, r.store.failure("look for workers that died", err)
	}
	return r.claimRange(ctx)
}

func (r *Run) claimRange(ctx context.Context) (ClaimedRange, bool, error) {
	var c ClaimedRange
	err := r.store.pool.QueryRow(ctx, claimRangeSQL, r.backfillID, r.id).Scan(&c.Number, &c.After, &c.UpTo)
	if errors.Is(err, pgx.ErrNoRows) {
		return ClaimedRange{}, false, nil
	}
	if err != nil {
		return ClaimedRange{}, false, r.store.failure("claim a part of the backfill", err)
	}
	return c, true, nil
}

// FinishRange notes that all of a claimed part is stored. The run that
// finishes the last one moves the source's watermark when it ends.
func (r *Run) FinishRange(ctx context.Context, number int, now time.Time) error {
	done, err := r.store.pool.Exec(ctx, finishRangeSQL, r.backfillID, number, timestamp(now), r.id, r.stored.Load())
	if err == nil && done.RowsAffected() == 0 {
		err = errTakenOver
	}
	if err != nil {
		return r.failure("finish a part of the backfill", err)
	}
	var startedAt nullableTime
	err = r.store.pool.QueryRow(ctx, finishBackfillSQL, r.backfillID, timestamp(now)).Scan(&startedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return r.store.failure("finish the backfill", err)
	}
	r.backfillStartedAt = startedAt.inUTC()
	return nil
}
