package report

import (
	"io"

	"liftoff/internal/table"
)

// Listing is a report: complete for programs, and shortened to fit for people.
type Listing struct {
	// Value is the whole report as JSON.
	Value any
	// Full is the whole report as one table, for CSV.
	Full table.Table
	// Tables are the report for people, as text or Markdown.
	Tables []table.Table
}

// Write prints the listing in the given format; see the function Write.
func (l Listing) Write(w io.Writer, format Format, options Options) error {
	switch format {
	case FormatJSON:
		return WriteValue(w, l.Value)
	case FormatCSV:
		return Write(w, format, []table.Table{l.Full}, options)
	default:
		return Write(w, format, l.Tables, options)
	}
}

// column is a column of a table of Ts, and where its values come from.
type column[T any] struct {
	table.Column
	value func(T) any
	// isOptional leaves the column out if no row has anything to show.
	isOptional bool
}

// tableOf returns a table with a row for each of the Ts.
func tableOf[T any](name string, rows []T, columns []column[T]) table.Table {
	t := table.Table{Name: name, Rows: make([][]any, len(rows))}
	for _, column := range columns {
		values := make([]any, len(rows))
		isBlank := true
		for i, row := range rows {
			values[i] = column.value(row)
			isBlank = isBlank && (values[i] == nil || values[i] == int64(0))
		}
		if column.isOptional && isBlank {
			continue
		}
		t.Columns = append(t.Columns, column.Column)
		for i, value := range values {
			t.Rows[i] = append(t.Rows[i], value)
		}
	}
	return t
}

// orNil returns nil for a zero value, which is then printed as NULL.
func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// cell returns the value that a pointer points to; NULL for nil.
func cell[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}
