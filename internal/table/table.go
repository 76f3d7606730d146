// Package table holds what reports print and what every engine answers with:
// named columns, rows of a few known types, and a hint on how to draw them. It
// does not know where a table comes from or how it is printed.
package table

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Table is a table with what is needed to show it.
type Table struct {
	// Name identifies the table for programs.
	Name string
	// Title is one line that says what the table shows.
	Title string
	// Description gives units, what NULL means and what is left out; it may be
	// empty. People see the word NULL in it as the mark that the table shows.
	Description string
	// Chart says how to draw the table; the zero value means no chart.
	Chart   Chart
	Columns []Column
	// Rows hold one value for each column, of the column's Go type or nil.
	Rows [][]any
}

// ColumnIndex returns the position of the column with that name, or -1.
func (t Table) ColumnIndex(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// HasSimulated reports whether any value is simulated: those of a column, or of a row whose
// label on the chart says so.
func (t Table) HasSimulated() bool {
	if slices.ContainsFunc(t.Columns, func(c Column) bool { return c.IsSimulated }) {
		return true
	}
	label := t.ColumnIndex(t.Chart.Label)
	return label >= 0 && slices.ContainsFunc(t.Rows, func(row []any) bool {
		text, isText := row[label].(string)
		return isText && strings.EqualFold(strings.TrimSpace(text), SimulatedLabel)
	})
}

// Column is one column of a table.
type Column struct {
	Name string
	Type Type
	// Unit is what the values are measured in, such as kg or %, or Count. A
	// column with a unit is a quantity, which people read with thousands
	// separators; a year or an id has none.
	Unit string
	// IsWhole means that a later command takes its values, or that a part of
	// one says nothing: they are never cut or left out to fit a terminal.
	IsWhole bool
	// IsMain means that people look for its texts first: it is never left out, and
	// other columns are left out before its texts are cut short.
	IsMain bool
	// IsSimulated means that the values are random numbers that the program made up;
	// no source has them.
	IsSimulated bool
}

// SimulatedLabel is the text in a row's label that marks the row's values as
// simulated.
const SimulatedLabel = "simulated"

// Count is the unit of a number of things, which the column's name says.
const Count = "count"

// In returns the column with a unit.
func (c Column) In(unit string) Column {
	c.Unit = unit
	return c
}

// Text returns a column of texts.
func Text(name string) Column { return Column{Name: name, Type: TypeText} }

// Word returns a column of short texts that are never cut, such as a status.
func Word(name string) Column { return Column{Name: name, Type: TypeText, IsWhole: true} }

// Main returns a column of the texts that people look for first, such as names.
func Main(name string) Column { return Column{Name: name, Type: TypeText, IsMain: true} }

// Integer returns a column of whole numbers.
func Integer(name string) Column { return Column{Name: name, Type: TypeInteger} }

// Float returns a column of floats.
func Float(name string) Column { return Column{Name: name, Type: TypeFloat} }

// Boolean returns a column of booleans.
func Boolean(name string) Column { return Column{Name: name, Type: TypeBoolean} }

// Timestamp returns a column of moments.
func Timestamp(name string) Column { return Column{Name: name, Type: TypeTimestamp} }

// Type is the type of a column's values; the set is closed, so that tables of
// all origins look the same.
type Type string

// The types of columns, each with the Go type of its values. Any value may
// also be nil, which is SQL's NULL.
const (
	// TypeText values are strings.
	TypeText Type = "text"
	// TypeInteger values are int64.
	TypeInteger Type = "integer"
	// TypeFloat values are float64.
	TypeFloat Type = "float"
	// TypeBoolean values are bool.
	TypeBoolean Type = "boolean"
	// TypeTimestamp values are time.Time in UTC.
	TypeTimestamp Type = "timestamp"
)

// IsNumber reports whether values of the type can be drawn.
func (t Type) IsNumber() bool { return t == TypeInteger || t == TypeFloat }

// Value converts what a database driver returns to the Go type of a column's
// values. It returns an error for anything that no column can hold.
func Value(value any) (any, error) {
	switch v := value.(type) {
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case float32:
		return float64(v), nil
	case time.Time:
		return v.UTC(), nil
	case nil, int64, float64, bool, string:
		return v, nil
	default:
		// An infinite timestamp is the one case known.
		return nil, fmt.Errorf("unknown value %v", v)
	}
}
