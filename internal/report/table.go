package report

import (
	"fmt"
	"strings"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// writeTables prints each table as title, rows, description and chart.
func writeTables(out *printer, tables []table.Table, s style) error {
	for i, t := range tables {
		if i > 0 {
			out.print("\n")
		}
		if err := writeTable(out, t, s); err != nil {
			return fmt.Errorf("table %q: %w", t.Name, err)
		}
	}
	return nil
}

// writeTable prints one table.
func writeTable(out *printer, t table.Table, s style) error {
	for _, line := range plain.Wrap(plain.Visible(t.Title), s.width) {
		out.lines(s.title(line))
	}
	var notes []string
	switch {
	case len(t.Columns) == 0:
		out.lines("No columns.")
	case len(t.Rows) == 0:
		out.lines("No rows.")
	default:
		notes = writeRows(out, textColumns(t, s), s)
	}
	for _, text := range append(notes, withNull(t.Description, s.null)) {
		for _, line := range plain.Wrap(plain.Visible(text), s.width) {
			out.lines(s.dim(line))
		}
	}
	return writeChart(out, t, s)
}

// writeRows prints the rows in a frame, or as a list where that is too narrow. It
// returns what to say about columns that were left out and text that was cut.
func writeRows(out *printer, columns []textColumn, s style) (notes []string) {
	kept, leftOut := fitting(columns, s)
	isCut := false
	if isForList(kept, columns, s) {
		leftOut = nil
		drawList(out, columns, s)
	} else {
		l := newLayout(kept, s)
		isCut = l.isCut
		drawTable(out, l, s.frame)
	}
	if len(leftOut) > 0 {
		notes = append(notes, "Left out: "+strings.Join(leftOut, ", ")+". A wider terminal or -o json shows all columns.")
	}
	if isCut {
		notes = append(notes, "Texts that end in "+s.ellipsis+" are cut. A wider terminal or -o json shows them whole.")
	}
	return notes
}

// drawTable puts a frame around a layout.
func drawTable(out *printer, l layout, f frame) {
	drawRule(out, l.widths, f.horizontal, f.top)
	for _, cells := range headerLines(l.headers) {
		drawRow(out, l, f, cells)
	}
	drawRule(out, l.widths, f.horizontal, f.middle)
	for _, cells := range l.cells {
		drawRow(out, l, f, cells)
	}
	drawRule(out, l.widths, f.horizontal, f.bottom)
}

// drawRule prints a line between rows: its left end, its crossings, its right
// end.
func drawRule(out *printer, widths []int, horizontal string, ends [3]string) {
	out.print(ends[0])
	for j, columns := range widths {
		if j > 0 {
			out.print(ends[1])
		}
		out.print(strings.Repeat(horizontal, columns+2))
	}
	out.lines(ends[2])
}

// drawRow prints one cell for each column.
func drawRow(out *printer, l layout, f frame, cells []string) {
	for j, cell := range cells {
		if l.isRight[j] {
			cell = plain.PadLeft(cell, l.widths[j])
		} else {
			cell = plain.Pad(cell, l.widths[j])
		}
		out.print(f.vertical, " ", cell, " ")
	}
	out.lines(f.vertical)
}

// headerLines turns headers of several lines into rows of cells, aligned at
// the bottom.
func headerLines(headers [][]string) [][]string {
	height := 0
	for _, lines := range headers {
		height = max(height, len(lines))
	}
	rows := make([][]string, height)
	for i := range rows {
		rows[i] = make([]string, len(headers))
		for j, lines := range headers {
			if at := i - height + len(lines); at >= 0 {
				rows[i][j] = lines[at]
			}
		}
	}
	return rows
}
