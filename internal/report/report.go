// Package report prints tables: as framed text with charts for people, as JSON,
// CSV and Markdown for programs and documents. It also makes the tables of runs,
// launch histories and quarantined records. It reads no data and checks no
// terminal: the caller passes the width and whether colours are shown. Text from
// the data is escaped for each format, so it can neither control a terminal nor
// become a formula or markup.
package report

import (
	"bufio"
	"fmt"
	"io"

	"liftoff/internal/table"
)

// defaultWidth is that of charts and text when the caller sets no width.
const defaultWidth = 80

// Options says how to print; the zero value is plain text, 80 columns wide.
type Options struct {
	// Width is the number of columns that tables and charts may take; only
	// FormatTable uses it. Where it is short, long text is cut, columns are left
	// out, or a table becomes a list with one value a line; numbers, moments and
	// keys stay whole. With 0, for a pipe or a file, nothing is cut or left out,
	// and charts are 80 columns wide.
	Width int
	// ASCII limits the program's own marks (lines, bars, the dash for NULL) to
	// ASCII. Text from the data is unchanged.
	ASCII bool
	// Color highlights titles and descriptions with terminal colours.
	Color bool
	// NoCharts leaves out all charts.
	NoCharts bool
}

// Write prints the tables in the given format, in their order. It writes
// UTF-8 and returns the first error of w, or an error that names the table
// whose chart does not fit its columns.
func Write(w io.Writer, format Format, tables []table.Table, options Options) error {
	out := &printer{bufio.NewWriter(w)}
	err := write(out, format, tables, options)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the report as %s: %w", format, err)
	}
	return nil
}

// write calls the writer of the format.
func write(out *printer, format Format, tables []table.Table, options Options) error {
	switch format {
	case FormatTable:
		return writeTables(out, tables, newStyle(options))
	case FormatJSON:
		return writeJSON(out, tables)
	case FormatCSV:
		return writeCSV(out, tables)
	case FormatMarkdown:
		return writeMarkdown(out, tables)
	default:
		_, err := ParseFormat(string(format))
		return err
	}
}
