package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// answerLimits bound the answers to analytics queries.
type answerLimits struct {
	// statement ends a query that hangs behind a lock or reads a huge table;
	// each query takes milliseconds at a hundred thousand launches.
	statement time.Duration
	// rows is the maximum length of one answer.
	rows int
}

// analyticsRelations are what the analytics queries read. A view needs no
// privilege on the tables beneath it.
const analyticsRelations = "launches, rockets, launchpads, launch_aggregates_view"

// Answer answers all queries, in their order, and only reads. All answers are
// of one moment: they come from one read-only transaction, which takes a single
// round trip. Either every query is answered or there is an error, which names
// the query; its category is Database, Privilege, Usage (a table is missing) or
// QueryEngine (an answer is too long). It survives a lost connection.
func (s *Store) Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error) {
	return s.answer(ctx, queries, answerLimits{statement: time.Minute, rows: analytics.MaxRows})
}

func (s *Store) answer(ctx context.Context, queries []analytics.Query, limits answerLimits) ([]table.Table, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	var answers []table.Table
	err := s.retry(ctx, maxTries, func() error {
		conn, err := s.pool.Acquire(ctx)
		if err != nil {
			return s.connectFailure(err)
		}
		defer conn.Release()
		answers, err = answerOn(ctx, conn.Conn(), queries, limits)
		return err
	})
	if err != nil {
		return nil, s.queryFailure(ctx, err, reading{relations: analyticsRelations, timeout: limits.statement})
	}
	return answers, nil
}

// answerOn sends the transaction and reads the answers. After an error the
// server skips the COMMIT, and the pool closes a connection that comes back
// inside a transaction: nothing is left behind.
func answerOn(ctx context.Context, conn *pgx.Conn, queries []analytics.Query, limits answerLimits) ([]table.Table, error) {
	opening := openingStatements(limits)
	answering, stop := context.WithCancel(ctx)
	defer stop()
	results := conn.PgConn().ExecBatch(answering, batchOf(opening, queries))
	r := answerReader{results: results, types: conn.TypeMap(), maxRows: limits.rows}
	answers, err := r.readAll(len(opening), queries)
	if liftoff.CategoryOf(err) == liftoff.QueryEngine {
		stop() // or Close would read the rest of an answer that is too long
	}
	closeErr := results.Close()
	if err == nil && closeErr != nil {
		err = fmt.Errorf("end the analytics transaction: %w", shortened{closeErr})
	}
	return answers, err
}

// openingStatements begin the transaction that all queries share.
func openingStatements(limits answerLimits) []string {
	return []string{
		"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		"SET LOCAL TIME ZONE 'UTC'",
		"SET LOCAL statement_timeout = " + strconv.FormatInt(limits.statement.Milliseconds(), 10),
	}
}

// batchOf puts the whole transaction into one batch. Nothing is prepared
// beforehand: that would cost another round trip, and a statement that runs
// once in a process gains nothing from it.
func batchOf(opening []string, queries []analytics.Query) *pgconn.Batch {
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
