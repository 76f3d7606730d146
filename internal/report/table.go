package report

import (
	"fmt"
	"strings"

	"liftoff/internal/analytics"
)

// writeTables prints each result as title, table, description and chart.
func writeTables(out *printer, results []analytics.Result, s style) error {
	for i, result := range results {
		if i > 0 {
			out.print("\n")
		}
		if err := writeTable(out, result, s); err != nil {
			return fmt.Errorf("query %q: %w", result.Query.Name, err)
		}
	}
	return nil
}

// writeTable prints one result.
func writeTable(out *printer, result analytics.Result, s style) error {
	for _, line := range wrap(Visible(result.Query.Title), s.width) {
		out.lines(s.title(line))
	}
	if len(result.Rows) == 0 {
		out.lines("No rows.")
	} else {
		drawTable(out, newLayout(result, s), s.frame)
	}
	for _, line := range wrap(Visible(result.Query.Description), s.width) {
		out.lines(s.dim(line))
	}
	return writeChart(out, result, s)
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
			cell = padLeft(cell, l.widths[j])
		} else {
			cell = pad(cell, l.widths[j])
		}
		out.print(f.vertical, " ", cell, " ")
	}
	out.lines(f.vertical)
}

// headerLines turns headers of several lines into rows of cells, so that the
// last lines stand side by side.
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
