package postgres

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

//go:embed queries/is_empty.sql
var isEmptySQL string

// IsEmpty reports whether no launch is stored yet.
func (s *Store) IsEmpty(ctx context.Context) (bool, error) {
	var empty bool
	if err := s.pool.QueryRow(ctx, isEmptySQL).Scan(&empty); err != nil {
		return false, s.failure("look whether raw_launches is empty", err)
	}
	return empty, nil
}

// nullableTime is a TIMESTAMP that may be NULL.
type nullableTime struct{ pgtype.Timestamp }

// inUTC returns the moment, which the database keeps in UTC without saying so;
// zero for NULL.
func (t nullableTime) inUTC() time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}
