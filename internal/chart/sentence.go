package chart

import (
	"fmt"
	"strings"

	"liftoff/internal/table"
)

// sentence says what the chart shows, for those who do not see it.
func (c *Chart) sentence() string {
	title := clean(c.table.Title)
	switch {
	case c.bars != nil:
		return title
	case c.numbers != nil:
		return title + ": " + strings.Join(numberLines(c.numbers), "; ")
	}
	what := "columns"
	if c.table.Chart.Kind == table.LineChart {
		what = "a line"
	}
	first, last, highest := -1, -1, -1
	for i, p := range c.points {
		if !p.hasValue || (p.label == nullMark && first >= 0) {
			continue
		}
		if first < 0 {
			first = i
		}
		if last = i; highest < 0 || p.value+p.upcoming > c.points[highest].value+c.points[highest].upcoming {
			highest = i
		}
	}
	label := clean(c.table.Columns[c.table.ColumnIndex(c.table.Chart.Label)].ShortHeader())
	top := c.points[highest]
	text := fmt.Sprintf("%s: %s by %s, from %s at %s to %s at %s; the highest is %s at %s.", title, what, label,
		c.points[first].shown, c.points[first].label, c.points[last].shown, c.points[last].label, top.shown, top.label)
	if c.IsSimulated() {
		text += " The hatched values are simulated."
	}
	return text
}
