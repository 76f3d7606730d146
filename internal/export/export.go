// Package export writes all launches as JSON Lines, CSV or Parquet. It streams:
// memory does not grow with the number of launches. The launches come from a
// Reader; this package knows no database.
package export

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

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

// formatOf returns the format that the ending of a file's name says, or "".
func formatOf(ending string) Format {
	switch strings.ToLower(ending) {
	case ".jsonl", ".ndjson", ".json":
		return JSONL
	case ".csv":
		return CSV
	case ".parquet":
		return Parquet
	default:
		return ""
	}
}

// FormatFor returns the format with that name for the output file. Without a name
// it is the one that the ending of the file says, and JSONL for a file without an
// ending. An unknown name, an ending that says no format without a name, and a
// name that the ending contradicts are liftoff.Usage errors.
func FormatFor(name, file string) (Format, error) {
	ending := filepath.Ext(file)
	byEnding := formatOf(ending)
	switch format := Format(name); format {
	case "":
		if byEnding == "" && ending != "" {
			return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("the ending %s of %q says no format of an export", ending, file),
				"name one with --format (jsonl, csv or parquet), or give the file one of their endings")
		}
		return cmp.Or(byEnding, JSONL), nil
	case JSONL, CSV, Parquet:
		if byEnding != "" && byEnding != format {
			return "", liftoff.NewError(liftoff.Usage,
				fmt.Errorf("--format %s does not go with %q, because a file that ends with %s is read as %s", format, file, ending, byEnding),
				"leave --format out, or give the file another ending")
		}
		return format, nil
	default:
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("unknown export format %q in --format", name),
			"use --format jsonl, csv or parquet")
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

// moment is how the text formats write a time: always with microseconds, because
// programs take the first times of a column as the pattern for all.
const moment = "2006-01-02T15:04:05.000000Z07:00"

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
		return newJSONL(out, f), nil
	case CSV:
		return newCSV(out, f, opts.CSVText)
	case Parquet:
		return newParquet(out, opts.Raw)
	default:
		return nil, fmt.Errorf("unknown export format %q", opts.Format)
	}
}
