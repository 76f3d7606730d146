package postgres

import (
	"context"
	_ "embed"
	"fmt"

	"liftoff"
)

//go:embed queries/is_empty.sql
var isEmptySQL string

// IsEmpty reports whether no launch is stored yet. A database without our tables
// is a liftoff.Usage error.
func (s *Store) IsEmpty(ctx context.Context) (bool, error) {
	var empty bool
	err := s.retry(ctx, maxTries, func() error { return s.pool.QueryRow(ctx, isEmptySQL).Scan(&empty) })
	if sqlState(err) == undefinedTable {
		return false, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("PostgreSQL at %s has no liftoff tables yet", s.target), "run `liftoff ingest`, which creates them")
	}
	if err != nil {
		return false, s.failure("check whether raw_launches is empty", err)
	}
	return empty, nil
}
