package report

import (
	"slices"
	"strings"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

const (
	// minTextWidth is the minimum width of a text column when space is short.
	minTextWidth = 16
	// minMainWidth is what a main column gets before other columns get anything.
	minMainWidth = 40
	// columnFrame is the width of a column's frame: a line, two spaces.
	columnFrame = 3
	// minColumns is how many columns are worth a table.
	minColumns = 3
)

// textColumn is a column of a table as text.
type textColumn struct {
	header string
	cells  []string
	// data is the width of the widest cell, word that of the header's widest word.
	data, word int
	isRight    bool
	// isKey columns are never left out, and isWhole columns never cut.
	isKey, isWhole bool
	// isMain columns are never left out. They are cut below minMainWidth only if no
	// other column can be left out.
	isMain bool
}

// floor is the least width of the column.
func (c textColumn) floor() int {
	if c.isWhole {
		return max(c.word, c.data)
	}
	return max(c.word, min(c.data, minTextWidth))
}

// textColumns turns a table into text.
func textColumns(t table.Table, s style) []textColumn {
	columns := make([]textColumn, len(t.Columns))
	for j, column := range t.Columns {
		c := textColumn{header: header(column), isRight: column.Type.IsNumber(), isKey: isKey(t, j)}
		c.isMain = column.IsMain
		c.isWhole = c.isKey || column.Type != table.TypeText || s.isUnlimited
		c.word = widest(strings.Fields(c.header))
		format := t.FormatOf(j, s.null)
		for _, row := range t.Rows {
			c.cells = append(c.cells, plain.Visible(format.Text(row[j])))
		}
		c.data = widest(c.cells)
		columns[j] = c
	}
	return columns
}

// isKey reports whether a column says what its rows are about: the first one, what
// a later command takes, and what the chart shows.
func isKey(t table.Table, position int) bool {
	column := t.Columns[position]
	switch column.Name {
	case "id", "name", "reason", "status", t.Chart.Label, t.Chart.Value:
		return true
	default:
		return position == 0 || column.IsWhole || strings.HasSuffix(column.Name, "_id")
	}
}

// widthOf returns the least width of a table with these columns.
func widthOf(columns []textColumn) int {
	width := 1
	for _, c := range columns {
		width += c.floor() + columnFrame
	}
	return width
}

// widthWished is widthOf with enough room for what people look for first.
func widthWished(columns []textColumn) int {
	width := widthOf(columns)
	for _, c := range columns {
		if c.isMain {
			width += max(c.floor(), min(c.data, minMainWidth)) - c.floor()
		}
	}
	return width
}

// fitting returns the columns that there is room for, and the headers of the
// others. It leaves out the last column that is no key, until the rest fits.
func fitting(columns []textColumn, s style) (kept []textColumn, leftOut []string) {
	kept = slices.Clone(columns)
	for !s.isUnlimited && widthWished(kept) > s.width {
		last := len(kept) - 1
		for last >= 0 && (kept[last].isKey || kept[last].isMain) {
			last--
		}
		if last < 0 {
			break
		}
		leftOut = append(leftOut, kept[last].header)
		kept = slices.Delete(kept, last, last+1)
	}
	slices.Reverse(leftOut)
	return kept, leftOut
}

// isForList reports whether a table of which only these columns fit is better read
// as a list: if they do not even fit, if hardly any is left, or of one row, which
// as a list has all columns.
func isForList(kept, columns []textColumn, s style) bool {
	if s.isUnlimited {
		return false
	}
	isIncomplete := len(kept) < len(columns)
	return widthOf(kept) > s.width || (isIncomplete && (len(kept) < minColumns || len(columns[0].cells) == 1))
}

// layout is a table as text that fits the terminal.
type layout struct {
	// headers hold the lines of each column's header.
	headers [][]string
	cells   [][]string
	// widths are those of the columns inside the frame.
	widths  []int
	isRight []bool
	isCut   bool
}

// newLayout fits columns to the style's width: first headers are wrapped, then
// text that is not whole is cut.
func newLayout(columns []textColumn, s style) layout {
	l := layout{cells: make([][]string, len(columns[0].cells))}
	for j, limit := range limits(columns, s.width) {
		c := columns[j]
		lines := plain.Wrap(c.header, limit)
		columnWidth := widest(lines)
		for i, cell := range c.cells {
			shown := s.cut(cell, limit)
			l.isCut = l.isCut || shown != cell
			l.cells[i] = append(l.cells[i], shown)
			columnWidth = max(columnWidth, plain.Width(shown))
		}
		l.headers = append(l.headers, lines)
		l.widths = append(l.widths, columnWidth)
		l.isRight = append(l.isRight, c.isRight)
	}
	return l
}

// limits returns how wide each column may be.
func limits(columns []textColumn, total int) []int {
	widths, wrapped, floors := make([]int, len(columns)), make([]int, len(columns)), make([]int, len(columns))
	for j, c := range columns {
		widths[j], wrapped[j], floors[j] = max(c.data, plain.Width(c.header)), max(c.data, c.word), c.floor()
	}
	available := total - columnFrame*len(columns) - 1
	shrink(widths, wrapped, available)
	shrink(widths, floors, available)
	return widths
}

// widest returns the width of the widest line.
func widest(lines []string) int {
	columns := 0
	for _, line := range lines {
		columns = max(columns, plain.Width(line))
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
