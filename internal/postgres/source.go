package postgres

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/source.sql
var sourceSQL string

//go:embed queries/gaps.sql
var gapsSQL string

//go:embed queries/launches_to_ask_for.sql
var launchesToAskForSQL string

//go:embed queries/newest_launches.sql
var newestLaunchesSQL string

// Source returns what earlier runs know about the source with this base URL;
// nothing for a source that no run has read yet.
func (s *Store) Source(ctx context.Context, url string) (state liftoff.SourceState, err error) {
	err = s.retry(ctx, maxTries, func() (err error) {
		state, err = s.source(ctx, url)
		return err
	})
	if err != nil {
		return liftoff.SourceState{}, s.failure("read what is known about "+url, err)
	}
	return state, nil
}

// source tries it once.
func (s *Store) source(ctx context.Context, url string) (liftoff.SourceState, error) {
	source := liftoff.SourceState{URL: url}
	batch := &pgx.Batch{}
	batch.Queue(sourceSQL, url).QueryRow(func(row pgx.Row) error {
		var watermark, checkedAt *time.Time
		err := row.Scan(&watermark, &source.NewestID, &source.ListTag, &source.MostLaunches, &checkedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		source.Watermark, source.MissingCheckedAt = orZero(watermark), orZero(checkedAt)
		return err
	})
	batch.Queue(gapsSQL, url).Query(func(rows pgx.Rows) (err error) {
		source.Gaps, err = pgx.CollectRows(rows, pgx.RowToStructByPos[liftoff.Gap])
		return err
	})
	err := s.pool.SendBatch(ctx, batch).Close()
	return source, err
}

// IDsToAskFor returns the ids for which a run for new launches asks the source with
// this base URL, whatever the launches' dates: those that had not flown yet when they
// were last seen, those that are missing, and those in quarantine or retried since the
// watermark. Of each kind it returns the newest ids, up to a limit.
func (s *Store) IDsToAskFor(ctx context.Context, url string, limit int) ([]string, error) {
	ids, err := collect(ctx, s, ask(launchesToAskForSQL, url, limit), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("list the launches to ask for", err)
	}
	return ids, nil
}

// NewestIDs returns the newest ids, up to a limit, of launches that the source with
// this base URL had when it was last read.
func (s *Store) NewestIDs(ctx context.Context, url string, limit int) ([]string, error) {
	ids, err := collect(ctx, s, ask(newestLaunchesSQL, url, limit), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("list the newest launches", err)
	}
	return ids, nil
}
