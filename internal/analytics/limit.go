package analytics

import (
	"fmt"

	"liftoff"
	"liftoff/internal/table"
)

// MaxRows limits one answer, which is held in memory whole. Some queries have a
// row for each launch, so this is room for a million launches.
const MaxRows = 1_000_000

// CheckRows returns an error of category QueryEngine for an answer with more
// rows than the limit.
func CheckRows(rows [][]any, limit int) error {
	if len(rows) <= limit {
		return nil
	}
	return liftoff.NewError(liftoff.QueryEngine,
		fmt.Errorf("too many rows: the answer has more than %d", limit),
		`add a LIMIT to the query, or use "liftoff export", whose memory does not grow with the rows`)
}

// MaxBytes limits one answer as the engine sends it, for the same reason.
const MaxBytes = 128 << 20

// TooLarge returns an error of category QueryEngine for an answer with more bytes
// than the limit.
func TooLarge(limit int) error {
	return liftoff.NewError(liftoff.QueryEngine, fmt.Errorf("the answer has more than %d MiB", limit>>20),
		`select fewer or shorter columns, or add a LIMIT to the query; "liftoff export --raw" writes whole documents, one by one`)
}

// Unreadable returns an error for an answer that no table can hold: a mistake in the
// query, not in the database. Its category is Internal or, for a query of the
// user's, Usage.
func (q Query) Unreadable(cause error) error {
	err := fmt.Errorf("cannot show the answer: %w", cause)
	if q.IsOwn() {
		return refuse(q.Source.File, lineError{q.Source.Line, err}, "cast the column to text (varchar)")
	}
	return liftoff.NewError(liftoff.Internal, err, "")
}

// CheckColumns returns an error of category Usage for an answer of a user's query
// that cannot be shown: without columns, with two of one name, or without those of
// the chart.
func (q Query) CheckColumns(columns []table.Column) error {
	if !q.IsOwn() {
		return nil
	}
	if len(columns) == 0 {
		return q.wrong(q.Source.Line, "the answer has no column")
	}
	types := map[string]table.Type{}
	for _, column := range columns {
		if _, isTaken := types[column.Name]; isTaken {
			return q.wrong(q.Source.Line, "two columns of the answer are called %q: give one another name, with AS", column.Name)
		}
		types[column.Name] = column.Type
	}
	for _, name := range q.Chart.Columns() {
		if _, isThere := types[name]; !isThere {
			return q.wrong(q.Source.ChartLine, "the answer has no column %q, which the chart needs", name)
		}
	}
	for _, name := range q.Chart.Numbers() {
		if !types[name].IsNumber() {
			return q.wrong(q.Source.ChartLine, "the chart cannot draw the column %q, which has no numbers", name)
		}
	}
	return nil
}

// wrong returns the error for a line of a query file.
func (q Query) wrong(line int, format string, args ...any) error {
	return refuse(q.Source.File, atLine(line, format, args...), "correct the file")
}
