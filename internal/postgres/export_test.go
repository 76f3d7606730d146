package postgres

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// Meaning and PassesByItself are the rules for the server's error codes.
var (
	Meaning        = (*Store).meaning
	PassesByItself = passesByItself
)

// NameOf returns what a span calls a statement.
func NameOf(sql string) string { return newTracer(target{}).nameOf(sql) }

// TraceOff calls all that the driver calls for statements without tracing.
func TraceOff(ctx context.Context, batch *pgx.Batch) {
	t, arguments := &tracer{}, []any(nil)
	query := t.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{SQL: "SELECT 1", Args: arguments})
	t.TraceQueryEnd(query, nil, pgx.TraceQueryEndData{Err: context.Canceled})
	many := t.TraceBatchStart(ctx, nil, pgx.TraceBatchStartData{Batch: batch})
	t.TraceBatchQuery(many, nil, pgx.TraceBatchQueryData{SQL: "SELECT 1", Args: arguments, Err: context.Canceled})
	t.TraceBatchEnd(many, nil, pgx.TraceBatchEndData{Err: context.Canceled})
}

// ResumePatience is how long a run waits for others to resume.
const ResumePatience = resumePatience

// StoreOfURL returns a store without a connection, for its hints.
func StoreOfURL(user string) *Store { return &Store{target: target{user: user, hasURL: true}} }

// SetViewLockTimeout changes how long replacing a view may wait for its readers.
func SetViewLockTimeout(s *Store, d time.Duration) { s.viewLockTimeout = d }

// StoreOver returns a store over a test's own pool, which the test closes.
func StoreOver(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool, target: targetOf(pool.Config().ConnConfig), sessions: &sessions{}, timeouts: timeouts{statement: time.Minute}, logger: slog.New(slog.DiscardHandler)}
}

// ShowSearchPath returns the search path of the store's connections.
func (s *Store) ShowSearchPath(ctx context.Context) (path string, err error) {
	err = s.pool.QueryRow(ctx, "SHOW search_path").Scan(&path)
	return path, err
}

// ShowSettings returns settings of the store's connections.
func (s *Store) ShowSettings(ctx context.Context, names []string) (values []string, err error) {
	err = s.pool.QueryRow(ctx, "SELECT ARRAY(SELECT current_setting(name) FROM unnest($1::text[]) WITH ORDINALITY AS n (name, i) ORDER BY i)", names).Scan(&values)
	return values, err
}

// ResetConnections makes the store connect anew.
func (s *Store) ResetConnections() { s.pool.Reset() }

// AnswerWithin is Answer with limits of its own.
func (s *Store) AnswerWithin(ctx context.Context, queries []analytics.Query, timeout time.Duration, rows int) ([]table.Table, error) {
	return s.answer(ctx, queries, answerLimits{timeout, rows, analytics.MaxBytes, sharedFromLaunches})
}

// ClientCertificates returns how many client certificates a connection with these
// options would show, over all ways to connect.
func ClientCertificates(opts Options) (int, error) {
	cfg, err := poolConfig(opts)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, each := range allTLS(cfg.ConnConfig) {
		n += len(each.Certificates)
	}
	return n, nil
}

// EndLost ends the session with a number as that of a connection that was made so
// long ago and lost.
func EndLost(ctx context.Context, s *Store, pid uint32, age time.Duration) error {
	s.connections.giveBack([]lostSession{{pid, time.Now().Add(-age)}})
	return s.endLost(ctx)
}

// AnswerShared is Answer on two connections, however few launches there are.
func (s *Store) AnswerShared(ctx context.Context, queries []analytics.Query) ([]table.Table, error) {
	// PostgreSQL's estimate for a table that it has not counted yet is -1.
	return s.answer(ctx, queries, answerLimits{time.Minute, analytics.MaxRows, analytics.MaxBytes, -1})
}

// WantedShape returns the lines of schema_shape.txt.
var WantedShape = wantedShape
