// Package export writes all launches of a PostgreSQL database as JSON Lines,
// CSV or Parquet. It streams: memory does not grow with the number of
// launches, and nothing is written to the database.
package export

import (
	"context"
	_ "embed"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
)

//go:embed queries/launches.sql
var launchesSQL string

//go:embed queries/launches_with_documents.sql
var launchesWithDocumentsSQL string

// settingsSQL holds for the export's own transaction. How long that takes is up
// to the reader of the output, but a lock on the tables should be told soon.
const settingsSQL = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'"

// Format is how an export is written.
type Format string

// The formats of an export.
const (
	JSONL   Format = "jsonl"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// ParseFormat returns the format of a name, or a liftoff.Usage error.
func ParseFormat(name string) (Format, error) {
	switch format := Format(name); format {
	case JSONL, CSV, Parquet:
		return format, nil
	default:
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("unknown export format %q", name),
			"use jsonl, csv or parquet")
	}
}

// Options say what an export holds, and how it is written.
type Options struct {
	Format Format
	// Raw adds the column raw_data: each launch's newest document.
	Raw bool
	// CSVText makes a text safe for a CSV file that a spreadsheet may open; nil
	// leaves texts as they are.
	CSVText func(string) string
}

// Postgres exports the launches of a PostgreSQL database. It only reads, and
// may be used by several goroutines at once.
type Postgres struct {
	pool *pgxpool.Pool
}

// NewPostgres returns an exporter over the pool, which stays the caller's to
// close.
func NewPostgres(pool *pgxpool.Pool) *Postgres {
	return &Postgres{pool: pool}
}

// encoder writes launches in one format.
type encoder interface {
	// write writes one launch, which it does not keep.
	write(launch *document) error
	// finish writes what is still to be written. Without it the output is not
	// whole.
	finish() error
}

// Write writes all launches, in the order of their ids, as they are at one
// moment, and returns how many there are. Without launches the output is still
// a valid one. Errors of the database have category Database, Privilege or
// Usage (no schema); after any error the output is not whole.
func (p *Postgres) Write(ctx context.Context, out io.Writer, opts Options) (int64, error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return 0, unreachable(ctx, err)
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, unreachable(ctx, err)
	}
	// There is nothing to commit; a connection that has gone needs no end.
	defer func() { _ = tx.Rollback(ctx) }()
	f := failure{opts.Raw, conn.Conn().Config().User}
	if _, err := tx.Exec(ctx, settingsSQL); err != nil {
		return 0, f.classify(ctx, fmt.Errorf("begin the export: %w", err))
	}
	enc, err := newEncoder(out, opts)
	if err != nil {
		return 0, err
	}
	count, err := stream(ctx, tx, enc, opts.Raw)
	if err != nil {
		return count, f.classify(ctx, err)
	}
	if err := enc.finish(); err != nil {
		return count, outputError{fmt.Errorf("write the end of the export: %w", err)}
	}
	return count, nil
}

// newEncoder returns the encoder of a format.
func newEncoder(out io.Writer, opts Options) (encoder, error) {
	switch opts.Format {
	case JSONL:
		return newJSONL(out, opts.Raw), nil
	case CSV:
		return newCSV(out, opts)
	case Parquet:
		return newParquet(out, opts.Raw)
	default:
		return nil, fmt.Errorf("export format %q is none", opts.Format)
	}
}

// stream hands the launches to the encoder as they arrive.
func stream(ctx context.Context, tx pgx.Tx, enc encoder, raw bool) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	query := launchesSQL
	if raw {
		query = launchesWithDocumentsSQL
	}
	// Described first, so that values come in binary; never cached, so that
	// poolers such as PgBouncer keep working.
	rows, err := tx.Query(ctx, query, pgx.QueryExecModeDescribeExec)
	if err != nil {
		cancel()
		return 0, fmt.Errorf("read the launches: %w", err)
	}
	defer rows.Close()
	// First of all, because closing rows reads all that are left: nobody wants
	// a million of them when the disk is full.
	defer cancel()
	var count int64
	launch := new(document)
	targets := launch.targets(raw)
	for ; rows.Next(); count++ {
		if err := rows.Scan(targets...); err != nil {
			return count, fmt.Errorf("read launch %q: %w", launch.ID, err)
		}
		if err := enc.write(launch); err != nil {
			return count, outputError{fmt.Errorf("write launch %q: %w", launch.ID, err)}
		}
	}
	if err := rows.Err(); err != nil {
		return count, fmt.Errorf("read the launches: %w", err)
	}
	return count, nil
}
