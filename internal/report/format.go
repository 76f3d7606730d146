package report

import (
	"fmt"
	"slices"

	"liftoff"
)

// Format is a way to print tables; the set is closed.
type Format string

// The formats.
const (
	// FormatTable prints tables and charts for a terminal.
	FormatTable Format = "table"
	// FormatJSON prints one array with one object for each table, all values
	// exact: the format for programs.
	FormatJSON Format = "json"
	// FormatCSV prints comma-separated values for spreadsheets.
	FormatCSV Format = "csv"
	// FormatMarkdown prints Markdown tables.
	FormatMarkdown Format = "markdown"
)

// Formats returns all formats, the default one first.
func Formats() []Format {
	return []Format{FormatTable, FormatJSON, FormatCSV, FormatMarkdown}
}

// ParseFormat returns the format of that name. Any other name is an error of
// category Usage that lists the formats.
func ParseFormat(name string) (Format, error) {
	if format := Format(name); slices.Contains(Formats(), format) {
		return format, nil
	}
	return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("the output format must be %s, not %q", liftoff.Alternatives(Formats()...), name),
		"change --output or LIFTOFF_OUTPUT, or leave it out")
}
