package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/create_launch_aggregates_view.sql
var createAggregatesViewSQL string

//go:embed queries/drop_launch_aggregates_view.sql
var dropAggregatesViewSQL string

// Replacing a view waits for its readers, and later readers wait behind it.
// A short wait, tried a few times, lets both through.
const (
	defaultViewLockTimeout = 2 * time.Second
	viewLockTries          = 5
	viewLockPause          = 200 * time.Millisecond
	setLockTimeoutSQL      = "SELECT set_config('lock_timeout', $1, TRUE)"
	// Two processes that create the same view at once collide in the catalog
	// with errors that name no view, so they take turns.
	viewTurnSQL = "SELECT pg_advisory_xact_lock($1)"
	viewLock    = migrationLock + 1
)

// CreateAggregateView creates launch_aggregates_view or replaces it. A view
// of that name with other columns is dropped first, in the same transaction,
// unless other objects depend on it (liftoff.Guard).
func (s *Store) CreateAggregateView(ctx context.Context) error {
	var err error
	for try := 1; try <= viewLockTries; try++ {
		err = s.createAggregateView(ctx)
		if sqlState(err) != lockNotAvailable {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("create view launch_aggregates_view: %w", ctx.Err())
		case <-time.After(viewLockPause):
		}
	}
	switch {
	case err == nil:
		return nil
	case sqlState(err) == dependentObjects:
		return liftoff.NewError(liftoff.Guard,
			fmt.Errorf("replace view launch_aggregates_view: its columns must change, but other objects depend on it: %w", shortened{err}),
			"drop what depends on it, run the command again, then create that anew")
	default:
		return s.failure("create view launch_aggregates_view", err)
	}
}

func (s *Store) createAggregateView(ctx context.Context) error {
	err := s.replaceView(ctx, createAggregatesViewSQL)
	if sqlState(err) != invalidTableDefinition {
		return err
	}
	// OR REPLACE cannot change the columns of a view that another tool made.
	return s.replaceView(ctx, dropAggregatesViewSQL, createAggregatesViewSQL)
}

// replaceView runs the statements as one batch, which is one transaction and
// one round trip.
func (s *Store) replaceView(ctx context.Context, statements ...string) error {
	return repeated(ctx, func() error {
		batch := &pgx.Batch{}
		batch.Queue(setLockTimeoutSQL, strconv.FormatInt(s.viewLockTimeout.Milliseconds(), 10))
		batch.Queue(viewTurnSQL, int64(viewLock))
		for _, sql := range statements {
			batch.Queue(sql)
		}
		return s.pool.SendBatch(ctx, batch).Close()
	})
}
