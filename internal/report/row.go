package report

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/table"
)

// Row is one row of a table as a JSON object: its members are in the order of the
// columns, and their values as in a report in JSON.
type Row jsontext.Value

// MarshalJSON returns the object.
func (r Row) MarshalJSON() ([]byte, error) { return r, nil }

// Rows returns the rows of a table. Two columns with the same name are an error.
func Rows(t table.Table) ([]Row, error) {
	names := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		names[i] = column.Name
	}
	line := newJSONLine()
	rows := make([]Row, 0, len(t.Rows))
	for _, row := range t.Rows {
		text, err := line.of(row, names)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row(slices.Clone(text)))
	}
	return rows, nil
}
