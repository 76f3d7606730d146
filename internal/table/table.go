package analytics

import "slices"

// ColumnType is what the values of a column are; the set is closed, so that
// every engine's results look the same.
type ColumnType string

// The types of columns, each with the Go type of its values. Any value may
// also be nil, which is SQL's NULL.
const (
	// Text values are strings.
	Text ColumnType = "text"
	// Integer values are int64.
	Integer ColumnType = "integer"
	// Float values are float64.
	Float ColumnType = "float"
	// Boolean values are bool.
	Boolean ColumnType = "boolean"
	// Timestamp values are time.Time in UTC.
	Timestamp ColumnType = "timestamp"
)

// IsNumber reports whether values of the type can be drawn.
func (t ColumnType) IsNumber() bool { return t == Integer || t == Float }

// Column is one column of a result.
type Column struct {
	Name string
	Type ColumnType
}

// Result is the answer to one query.
type Result struct {
	Query   Query
	Columns []Column
	// Rows hold one value for each column, of the column's Go type or nil.
	Rows [][]any
}

// ColumnIndex returns the place of the column with that name, or -1.
func (r Result) ColumnIndex(name string) int {
	return slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == name })
}
