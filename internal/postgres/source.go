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

//go:embed queries/upcoming_launches.sql
var upcomingLaunchesSQL string

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

// UpcomingIDs returns the ids, up to a limit, of stored launches that had not
// flown yet when they were last seen, other than those of another source than
// the one with this base URL.
func (s *Store) UpcomingIDs(ctx context.Context, url string, limit int) ([]string, error) {
	ids, err := collect(ctx, s, ask(upcomingLaunchesSQL, url, limit), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("list upcoming launches", err)
	}
	return ids, nil
}
