package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

//go:embed queries/advance_numbers.sql
var advanceNumbersSQL string

//go:embed queries/advance_schema_version.sql
var advanceSchemaVersionSQL string

// tableBehind returns the table whose sequence is behind its rows, if that is
// what an error is about; "" for any other error. Each use of the sequence would
// meet the next row otherwise.
func tableBehind(err error) string {
	cause, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || cause.Code != uniqueViolation || cause.ConstraintName != cause.TableName+"_pkey" {
		return ""
	}
	switch cause.TableName {
	case "ingestion_sources", "ingestion_runs", "ingestion_missed_ranges", "ingestion_backfills", "quarantined_records", versionTable:
		return cause.TableName
	default:
		return ""
	}
}

// renumbering returns do such that it is done a second time if the number for a new
// row was taken. That is so after a restore of rows without their sequences.
func (s *Store) renumbering(ctx context.Context, do func() error) func() error {
	return func() error {
		err := do()
		table := tableBehind(err)
		if table == "" {
			return err
		}
		if err := s.advanceNumbers(ctx, table); err != nil {
			return err
		}
		return do()
	}
}

// advanceNumbers sets the sequences of the program's tables to their rows, because
// the table's was behind. It works even if ctx has ended already: a run's end has to
// be written. For a role that may not set them it returns a liftoff.Privilege error.
func (s *Store) advanceNumbers(ctx context.Context, table string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	sql := advanceNumbersSQL
	if table == versionTable {
		sql = advanceSchemaVersionSQL
	}
	_, err := s.pool.Exec(ctx, sql)
	if sqlState(err) == insufficientPrivilege {
		return liftoff.NewError(liftoff.Privilege,
			fmt.Errorf("the sequence of %s.id of PostgreSQL at %s is behind the rows, as after a restore without it", table, s.target),
			fmt.Sprintf("as the owner of the table run: SELECT setval(pg_get_serial_sequence('%[1]s', 'id'), max(id)) FROM %[1]s", table))
	}
	if err != nil {
		return s.failure("set the sequence of "+table+" to its rows", err)
	}
	s.logger.WarnContext(ctx, "The numbers for new rows were taken, as after a restore without sequences; the sequence is set to the rows now.", "table", table)
	return nil
}
