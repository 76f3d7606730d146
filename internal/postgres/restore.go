package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/set_number.sql
var setNumberSQL string

//go:embed queries/forget_typed_check.sql
var forgetTypedCheckSQL string

// ledgerVersion is the version with the first tables that have numbers.
const ledgerVersion = 4

// restoreSettingsSQL is for the transaction of a restore, which takes as long as it
// takes, but must not wait long for others who use the tables.
const restoreSettingsSQL = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = 0"

// Contents are the rows that a restore brings.
type Contents struct {
	// SchemaVersion is that of the database they come from.
	SchemaVersion int64
	Tables        []TableColumns
	Numbers       []LastNumber
	// Read gives the rows of a table, as Snapshot.CopyOut has written them, to use,
	// which returns how many it has taken. An error of Read ends the restore.
	Read func(table string, use func(io.Reader) (rows int64, err error)) error
}

// Restore fills a database without launches with the contents, in one transaction,
// and brings the schema up to date. A database that holds anything, a schema version
// that differs, and contents that the program does not know are liftoff.Usage errors;
// then no rows were changed. An error of Contents.Read is returned unchanged.
func (s *Store) Restore(ctx context.Context, contents Contents) error {
	if err := s.checkContents(contents); err != nil {
		return err
	}
	if err := s.makeTables(ctx, contents.SchemaVersion); err != nil {
		return err
	}
	if err := s.fill(ctx, contents); err != nil {
		return err
	}
	if _, err := s.Migrate(ctx); err != nil {
		return err
	}
	// What typed_launches had where it comes from may not have been right.
	if _, err := s.RefreshTypedLaunches(ctx, RefreshOptions{All: true}); err != nil {
		return err
	}
	return s.IndexLaunches(ctx)
}

// checkContents refuses what this program does not know.
func (s *Store) checkContents(contents Contents) error {
	if latest := latestVersion(); contents.SchemaVersion > latest || contents.SchemaVersion < 1 {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the dump has schema version %d, but this program knows only versions up to %d", contents.SchemaVersion, latest),
			"use a newer liftoff, such as the one that made the dump; nothing was restored")
	}
	var seen []string
	for _, table := range contents.Tables {
		switch {
		case !slices.Contains(dumpedTables(), table.Name) || len(table.Columns) == 0:
			return notOurs("the dump has a table %q, which liftoff does not have", table.Name)
		case slices.Contains(seen, table.Name):
			return notOurs("the dump has the table %q twice", table.Name)
		}
		seen = append(seen, table.Name)
	}
	for _, number := range contents.Numbers {
		// Or the dump could change the numbers of others' tables.
		if !slices.Contains(dumpedTables(), number.Table) {
			return notOurs("the dump has numbers of a table %q, which liftoff does not have", number.Table)
		}
	}
	return nil
}

func notOurs(format string, name string) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf(format, name), "use a file that `db dump` has made; nothing was restored")
}

// makeTables makes the tables of that version in a database without any. If there are
// some, they must have that version.
func (s *Store) makeTables(ctx context.Context, version int64) error {
	if err := s.CheckEncoding(ctx); err != nil {
		return err
	}
	if err := s.CheckSurroundings(ctx); err != nil {
		return err
	}
	current, err := s.schemaVersion(ctx)
	if err != nil || current == version {
		return err
	}
	if current != 0 {
		return s.notEmpty(fmt.Sprintf("has tables of schema version %d, and the dump is of version %d", current, version))
	}
	_, hasLaunches, err := s.CountLaunches(ctx)
	if err != nil {
		return err
	}
	if hasLaunches {
		return s.notEmpty("has a table raw_launches that liftoff has not made")
	}
	return s.migrateAlone(ctx, func() error {
		if err := s.CheckNothingInTheWay(ctx); err != nil {
			return err
		}
		provider, closeProvider, err := s.provider()
		if err != nil {
			return err
		}
		defer closeProvider()
		_, err = provider.UpTo(ctx, version)
		return err
	})
}

func (s *Store) notEmpty(because string) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("PostgreSQL at %s %s", s.target, because),
		"restore into a database without tables, such as a new one: name it with --postgres-db, or with DATABASE_URL; nothing was restored")
}

// fill copies all rows in one transaction.
func (s *Store) fill(ctx context.Context, contents Contents) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return s.connectFailure(err)
	}
	defer rollback(ctx, tx)
	if err := s.takeEmptyTables(ctx, tx, contents.SchemaVersion); err != nil {
		return s.failure("lock the tables", err)
	}
	for _, table := range contents.Tables {
		err := contents.Read(table.Name, func(rows io.Reader) (int64, error) { return s.copyIn(ctx, tx, table, rows) })
		if err != nil {
			return err
		}
	}
	batch := &pgx.Batch{}
	for _, number := range contents.Numbers {
		if number.Last != nil {
			batch.Queue(setNumberSQL, number.Table, number.Column, *number.Last)
		}
	}
	if contents.SchemaVersion >= typedViewVersion-1 {
		batch.Queue(forgetTypedCheckSQL)
	}
	if contents.SchemaVersion >= ledgerVersion {
		batch.Queue(advanceNumbersSQL) // for numbers that the dump does not have
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return s.failure("set the numbers for new rows", err)
	}
	if err := tx.Commit(ctx); err != nil {
		return s.failure("commit the restored rows", err)
	}
	return nil
}

// takeEmptyTables locks all tables against others who write, and refuses those that
// hold rows.
func (s *Store) takeEmptyTables(ctx context.Context, tx pgx.Tx, version int64) error {
	if _, err := tx.Exec(ctx, restoreSettingsSQL); err != nil {
		return err
	}
	rows, _ := tx.Query(ctx, dumpedTablesSQL, dumpedTables()) // an error is in rows too
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[TableColumns])
	if err != nil {
		return err
	}
	names := make([]string, 0, len(tables))
	for _, table := range tables {
		names = append(names, pgx.Identifier{table.Name}.Sanitize())
	}
	if _, err := tx.Exec(ctx, "LOCK TABLE "+strings.Join(names, ", ")+" IN EXCLUSIVE MODE"); err != nil {
		return err
	}
	var current int64
	if err := tx.QueryRow(ctx, schemaVersionSQL).Scan(&current); err != nil {
		return err
	}
	if current != version {
		return s.notEmpty(fmt.Sprintf("was migrated to schema version %d meanwhile, and the dump is of version %d", current, version))
	}
	for _, name := range names {
		var hasRows bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+name+")").Scan(&hasRows); err != nil {
			return err
		}
		if hasRows {
			return s.notEmpty("is not empty: there are rows in " + name)
		}
	}
	return nil
}

// copyIn copies the rows of a table.
func (s *Store) copyIn(ctx context.Context, tx pgx.Tx, table TableColumns, rows io.Reader) (int64, error) {
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, rows, "COPY "+pgx.Identifier{table.Name}.Sanitize()+" ("+columnList(table.Columns)+") FROM STDIN")
	if sqlState(err) == undefinedColumn {
		return 0, liftoff.NewError(liftoff.Usage, fmt.Errorf("restore %s: %w", table.Name, shortened{err}),
			"the column was added by hand where the dump was made: drop it there, and dump again; nothing was restored")
	}
	if isContentsFault(sqlState(err)) {
		return 0, liftoff.NewError(liftoff.Usage, fmt.Errorf("restore %s: the rows do not fit: %w", table.Name, shortened{err}),
			"use another copy of the dump, or make a new one; nothing was restored")
	}
	if err != nil {
		return 0, s.failure("restore "+table.Name, err)
	}
	return tag.RowsAffected(), nil
}

// isContentsFault reports whether rows that are copied into empty tables are the cause
// of a failure: they will fail again.
func isContentsFault(state string) bool {
	switch state[:min(2, len(state))] {
	case dataException, integrityViolation:
		return true
	default:
		return state == undefinedTable || state == duplicateColumn
	}
}
