package postgres

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/failpoint"
)

//go:embed queries/create_launch_aggregates_view.sql
var createAggregatesViewSQL string

//go:embed queries/comment_on_aggregates_view.sql
var commentOnAggregatesViewSQL string

//go:embed queries/aggregates_view_stands.sql
var aggregatesViewStandsSQL string

//go:embed queries/drop_launch_aggregates_view.sql
var dropAggregatesViewSQL string

//go:embed queries/note_view_grants.sql
var noteViewGrantsSQL string

//go:embed queries/restore_view_grants.sql
var restoreViewGrantsSQL string

// Replacing a view waits for its readers, and later readers wait behind it.
// A short wait, tried a few times, lets both through.
const (
	defaultViewLockTimeout = 2 * time.Second
	viewLockTries          = 5
	viewLockPause          = 200 * time.Millisecond
	setLockTimeoutSQL      = "SELECT set_config('lock_timeout', $1, TRUE)"
	// A comment cannot be a statement's parameter, so its hash goes by a setting.
	setStatementHashSQL = "SELECT set_config('liftoff.view_statement', $1, TRUE)"
	// Two processes that create the same view at once collide in the catalog
	// with errors that name no view, so they take turns.
	viewTurnSQL = "SELECT pg_advisory_xact_lock($1)"
	viewLock    = migrationLock + 1
)

// CreateAggregateView creates launch_aggregates_view or replaces it. One that
// stands already as it should is not touched, so that a run neither waits for
// the view's readers nor needs to own it. A view of that name with other
// columns is dropped first, in the same transaction and with its grants kept,
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

// createAggregateView does one try.
func (s *Store) createAggregateView(ctx context.Context) error {
	stands, err := s.aggregateViewStands(ctx)
	if stands || sqlState(err) == lockNotAvailable {
		return err
	}
	// Whatever else kept it from being looked at, replacing it tells better.
	err = s.replaceView(ctx, createAggregatesViewSQL)
	if sqlState(err) != invalidTableDefinition {
		return err
	}
	// OR REPLACE cannot change the columns of a view that another tool made.
	return s.replaceView(ctx, noteViewGrantsSQL, dropAggregatesViewSQL, createAggregatesViewSQL, restoreViewGrantsSQL)
}

// aggregateViewStands reports whether the view is there as the program made it.
func (s *Store) aggregateViewStands(ctx context.Context) (bool, error) {
	batch := &pgx.Batch{}
	batch.Queue(setLockTimeoutSQL, s.viewLockMilliseconds())
	batch.Queue(aggregatesViewStandsSQL, viewStatementHash())
	answers := s.pool.SendBatch(ctx, batch)
	var stands bool
	_, err := answers.Exec()
	if err == nil {
		err = answers.QueryRow().Scan(&stands)
	}
	err = errors.Join(err, answers.Close())
	return stands && err == nil, err
}

// viewStatementHash tells one version of the view's statement from another.
func viewStatementHash() string {
	sum := sha256.Sum256([]byte(createAggregatesViewSQL))
	return hex.EncodeToString(sum[:8])
}

func (s *Store) viewLockMilliseconds() string {
	return strconv.FormatInt(s.viewLockTimeout.Milliseconds(), 10)
}

// replaceView runs the statements as one batch, which is one transaction and
// one round trip, and notes on the view how it was made.
func (s *Store) replaceView(ctx context.Context, statements ...string) error {
	return s.repeated(ctx, func() error {
		batch := &pgx.Batch{}
		batch.Queue(setLockTimeoutSQL, s.viewLockMilliseconds())
		batch.Queue(setStatementHashSQL, viewStatementHash())
		batch.Queue(viewTurnSQL, int64(viewLock))
		for _, sql := range statements {
			batch.Queue(sql)
		}
		batch.Queue(commentOnAggregatesViewSQL)
		answers := s.pool.SendBatch(ctx, batch)
		defer func() { _ = answers.Close() }() // after a panic; else it is closed already
		failpoint.Reach(failpoint.InRefresh)
		return answers.Close()
	})
}
