package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/open_backfill.sql
var openBackfillSQL string

//go:embed queries/close_old_backfills.sql
var closeOldBackfillsSQL string

//go:embed queries/begin_backfill.sql
var beginBackfillSQL string

//go:embed queries/backfill_progress.sql
var backfillProgressSQL string

// backfillLifetime is how long a backfill may be joined; after that, what its
// first parts have stored may be out of date.
const backfillLifetime = 24 * time.Hour

// NewBackfill describes a backfill that is to be opened.
type NewBackfill struct {
	// Source is the source's base URL.
	Source string
	// Since is the date from which on launches are read; zero for all launches.
	Since time.Time
	// Ranges are its parts.
	Ranges []liftoff.IDRange
	// Announced is how many launches the source says there are.
	Announced int64
	// AcceptsShrink says that the user accepts a source that has lost many launches.
	AcceptsShrink bool
}

// OpenBackfillID returns the number of the source's open backfill, 0 for none, and
// whether a part of it is free, so that a worker that comes now finds work.
func (s *Store) OpenBackfillID(ctx context.Context, source string) (id int64, hasFree bool, err error) {
	type found struct {
		ID      int64
		HasFree bool
	}
	list, err := collect(ctx, s, ask(openBackfillSQL, source, int64(runLockClass), backfillLifetime.Seconds()), pgx.RowToStructByPos[found])
	if err != nil {
		return 0, false, s.readFailure("look for an open backfill", err)
	}
	if len(list) == 0 {
		return 0, false, nil
	}
	return list[0].ID, list[0].HasFree, nil
}

// OpenBackfill opens a backfill and returns its number. If another process was faster,
// the number is that of its backfill, and isNew is false. It closes those of the source
// that are too old, and returns their numbers. It survives a lost connection.
func (s *Store) OpenBackfill(ctx context.Context, wanted NewBackfill) (id int64, isNew bool, closed []int64, err error) {
	err = s.retry(ctx, maxTries, func() (err error) {
		id, closed, err = s.openBackfill(ctx, wanted)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		id, _, err = s.OpenBackfillID(ctx, wanted.Source)
		return id, false, closed, err
	}
	if err != nil {
		return 0, false, nil, s.failure("open a backfill", s.blamingRules(ctx, err))
	}
	return id, true, closed, nil
}

// openBackfill tries it once. The error is pgx.ErrNoRows if there is an open one.
func (s *Store) openBackfill(ctx context.Context, wanted NewBackfill) (id int64, closed []int64, err error) {
	var after, upTo []string
	for _, each := range wanted.Ranges {
		after, upTo = append(after, each.After), append(upTo, each.UpTo)
	}
	since := ""
	if !wanted.Since.IsZero() {
		since = timestamp(wanted.Since)
	}
	var isOpen error
	batch := &pgx.Batch{}
	batch.Queue(addSourceSQL, wanted.Source)
	batch.Queue(closeOldBackfillsSQL, wanted.Source, backfillLifetime.Seconds()).Query(collectInto(&closed))
	batch.Queue(beginBackfillSQL, wanted.Source, after, upTo, wanted.Announced, wanted.AcceptsShrink, since).
		QueryRow(func(row pgx.Row) error {
			err := row.Scan(&id)
			if errors.Is(err, pgx.ErrNoRows) {
				isOpen = err
				return nil // the others are to be committed
			}
			return err
		})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return 0, nil, err
	}
	return id, closed, isOpen
}

// Backfill returns a backfill and how far it has come; for the number 0, the newest. One
// that is not in the ledger is a liftoff.Usage error.
func (s *Store) Backfill(ctx context.Context, id int64) (liftoff.Backfill, error) {
	list, err := collect(ctx, s, ask(backfillProgressSQL, id, int64(runLockClass), backfillLifetime.Seconds()), scanBackfill)
	switch {
	case err != nil:
		return liftoff.Backfill{}, s.readFailure("read how far the backfill has come", err)
	case len(list) == 0 && id == 0:
		return liftoff.Backfill{}, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("no backfill has been opened in PostgreSQL at %s", s.target), "open one with `liftoff backfill`")
	case len(list) == 0:
		return liftoff.Backfill{}, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("there is no backfill %d in PostgreSQL at %s", id, s.target), "`liftoff backfill status` shows the newest")
	}
	return list[0], nil
}

// scanBackfill reads one row of backfill_progress.sql.
func scanBackfill(row pgx.CollectableRow) (liftoff.Backfill, error) {
	var (
		b               liftoff.Backfill
		since, finished *time.Time
		isOld           bool
	)
	err := row.Scan(&b.ID, &b.Source, &since, &b.OpenedAt, &finished, &isOld,
		&b.Parts, &b.PartsDone, &b.Workers, &b.Announced, &b.Fetched, &b.PerSecond)
	b.Since, b.FinishedAt = orZero(since), orZero(finished)
	switch {
	case b.PartsLeft() == 0:
		b.State = liftoff.BackfillFinished
	case finished != nil || isOld:
		b.State = liftoff.BackfillClosed
	default:
		b.State = liftoff.BackfillOpen
	}
	return b, err
}
