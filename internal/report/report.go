// Package report prints the results of analytics queries: as tables with
// charts for people, as JSON, CSV and Markdown for programs and documents. It
// runs no query and looks at no terminal: the caller says how wide it is and
// whether it shows colours. Text from the data is escaped for each format, so
// it can neither drive a terminal nor become a formula or markup.
package report

import (
	"bufio"
	"fmt"
	"io"

	"liftoff"
	"liftoff/internal/analytics"
)

// defaultWidth is used when the caller does not know the terminal's width.
const defaultWidth = 80

// Options says how to print; the zero value is plain text, 80 columns wide.
type Options struct {
	// Width is the number of columns that tables and charts may take; 0 means
	// 80. Only FormatTable heeds it. Text is cut to fit, numbers never are, so
	// a table of many numbers may be wider.
	Width int
	// ASCII keeps the program's own marks (lines, bars, the dash for NULL) to
	// ASCII. Text from the data stays as it is.
	ASCII bool
	// Color sets off titles and descriptions with terminal colours.
	Color bool
}

// Write prints the results in the given format, in their order. It writes
// UTF-8 and returns the first error of w, or an error that names the query
// whose chart does not fit its columns.
func Write(w io.Writer, format Format, results []analytics.Result, options Options) error {
	if options.Width <= 0 {
		options.Width = defaultWidth
	}
	out := &printer{bufio.NewWriter(w)}
	if err := write(out, format, results, options); err != nil {
		return fmt.Errorf("write the report as %s: %w", format, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the report as %s: %w", format, err)
	}
	return nil
}

// write hands the results to the writer of the format.
func write(out *printer, format Format, results []analytics.Result, options Options) error {
	switch format {
	case FormatTable:
		return writeTables(out, results, newStyle(options))
	case FormatJSON:
		return writeJSON(out, results)
	case FormatCSV:
		return writeCSV(out, results)
	case FormatMarkdown:
		return writeMarkdown(out, results)
	default:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("unknown output format %q", format), formatHint())
	}
}
