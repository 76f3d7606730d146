package postgres

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// Meaning and PassesByItself are the rules for the server's error codes.
var (
	Meaning        = (*Store).meaning
	PassesByItself = passesByItself
)

// StoreOfURL returns a store without a connection, for its hints.
func StoreOfURL(user string) *Store { return &Store{target: target{user: user, hasURL: true}} }

// SetViewLockTimeout changes how long replacing a view may wait for its readers.
func SetViewLockTimeout(s *Store, d time.Duration) { s.viewLockTimeout = d }

// StoreOver returns a store over a test's own pool, which the test closes.
func StoreOver(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool, target: targetOf(pool.Config().ConnConfig), logger: slog.New(slog.DiscardHandler)}
}

// ShowSearchPath returns the search path of the store's connections.
func (s *Store) ShowSearchPath(ctx context.Context) (path string, err error) {
	err = s.pool.QueryRow(ctx, "SHOW search_path").Scan(&path)
	return path, err
}

// AnswerWithin is Answer with limits of its own.
func (s *Store) AnswerWithin(ctx context.Context, queries []analytics.Query, timeout time.Duration, rows int) ([]table.Table, error) {
	return s.answer(ctx, queries, answerLimits{timeout, rows})
}

// EndLost ends the session with a number as that of a connection that was made so
// long ago and lost.
func EndLost(ctx context.Context, s *Store, pid uint32, age time.Duration) error {
	s.sessions.giveBack([]lostSession{{pid, time.Now().Add(-age)}})
	return s.endLost(ctx)
}
