package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/try_launches.sql
var tryLaunchesSQL string

//go:embed queries/drop_restored_indexes.sql
var dropRestoredIndexesSQL string

// checkConstraintsNowSQL makes constraints that wait for the COMMIT speak up.
const checkConstraintsNowSQL = "SET CONSTRAINTS ALL IMMEDIATE"

// indexVersion is the version that creates the indexes of raw_launches.
const indexVersion = 3

var errNotAsSent = errors.New("a trigger discards or changes what is inserted")

// checkTakesLaunches checks before a raw_launches of somebody else is adopted that
// it takes whatever a run may store. A table that does not, for example because of
// a constraint, a foreign key or a missing partition, is a liftoff.Guard error. It
// stores a few launches and rolls that back: the rules can be anything, so
// PostgreSQL itself must apply them.
func (s *Store) checkTakesLaunches(ctx context.Context) error {
	err := s.retry(ctx, maxTries, func() error { return s.tryLaunches(ctx) })
	if err == nil || !isOfTheTable(err) {
		return s.tryFailure(err)
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the table raw_launches of PostgreSQL at %s does not take every launch: %w", s.target, shortened{err}),
		"drop or relax what refuses them, or rename the table, or choose another POSTGRES_DB; nothing was touched")
}

// tryFailure is the error for a trial that failed for a reason that is not the
// table's. Missing privileges and a read-only database are told by later checks.
func (s *Store) tryFailure(err error) error {
	switch sqlState(err) {
	case insufficientPrivilege, readOnlyTransaction:
		return nil
	}
	if err == nil {
		return nil
	}
	return s.failure("try whether raw_launches takes launches", err)
}

// isOfTheTable reports whether an insertion failed because of the table: its
// constraints, indexes, partitions or triggers.
func isOfTheTable(err error) bool {
	state := sqlState(err)
	if state == lockNotAvailable || state == insufficientPrivilege {
		return false
	}
	for _, class := range []string{"09", "0A", "22", "23", "27", "2F", "38", "39", "42", "44", "55", "P0"} {
		if strings.HasPrefix(state, class) {
			return true
		}
	}
	return errors.Is(err, errNotAsSent)
}

func (s *Store) tryLaunches(ctx context.Context) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: s.timeouts.begin(0)})
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	var tried, stored int
	if err := tx.QueryRow(ctx, tryLaunchesSQL).Scan(&tried, &stored); err != nil {
		return err
	}
	if stored < tried {
		return errNotAsSent
	}
	_, err = tx.Exec(ctx, checkConstraintsNowSQL)
	return err
}

// dropRestoredIndexes makes the way free for the indexes of version 3.
func (s *Store) dropRestoredIndexes(ctx context.Context, current int64) error {
	if current >= indexVersion {
		return nil
	}
	if _, err := s.pool.Exec(ctx, dropRestoredIndexesSQL); err != nil {
		return s.failure("drop the restored indexes of raw_launches", err)
	}
	return nil
}
