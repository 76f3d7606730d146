package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// query sends a statement that only reads. If that fails, the rows have the
// error, and the functions of pgx that collect rows return it.
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
