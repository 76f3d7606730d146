// Package analytics is the catalogue of analytics queries: it reads the query
// files, checks them and selects among them. It talks to no database: packages
// postgres and trino answer the queries. A query's text is fixed and takes no
// arguments, so nothing from outside ever becomes part of a statement.
package analytics

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"liftoff"
	"liftoff/internal/table"
	"liftoff/sql"
)

// Query is one analytics query with everything needed to run and show it.
type Query struct {
	// Name is the query's file name without ".sql"; it is unique.
	Name string
	// Title is one line that says what the answer shows. It says "simulated"
	// when the numbers are.
	Title string
	// Description gives units, what NULL means and what is left out.
	Description string
	// Chart says how to draw the answer.
	Chart table.Chart
	// Units are the units of columns by their names, for people: kg, %, or "count"
	// for a number of things. A column with a unit is a quantity; one without, such
	// as a year, is not.
	Units map[string]string
	// Simulated names the columns whose values are simulated.
	Simulated []string
	// Order is the query's position in the reading order, counted from 1.
	Order int
	// SQL is the statement, without the header and without a semicolon. It
	// means the same to PostgreSQL and to Trino.
	SQL string
	// Source is where the query comes from.
	Source Source
}

// Source is the file of a query.
type Source struct {
	// File is the path of a user's own query, for errors; "" for a built-in one.
	File string
	// Text is the whole file: header and statement.
	Text string
	// Line is the one in which the statement begins; the others are those of the
	// header. All are counted from 1.
	Line, ChartLine, UnitsLine, SimulatedLine int
}

// IsOwn reports whether the query is the user's own. What is wrong with such a
// query is the user's to correct, and any type is shown, as text if need be.
func (q Query) IsOwn() bool { return q.Source.File != "" }

// At names the query for an error about a line of its statement, counted from 1.
func (q Query) At(line int) string {
	if !q.IsOwn() {
		return fmt.Sprintf("analytics query %q", q.Name)
	}
	return fmt.Sprintf("%s line %d", q.Source.File, q.Source.Line+line-1)
}

// Script returns the whole file, ended by a semicolon as psql needs it.
func (q Query) Script() string {
	lines := strings.SplitAfter(q.Source.Text, "\n")
	header := strings.Join(lines[:q.Source.Line-1], "")
	// Behind a comment the semicolon would have no effect.
	if code, err := codeOf(q.SQL); err != nil || len(strings.TrimSpace(code)) < len(q.SQL) {
		return header + q.SQL + "\n;\n"
	}
	return header + q.SQL + ";\n"
}

// Answer returns the table that answers the query. A column that the header gives a
// unit or calls simulated, and that the answer does not have, is an error of category
// Usage.
func (q Query) Answer(columns []table.Column, rows [][]any) (table.Table, error) {
	answer := table.Table{
		Name: q.Name, Title: q.Title, Description: q.Description, Chart: q.Chart,
		Columns: slices.Clone(columns), Rows: rows,
	}
	for _, name := range slices.Sorted(maps.Keys(q.Units)) {
		at := answer.ColumnIndex(name)
		if at < 0 {
			return table.Table{}, q.lacks(name, "units", q.Source.UnitsLine, "which has a unit")
		}
		answer.Columns[at].Unit = q.Units[name]
	}
	for _, name := range q.Simulated {
		at := answer.ColumnIndex(name)
		if at < 0 {
			return table.Table{}, q.lacks(name, "simulated", q.Source.SimulatedLine, "which is simulated")
		}
		answer.Columns[at].IsSimulated = true
	}
	return answer, nil
}

// lacks returns the error for a column that a line of the header names and that the
// answer does not have.
func (q Query) lacks(column, key string, line int, why string) error {
	if q.IsOwn() {
		return q.wrong(line, "the answer has no column %q, %s", column, why)
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s of query %q: the answer has no column %q", key, q.Name, column),
		fmt.Sprintf("correct the line \"-- %s: …\" of the query's header", key))
}

// Load returns the program's own queries in their reading order.
func Load() ([]Query, error) {
	files, err := fs.Sub(sql.Analytics, "analytics")
	if err != nil {
		return nil, fmt.Errorf("open the built-in queries: %w", err)
	}
	return LoadFrom(files)
}

// LoadFrom reads every *.sql file at the top level of files. It sorts the
// queries by the "order" of their headers, then by name: the overview (the
// aggregate view, the age of the data) comes before the details. The first
// file that breaks a rule of the header or of the statement is an error that
// names the file; see parse.
func LoadFrom(files fs.FS) ([]Query, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the query files: %w", err)
	}
	queries := make([]Query, 0, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read query file %q: %w", name, err)
		}
		query, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("query file %q %w", name, err)
		}
		query.Name = strings.TrimSuffix(path.Base(name), ".sql")
		queries = append(queries, query)
	}
	sortQueries(queries)
	return queries, nil
}

// sortQueries puts queries into their reading order.
func sortQueries(queries []Query) {
	slices.SortFunc(queries, func(a, b Query) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
}
