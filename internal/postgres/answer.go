package analytics

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// defaultStatementTimeout ends a query that hangs behind a lock or a huge
// table; each query takes milliseconds at a hundred thousand launches.
const defaultStatementTimeout = time.Minute

// Postgres runs queries on a PostgreSQL database. It only reads, and may be
// used by several goroutines at once.
type Postgres struct {
	pool             *pgxpool.Pool
	statementTimeout time.Duration
	maxRows          int
}

// Option changes a setting of Postgres.
type Option func(*Postgres)

// WithStatementTimeout sets how long one query may run; the default is one
// minute, and 0 means without limit.
func WithStatementTimeout(limit time.Duration) Option {
	return func(p *Postgres) { p.statementTimeout = limit }
}

// WithMaxRows sets how long one answer may be; the default is a million rows.
func WithMaxRows(limit int) Option {
	return func(p *Postgres) { p.maxRows = limit }
}

// NewPostgres returns an engine over the pool, which stays the caller's to
// close.
func NewPostgres(pool *pgxpool.Pool, options ...Option) *Postgres {
	p := &Postgres{pool: pool, statementTimeout: defaultStatementTimeout, maxRows: defaultMaxRows}
	for _, option := range options {
		option(p)
	}
	return p
}

// Run answers all queries, in their order. All figures are of one moment:
// they come from one read-only transaction, which goes to the server and back
// in a single round trip. Either every query is answered or there is an error,
// which names the query and has category Database or Privilege.
func (p *Postgres) Run(ctx context.Context, queries []Query) ([]Result, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	defer conn.Release()
	return p.run(ctx, conn.Conn(), queries)
}

// run sends the transaction and reads the answers. When a query goes wrong
// the server skips the COMMIT, and the pool closes a connection that it gets
// back inside a transaction: nothing is left behind.
func (p *Postgres) run(ctx context.Context, conn *pgx.Conn, queries []Query) ([]Result, error) {
	opening := p.openingStatements()
	answering, stop := context.WithCancel(ctx)
	defer stop()
	answers := conn.PgConn().ExecBatch(answering, batchOf(opening, queries))
	r := reader{answers: answers, types: conn.TypeMap(), maxRows: p.maxRows}
	results, err := r.readAll(len(opening), queries)
	if errors.Is(err, errTooManyRows) {
		// Else Close would read the rest of the answer.
		stop()
	}
	closeErr := answers.Close()
	if err == nil && closeErr != nil {
		err = fmt.Errorf("end the analytics transaction: %w", closeErr)
	}
	if err != nil {
		f := failure{user: conn.Config().User, statementTimeout: p.statementTimeout}
		return nil, f.classify(ctx, err)
	}
	return results, nil
}

// openingStatements begin the transaction that all queries share.
func (p *Postgres) openingStatements() []string {
	return []string{
		"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		"SET LOCAL TIME ZONE 'UTC'",
		"SET LOCAL statement_timeout = " + strconv.FormatInt(p.statementTimeout.Milliseconds(), 10),
	}
}

// batchOf puts the whole transaction into one batch. Nothing is prepared
// beforehand: that would be a round trip more, and a statement that runs once
// in a process gains nothing by it.
func batchOf(opening []string, queries []Query) *pgconn.Batch {
	batch := &pgconn.Batch{}
	for _, statement := range opening {
		batch.ExecParams(statement, nil, nil, nil, nil)
	}
	binary := []int16{pgx.BinaryFormatCode}
	for _, q := range queries {
		batch.ExecParams(q.SQL, nil, nil, nil, binary)
	}
	batch.ExecParams("COMMIT", nil, nil, nil, nil)
	return batch
}
