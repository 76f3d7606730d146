package report

import (
	"math"
	"strconv"
	"strings"

	"liftoff/internal/plain"
)

const (
	// columnsHeight is the height of the highest column in rows.
	columnsHeight = 5
	// maxColumnWidth keeps a few columns from becoming walls.
	maxColumnWidth = 6
	// minColumnWidth has room for a count of three digits and a gap.
	minColumnWidth = 4
)

// drawColumns draws one column for each year from the first to the last, with its
// count above and the year below. A year without a count is an empty place. If
// the years do not fit, the newest are drawn.
func drawColumns(years []YearCount, s style) []string {
	years = everyYear(years, s.width/minColumnWidth)
	if len(years) == 0 {
		return nil
	}
	width := min(maxColumnWidth, s.width/len(years))
	highest := int64(1)
	for _, y := range years {
		highest = max(highest, y.Launches)
	}
	lines := make([]strings.Builder, columnsHeight+2) // the count is above, the year below
	for _, y := range years {
		column := columnOf(y, highest, width, s)
		for i := range lines {
			lines[i].WriteString(column[i])
		}
	}
	drawn := make([]string, len(lines))
	for i := range lines {
		drawn[i] = strings.TrimRight(lines[i].String(), " ")
	}
	return drawn
}

// everyYear returns the years from the first to the last in their order, with
// those between that have no count; at most so many, the newest.
func everyYear(years []YearCount, most int) []YearCount {
	if len(years) == 0 {
		return nil
	}
	counts := map[int64]int64{}
	first, last := years[0].Year, years[0].Year
	for _, y := range years {
		counts[y.Year] += y.Launches
		first, last = min(first, y.Year), max(last, y.Year)
	}
	first = max(first, last-int64(most)+1)
	every := make([]YearCount, 0, most)
	for year := first; year <= last; year++ {
		every = append(every, YearCount{year, counts[year]})
	}
	return every
}

// columnOf returns the lines of one column from top to bottom.
func columnOf(y YearCount, highest int64, width int, s style) []string {
	const gap = 1
	steps := len(verticalBlocks)
	full := strings.Repeat("#", width-gap)
	if s.isASCII {
		steps = 1
	}
	height := int(math.Round(float64(y.Launches) / float64(highest) * float64(columnsHeight*steps)))
	if y.Launches > 0 {
		height = max(height, 1)
	}
	rows := make([]string, 0, columnsHeight)
	for left := height; left > 0; left -= steps {
		if !s.isASCII {
			full = strings.Repeat(string(verticalBlocks[min(left, steps)-1]), width-gap)
		}
		rows = append(rows, full)
	}
	count := ""
	if y.Launches > 0 {
		count = shortCount(y.Launches, width-gap)
	}
	lines := make([]string, columnsHeight+2)
	for i := range lines {
		lines[i] = strings.Repeat(" ", width)
	}
	lines[columnsHeight+1] = plain.Pad(yearLabel(y.Year, width-gap), width)
	for i, row := range rows {
		lines[columnsHeight-i] = plain.Pad(row, width)
	}
	lines[columnsHeight-len(rows)] = plain.Pad(count, width)
	return lines
}

// verticalBlocks are the tops of a column, from the lowest to a full row.
var verticalBlocks = []rune("▁▂▃▄▅▆▇█") //nolint:gochecknoglobals // never changes

// yearLabel returns a year in four digits, or in its last two.
func yearLabel(year int64, width int) string {
	label := strconv.FormatInt(year, 10)
	if len(label) > width {
		return label[max(0, len(label)-2):]
	}
	return label
}

// shortCount returns a count in as many digits as fit: 1,234,567 is 1.2M in four
// columns and 1M in two. It is empty if nothing fits that says how many there are.
func shortCount(count int64, width int) string {
	exact := thousands(count)
	if len(exact) <= width {
		return exact
	}
	for _, unit := range []struct {
		size   float64
		suffix string
	}{{1e3, "k"}, {1e6, "M"}, {1e9, "G"}} {
		for _, digits := range []int{1, 0} {
			short := strconv.FormatFloat(float64(count)/unit.size, 'f', digits, 64) + unit.suffix
			if len(short) <= width && float64(count) >= unit.size {
				return short
			}
		}
	}
	return ""
}
