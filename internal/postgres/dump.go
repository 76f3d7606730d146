package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/dumped_tables.sql
var dumpedTablesSQL string

//go:embed queries/dumped_numbers.sql
var dumpedNumbersSQL string

// dumpSettingsSQL is for the transaction of a dump, whose reader decides how long it
// takes. Row-level security must be an error: rows would be missing.
const dumpSettingsSQL = exportSettingsSQL + "; SET LOCAL row_security = off"

// dumpedTables are the tables of a dump, such that none refers to a later one. The
// others are of no use elsewhere: typed_checks and typed_transactions are about
// transactions of one server, ingestion_rates is about the next second, and the schema's versions come from the migrations.
func dumpedTables() []string {
	return []string{
		"ingestion_sources", "ingestion_runs", "ingestion_missed_ranges", "ingestion_backfills", "ingestion_backfill_ranges", "ingestion_schedules",
		rawLaunches, "known_launches", "launch_revisions", "quarantined_records",
		"raw_payloads", "raw_rockets", "raw_launchpads", "reference_checks", "typed_launches",
	}
}

// TableColumns are a table and those of its columns that have values of their own.
type TableColumns struct {
	Name    string
	Columns []string
}

// LastNumber is the last number that the sequence of a column has given; nil for none,
// or if the role may not read it.
type LastNumber struct {
	Table, Column string
	Last          *int64
}

// Snapshot is a database at one moment, for a dump.
type Snapshot struct {
	SchemaVersion int64
	ServerVersion string
	Database      string
	// At is the moment by the server's clock, in UTC.
	At      time.Time
	Tables  []TableColumns
	Numbers []LastNumber

	store *Store
	tx    pgx.Tx
}

// ReadSnapshot calls read with the database as it is at one moment. It writes nothing,
// and others may write meanwhile. A database without tables is a liftoff.Usage error, one
// in which raw_launches is missing beside others a liftoff.Guard error; missing privileges and row-level security are liftoff.Privilege errors. An error of
// read is returned unchanged.
func (s *Store) ReadSnapshot(ctx context.Context, read func(*Snapshot) error) error {
	version, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	if version == 0 {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("PostgreSQL at %s has no tables of liftoff, so there is nothing to dump", s.target),
			"fetch launches with `liftoff ingest --all`, or name another database with --postgres-db")
	}
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return s.connectFailure(err)
	}
	// There is nothing to commit, and a lost connection needs no rollback.
	defer func() { _ = tx.Rollback(ctx) }()
	snapshot := &Snapshot{SchemaVersion: version, Database: s.target.database, store: s, tx: tx}
	if err := snapshot.describe(ctx); err != nil {
		return s.readFailure("look at the tables", err)
	}
	if !slices.ContainsFunc(snapshot.Tables, func(table TableColumns) bool { return table.Name == rawLaunches }) {
		return s.checkTables(ctx)
	}
	return read(snapshot)
}

func (s *Snapshot) describe(ctx context.Context) error {
	if _, err := s.tx.Exec(ctx, dumpSettingsSQL); err != nil {
		return err
	}
	rows, _ := s.tx.Query(ctx, serverSQL) // an error is in rows too
	server, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Server])
	if err != nil {
		return err
	}
	s.ServerVersion, s.At = server.Version, server.Now.UTC()
	rows, _ = s.tx.Query(ctx, dumpedTablesSQL, dumpedTables())
	if s.Tables, err = pgx.CollectRows(rows, pgx.RowToStructByPos[TableColumns]); err != nil {
		return err
	}
	if s.SchemaVersion == latestVersion() {
		s.leaveOutAdditions()
	}
	rows, _ = s.tx.Query(ctx, dumpedNumbersSQL, dumpedTables())
	s.Numbers, err = pgx.CollectRows(rows, pgx.RowToStructByPos[LastNumber])
	return err
}

// leaveOutAdditions leaves out the columns that others have added to our tables.
func (s *Snapshot) leaveOutAdditions() {
	wanted := wantedShape()
	for i, table := range s.Tables {
		s.Tables[i].Columns = slices.DeleteFunc(table.Columns, func(column string) bool {
			return !slices.ContainsFunc(wanted, func(line string) bool { return strings.HasPrefix(line, table.Name+"."+column+" ") })
		})
	}
}

// CopyOut writes the rows of a table as text, as COPY does, and returns how many there
// are.
func (s *Snapshot) CopyOut(ctx context.Context, table string, columns []string, out io.Writer) (rows int64, err error) {
	target := &notingWriter{to: out}
	// Not the table itself, which may be partitioned.
	tag, err := s.tx.Conn().PgConn().CopyTo(ctx, target, "COPY (SELECT "+columnList(columns)+" FROM "+pgx.Identifier{table}.Sanitize()+") TO STDOUT")
	switch {
	case target.err != nil:
		return 0, target.err
	case err != nil:
		return 0, s.store.readFailure("read the rows", err)
	default:
		return tag.RowsAffected(), nil
	}
}

// notingWriter remembers why something could not be written, which the driver mixes
// with errors of the connection.
type notingWriter struct {
	to  io.Writer
	err error
}

func (w *notingWriter) Write(rows []byte) (int, error) {
	count, err := w.to.Write(rows)
	w.err = err
	return count, err
}

// columnList quotes names of columns.
func columnList(columns []string) string {
	quoted := make([]string, 0, len(columns))
	for _, column := range columns {
		quoted = append(quoted, pgx.Identifier{column}.Sanitize())
	}
	return strings.Join(quoted, ", ")
}
