package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// question is a statement that only reads, with its arguments.
type question struct {
	sql       string
	arguments []any
	// settings is a statement that sets what lasts until the transaction ends; it is sent
	// before, at the same time. "" for none.
	settings string
}

func ask(sql string, arguments ...any) question { return question{sql: sql, arguments: arguments} }

func (q question) after(settings string) question {
	q.settings = settings
	return q
}

// collect returns the rows that answer a question. It survives a lost connection. If a
// table or view of the program was dropped, the error names it.
func collect[T any](ctx context.Context, s *Store, q question, to pgx.RowToFunc[T]) (list []T, err error) {
	err = s.retry(ctx, maxTries, func() (err error) {
		if q.settings == "" {
			list, err = pgx.CollectRows(s.query(ctx, q.sql, q.arguments...), to)
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(q.settings)
		batch.Queue(q.sql, q.arguments...).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, to)
			return err
		})
		return s.pool.SendBatch(ctx, batch).Close()
	})
	if sqlState(err) == undefinedTable {
		if missing := s.explainMissing(ctx); missing != nil {
			return nil, missing
		}
	}
	return list, err
}

// query sends a statement that only reads, once: collect, or a caller that
// repeats more than this statement, survives a lost connection. If it fails, the
// rows have the error, and the functions of pgx that collect rows return it.
func (s *Store) query(ctx context.Context, sql string, arguments ...any) pgx.Rows {
	rows, _ := s.pool.Query(ctx, sql, arguments...)
	return rows
}

// collectInto returns a function that reads the answer to a query of a batch,
// of one value in each row, into a list.
func collectInto[T any](list *[]T) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*list, err = pgx.CollectRows(rows, pgx.RowTo[T])
		return err
	}
}

// orZero returns the zero value for NULL.
func orZero[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}
