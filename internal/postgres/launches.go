package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/is_empty.sql
var isEmptySQL string

// ErrNoTables is in the chain of an error for a database without our tables.
var ErrNoTables = errors.New("no liftoff tables yet")

//go:embed queries/list_databases.sql
var listDatabasesSQL string

// IsEmpty reports whether no launch is stored yet. A database without any of our tables
// is a liftoff.Usage error with ErrNoTables in its chain, one in which raw_launches is
// missing beside others a liftoff.Guard error.
func (s *Store) IsEmpty(ctx context.Context) (bool, error) {
	var empty bool
	err := s.retry(ctx, maxTries, func() error { return s.pool.QueryRow(ctx, isEmptySQL).Scan(&empty) })
	if sqlState(err) == undefinedTable {
		// Without the version's table nothing of liftoff is there, or an older schema.
		if version, versionErr := s.appliedVersion(ctx); versionErr != nil || version > 0 {
			return false, errors.Join(versionErr, s.checkTables(ctx))
		}
		return false, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("PostgreSQL at %s has %w", s.target, ErrNoTables), "create them with `liftoff migrate up`, or fetch launches with `liftoff ingest --all`, which does that too")
	}
	if err != nil {
		return false, s.failure("check whether raw_launches is empty", err)
	}
	return empty, nil
}

// Databases returns the names of the server's other databases that this role can
// use, sorted, without PostgreSQL's own.
func (s *Store) Databases(ctx context.Context) ([]string, error) {
	names, err := pgx.CollectRows(s.query(ctx, listDatabasesSQL), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("list the databases", err)
	}
	return names, nil
}
