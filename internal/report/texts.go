package report

import (
	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// Texts returns the values of a table as people read them: quantities with commas
// between thousands, moments to the second, and the mark null for NULL. Hidden characters
// are shown as escapes; nothing is escaped for HTML.
func Texts(t table.Table, null string) [][]string {
	formats := make([]table.Format, len(t.Columns))
	for i := range t.Columns {
		formats[i] = t.FormatOf(i, null)
	}
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([]string, len(row))
		for j, value := range row {
			rows[i][j] = plain.Visible(formats[j].Text(value))
		}
	}
	return rows
}
