package postgres

import (
	"context"
	_ "embed"
)

//go:embed queries/is_empty.sql
var isEmptySQL string

// IsEmpty reports whether no launch is stored yet.
func (s *Store) IsEmpty(ctx context.Context) (bool, error) {
	var empty bool
	if err := s.pool.QueryRow(ctx, isEmptySQL).Scan(&empty); err != nil {
		return false, s.failure("check whether raw_launches is empty", err)
	}
	return empty, nil
}
