package report

import (
	"strings"

	"liftoff/internal/table"
)

const (
	// minTextWidth is the minimum width of a text column when space is short.
	minTextWidth = 8
	// columnFrame is the width of a column's frame: a line, two spaces.
	columnFrame = 3
)

// layout is a table as text that fits the terminal.
type layout struct {
	// headers hold the lines of each column's header.
	headers [][]string
	cells   [][]string
	// widths are those of the columns inside the frame.
	widths  []int
	isRight []bool
}

// newLayout turns a table into text and fits it to the style's width: first
// headers are wrapped, then long text is cut. Numbers, moments, columns that are
// whole and the words of headers are never cut, even if that makes the table too
// wide.
func newLayout(t table.Table, s style) layout {
	l := layout{cells: make([][]string, len(t.Rows))}
	for i, row := range t.Rows {
		l.cells[i] = make([]string, len(row))
		for j, value := range row {
			l.cells[i][j] = Visible(display(value, s.null))
		}
	}
	limits := l.fit(t.Columns, s.width)
	for j, column := range t.Columns {
		header := wrap(readable(column.Name), limits[j])
		columns := widest(header)
		for _, cells := range l.cells {
			cells[j] = s.cut(cells[j], limits[j])
			columns = max(columns, displayWidth(cells[j]))
		}
		l.headers = append(l.headers, header)
		l.widths = append(l.widths, columns)
		l.isRight = append(l.isRight, column.Type.IsNumber())
	}
	return l
}

// fit returns how wide each column may be.
func (l layout) fit(columns []table.Column, total int) []int {
	widths := make([]int, len(columns))
	wrapped := make([]int, len(columns))
	cut := make([]int, len(columns))
	for j, column := range columns {
		data := 0
		for i := range l.cells {
			data = max(data, displayWidth(l.cells[i][j]))
		}
		word := widest(strings.Fields(readable(column.Name)))
		widths[j] = max(data, displayWidth(readable(column.Name)))
		wrapped[j] = max(data, word)
		cut[j] = wrapped[j]
		if column.Type == table.TypeText && !column.IsWhole {
			cut[j] = max(word, min(data, minTextWidth))
		}
	}
	available := total - columnFrame*len(columns) - 1
	shrink(widths, wrapped, available)
	shrink(widths, cut, available)
	return widths
}

// widest returns the width of the widest line.
func widest(lines []string) int {
	columns := 0
	for _, line := range lines {
		columns = max(columns, displayWidth(line))
	}
	return columns
}

// shrink narrows the widest columns until all fit or none can shrink further.
func shrink(widths, floors []int, available int) {
	sum := 0
	for _, width := range widths {
		sum += width
	}
	for ; sum > available; sum-- {
		widest := -1
		for i, width := range widths {
			if width > floors[i] && (widest < 0 || width > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// readable is a column's name as people read it.
func readable(name string) string {
	return strings.ReplaceAll(Visible(name), "_", " ")
}
