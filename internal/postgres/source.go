package postgres

import (
	"context"
	_ "embed"
	"errors"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/source.sql
var sourceSQL string

//go:embed queries/missed_ranges.sql
var missedRangesSQL string

//go:embed queries/upcoming_launches.sql
var upcomingLaunchesSQL string

// Source returns what earlier runs know of the API at a base URL; nothing for
// one that no run has read yet.
func (s *Store) Source(ctx context.Context, url string) (liftoff.SourceState, error) {
	source := liftoff.SourceState{URL: url}
	batch := &pgx.Batch{}
	batch.Queue(sourceSQL, url)
	batch.Queue(missedRangesSQL, url)
	answers := s.pool.SendBatch(ctx, batch)
	var watermark nullableTime
	err := answers.QueryRow().Scan(&watermark, &source.NewestID, &source.ListTag, &source.LastFetched)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	if err == nil {
		source.Watermark = watermark.inUTC()
		source.Missed, err = missedRanges(answers)
	}
	if err := errors.Join(err, answers.Close()); err != nil {
		return liftoff.SourceState{}, s.failure("read what is known of "+url, err)
	}
	return source, nil
}

func missedRanges(answers pgx.BatchResults) ([]liftoff.MissedRange, error) {
	rows, err := answers.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[liftoff.MissedRange])
}

// UpcomingIDs returns the ids of stored launches, up to a limit, that had not
// flown yet when they were last seen.
func (s *Store) UpcomingIDs(ctx context.Context, limit int) ([]string, error) {
	rows, err := s.pool.Query(ctx, upcomingLaunchesSQL, limit)
	if err != nil {
		return nil, s.failure("look for upcoming launches", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("look for upcoming launches", err)
	}
	return ids, nil
}
