package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/insert_launches.sql
var insertLaunchesSQL string

//go:embed queries/is_empty.sql
var isEmptySQL string

// maxTries bounds how often a transaction is repeated that the server itself
// has rolled back for another's sake.
const maxTries = 3

// InsertLaunches stores a batch of launches with one statement and returns the
// ids of those that were new. A launch whose id the table has already is
// left as it is. All of the batch is stored or none.
func (s *Store) InsertLaunches(ctx context.Context, launches []liftoff.EnrichedLaunch) ([]string, error) {
	columns := columnsOf(launches)
	var inserted []string
	err := repeated(ctx, func() error {
		rows, err := s.pool.Query(ctx, insertLaunchesSQL,
			columns.ids, columns.fetchedAt, columns.massKg, columns.delayMinutes, columns.raw)
		if err != nil {
			return err
		}
		inserted, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, s.failure(fmt.Sprintf("insert %s into raw_launches", nameBatch(launches)), err)
	}
	return inserted, nil
}

// IsEmpty reports whether no launch is stored yet.
func (s *Store) IsEmpty(ctx context.Context) (bool, error) {
	var empty bool
	if err := s.pool.QueryRow(ctx, isEmptySQL).Scan(&empty); err != nil {
		return false, s.failure("look whether raw_launches is empty", err)
	}
	return empty, nil
}

// launchColumns is a batch of launches, turned to columns for unnest.
type launchColumns struct {
	ids          []string
	fetchedAt    []string
	massKg       []int32
	delayMinutes []int32
	raw          []string
}

func columnsOf(launches []liftoff.EnrichedLaunch) launchColumns {
	var c launchColumns
	for _, l := range launches {
		c.ids = append(c.ids, l.ID)
		c.fetchedAt = append(c.fetchedAt, l.FetchedAt.UTC().Format("2006-01-02 15:04:05.999999"))
		c.massKg = append(c.massKg, int32(l.SimulatedPayloadMassKg))
		c.delayMinutes = append(c.delayMinutes, int32(l.SimulatedDelayMinutes))
		c.raw = append(c.raw, string(l.Raw))
	}
	return c
}

func nameBatch(launches []liftoff.EnrichedLaunch) string {
	if len(launches) == 1 {
		return fmt.Sprintf("launch %q", launches[0].ID)
	}
	return fmt.Sprintf("%d launches", len(launches))
}

// repeated does one transaction, and does it again when the server has rolled
// it back to let another one through.
func repeated(ctx context.Context, transaction func() error) error {
	for try := 1; ; try++ {
		err := transaction()
		state := sqlState(err)
		if try == maxTries || (state != serializationFailure && state != deadlockDetected) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 50 * time.Millisecond):
		}
	}
}
