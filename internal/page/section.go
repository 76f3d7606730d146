package page

import (
	"html/template"
	"strings"

	"liftoff/internal/chart"
	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// Section is an answer of the analytics as people look at it: a card with a chart.
type Section struct {
	// Name is the query's.
	Name, Title, Description string
	// Href is the address of the answer's own page; empty for none.
	Href string
	// IsWide gives it the whole width.
	IsWide bool
	// IsSimulated says that what it shows first is simulated.
	IsSimulated bool
	// Chart is the drawing. Without one, Empty says why.
	Chart template.HTML
	Empty string
	// Table has all values; nil leaves it out.
	Table *Table
	// Links lead to other forms of the answer.
	Links []Link
}

// NewSection returns the section of an answer, without its table and links.
func NewSection(answer table.Table) (Section, error) {
	drawing := chart.Of(answer)
	html, err := drawing.HTML()
	if err != nil {
		return Section{}, err
	}
	return Section{
		Name: answer.Name, Title: plain.Visible(answer.Title), Description: plain.Visible(withNull(answer.Description)),
		IsWide: answer.Chart.Kind == table.ColumnChart && len(answer.Chart.Values) > 0, IsSimulated: drawing.IsSimulated(),
		Chart: html, Empty: drawing.Empty(),
	}, nil
}

// Table is a table as people read it. No text of it is escaped yet.
type Table struct {
	// Label names it to those who do not see it; empty for "Table".
	Label string
	Head  []Heading
	Rows  [][]string
}

// Heading is the head of a column.
type Heading struct {
	Text string
	// IsNumber says that the column is aligned by its digits.
	IsNumber bool
	// IsSimulated says that its values are simulated.
	IsSimulated bool
	// IsWhole says that a value stays on one line.
	IsWhole bool
}

// NewTable returns all values of a table.
func NewTable(t table.Table) *Table {
	shown := &Table{Rows: make([][]string, len(t.Rows))}
	formats := make([]table.Format, len(t.Columns))
	for i, c := range t.Columns {
		shown.Head = append(shown.Head, Heading{
			Text: plain.Visible(plain.Capital(c.Header())), IsSimulated: c.IsSimulated,
			// A number that begins a row and measures nothing is its label, such as a year.
			IsNumber: c.Type.IsNumber() && (i > 0 || c.Unit != ""),
			IsWhole:  c.IsWhole || c.Type == table.TypeTimestamp,
		})
		formats[i] = t.FormatOf(i, Null)
	}
	for i, row := range t.Rows {
		shown.Rows[i] = make([]string, len(row))
		for j, value := range row {
			shown.Rows[i][j] = plain.Visible(formats[j].Text(value))
		}
	}
	return shown
}

// withNull spells NULL as the tables do, and leaves out the marks of commands.
func withNull(description string) string {
	return strings.ReplaceAll(strings.ReplaceAll(description, "NULL", Null), "`", "")
}
