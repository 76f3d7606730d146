// Package export writes all launches as JSON Lines, CSV or Parquet. It streams:
// memory does not grow with the number of launches. The launches come from a
// Reader; this package knows no database.
package export

import (
	"context"
	"fmt"
	"io"

	"liftoff"
)

// Format is how an export is written.
type Format string

// The formats of an export.
const (
	JSONL   Format = "jsonl"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// ParseFormat returns the format with that name, or a liftoff.Usage error.
func ParseFormat(name string) (Format, error) {
	switch format := Format(name); format {
	case JSONL, CSV, Parquet:
		return format, nil
	default:
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("unknown export format %q", name),
			"use jsonl, csv or parquet")
	}
}

// Options say what an export contains, and how it is written.
type Options struct {
	Format Format
	// Raw adds the column raw_data: each launch's newest document.
	Raw bool
	// CSVText makes a text safe for a CSV file that may be opened in a
	// spreadsheet; nil leaves texts unchanged.
	CSVText func(string) string
}

// Reader reads launches for an export.
type Reader interface {
	// ReadLaunches reads all launches in the order of their ids, as they are at
	// one moment. It fills the targets, which are pointers by the names of the
	// columns, and calls each after every launch. It returns the error of each
	// unchanged. The document in the target "raw_data" is only valid until each
	// returns.
	ReadLaunches(ctx context.Context, targets map[string]any, each func() error) error
}

// encoder writes launches in one format.
type encoder interface {
	// write writes one launch, which it does not keep.
	write(launch *document) error
	// finish writes what is still buffered. Without it the output is incomplete.
	finish() error
}

// Write writes all launches of the reader and returns how many there are.
// Without launches the output is still valid. Errors of the reader keep their
// category; after any error the output is incomplete.
func Write(ctx context.Context, reader Reader, out io.Writer, opts Options) (count int64, err error) {
	current := new(document)
	fields := current.fields(opts.Raw)
	enc, err := newEncoder(out, fields, opts)
	if err != nil {
		return 0, err
	}
	err = reader.ReadLaunches(ctx, fields.byName(), func() error {
		if err := enc.write(current); err != nil {
			return fmt.Errorf("write launch %q: %w", current.ID, err)
		}
		count++
		return nil
	})
	if err != nil {
		return count, err
	}
	if err := enc.finish(); err != nil {
		return count, fmt.Errorf("write the end of the export: %w", err)
	}
	return count, nil
}

// newEncoder returns the encoder of a format.
func newEncoder(out io.Writer, f fields, opts Options) (encoder, error) {
	switch opts.Format {
	case JSONL:
		return newJSONL(out, opts.Raw), nil
	case CSV:
		return newCSV(out, f, opts.CSVText)
	case Parquet:
		return newParquet(out, opts.Raw)
	default:
		return nil, fmt.Errorf("unknown export format %q", opts.Format)
	}
}
