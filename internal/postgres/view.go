package postgres

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/failpoint"
	"liftoff/internal/span"
)

//go:embed queries/create_launch_aggregates_view.sql
var createAggregatesViewSQL string

//go:embed queries/comment_on_aggregates_view.sql
var commentOnAggregatesViewSQL string

//go:embed queries/aggregates_view_current.sql
var aggregatesViewCurrentSQL string

//go:embed queries/drop_launch_aggregates_view.sql
var dropAggregatesViewSQL string

//go:embed queries/note_view_grants.sql
var noteViewGrantsSQL string

//go:embed queries/restore_view_grants.sql
var restoreViewGrantsSQL string

//go:embed queries/grant_to_roles.sql
var grantToRolesSQL string

const (
	// Replacing a view waits for its readers, and later readers wait behind it.
	// A short wait, tried a few times, lets both through.
	viewLockTimeout   = 2 * time.Second
	viewTries         = 5
	setLockTimeoutSQL = "SELECT set_config('lock_timeout', $1, TRUE)"
	// A comment cannot be a parameter of a statement, so a setting passes it on.
	setStatementHashSQL = "SELECT set_config('liftoff.view_statement', $1, TRUE)"
	// Two processes that create the same view at once collide in the catalog
	// with errors that do not name the view, so they take turns.
	viewTurnSQL = "SELECT pg_advisory_xact_lock($1)"
	viewLock    = migrationLock + 1
)

// CreateAggregateView creates launch_aggregates_view or replaces it. A view that
// is up to date is left alone, so that a run neither waits for the view's readers
// nor needs to own it. A view with other columns is dropped first, in the same
// transaction, and its grants are kept; if other objects depend on it, this is a
// liftoff.Guard error. It is safe to repeat.
func (s *Store) CreateAggregateView(ctx context.Context) (err error) {
	ctx, tracing := span.Start(ctx, "view")
	defer tracing.End(&err)
	err = s.retry(ctx, viewTries, func() error { return s.createAggregateView(ctx) })
	switch {
	case err == nil:
		return nil
	case sqlState(err) == dependentObjects:
		return liftoff.NewError(liftoff.Guard,
			fmt.Errorf("replace view launch_aggregates_view: its columns must change, but other objects depend on it: %w", shortened{err}),
			"drop what depends on it, run the command again, then create it again")
	default:
		return s.failure("create view launch_aggregates_view", err)
	}
}

// TakeCreatedView reports whether this store has created or replaced the view since this was
// last asked, rather than found it up to date.
func (s *Store) TakeCreatedView() bool { return s.hasCreatedView.Swap(false) }

// createAggregateView tries it once.
func (s *Store) createAggregateView(ctx context.Context) error {
	isCurrent, err := s.isAggregateViewCurrent(ctx)
	if isCurrent || sqlState(err) == lockNotAvailable {
		return err
	}
	// If the check failed otherwise, replacing the view gives the better error.
	err = s.replaceView(ctx, createAggregatesViewSQL)
	if sqlState(err) == invalidTableDefinition {
		// OR REPLACE cannot change the columns of a view that another tool made.
		err = s.replaceView(ctx, noteViewGrantsSQL, dropAggregatesViewSQL, createAggregatesViewSQL, restoreViewGrantsSQL)
	}
	if err == nil {
		s.hasCreatedView.Store(true)
	}
	return err
}

// isAggregateViewCurrent reports whether the view exists as the program makes it.
func (s *Store) isAggregateViewCurrent(ctx context.Context) (isCurrent bool, err error) {
	batch := &pgx.Batch{}
	batch.Queue(setLockTimeoutSQL, s.viewLockMilliseconds())
	batch.Queue(aggregatesViewCurrentSQL, viewStatementHash()).QueryRow(func(row pgx.Row) error { return row.Scan(&isCurrent) })
	err = s.pool.SendBatch(ctx, batch).Close()
	return isCurrent && err == nil, err
}

// viewStatementHash identifies this version of the view's statement and comments.
func viewStatementHash() string {
	sum := sha256.Sum256([]byte(createAggregatesViewSQL + commentOnAggregatesViewSQL))
	return hex.EncodeToString(sum[:8])
}

func (s *Store) viewLockMilliseconds() string {
	return strconv.FormatInt(s.viewLockTimeout.Milliseconds(), 10)
}

// replaceView runs the statements as one batch, which is one transaction and one
// round trip, notes on the view how it was made, and grants it to the roles.
func (s *Store) replaceView(ctx context.Context, statements ...string) error {
	batch := &pgx.Batch{}
	batch.Queue(setLockTimeoutSQL, s.viewLockMilliseconds())
	batch.Queue(setStatementHashSQL, viewStatementHash())
	batch.Queue(viewTurnSQL, int64(viewLock))
	for _, sql := range statements {
		batch.Queue(sql)
	}
	batch.Queue(commentOnAggregatesViewSQL)
	batch.Queue(grantToRolesSQL)
	answers := s.pool.SendBatch(ctx, batch)
	defer func() { _ = answers.Close() }() // matters only after a panic
	failpoint.Reach(failpoint.InRefresh)
	return answers.Close()
}

// grantToRoles grants the roles of sql/roles.sql what they need on new tables. It
// takes turns with processes that replace the view and grant as well.
func (s *Store) grantToRoles(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue(viewTurnSQL, int64(viewLock))
	batch.Queue(grantToRolesSQL)
	return s.pool.SendBatch(ctx, batch).Close()
}
