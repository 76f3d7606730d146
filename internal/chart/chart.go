// Package chart draws tables: as HTML for a page, as an SVG or PNG file of its own,
// and as text for a terminal. What is drawn is worked out once, by [Of], from a table
// and its hint. Text of the table is data: it is escaped everywhere.
//
// Simulated values are hatched, and nothing else is.
package chart

import (
	_ "embed"
	"fmt"
	"strings"

	"liftoff/internal/table"
)

// CSS holds the rules for the classes of what this package returns as HTML. They need
// the variables of the page's colours and fonts.
//
//go:embed chart.css
var CSS string

const (
	// maxPlaces is how many columns or points a chart has at most.
	maxPlaces = 1000
	// nullMark stands for NULL.
	nullMark = "—"
)

// Chart is a table ready to be drawn.
type Chart struct {
	table table.Table
	// empty says why there is nothing to draw; err is set if the hint is wrong.
	empty string
	err   error
	// points are the rows of a chart with labels, series the columns drawn of each.
	series []series
	points []point
	// One of these is set unless the chart is empty.
	numbers []Number
	bars    *bars
	plot    *plot
	legend  []key
}

// Of works out what to draw of a table. It never returns nil: a table without a chart
// gives one that is empty.
func Of(t table.Table) *Chart {
	c := &Chart{table: t}
	if t.Chart.Kind == table.NoChart || t.Chart.Kind == "" {
		c.empty = "This table has no chart."
		return c
	}
	if c.err = check(t); c.err != nil {
		c.empty = "The chart cannot be drawn: " + clean(c.err.Error()) + "."
		return c
	}
	if len(t.Rows) == 0 {
		c.empty = "There is nothing to draw: no rows."
		return c
	}
	if t.Chart.Kind == table.NumbersChart {
		c.numbers = numbersOf(t)
		return c
	}
	c.series = seriesOf(t)
	c.points = pointsOf(t, c.series)
	if !hasValue(c.points) {
		c.empty = "There is nothing to draw: no row has a value."
		return c
	}
	c.arrange()
	return c
}

// arrange works out the marks.
func (c *Chart) arrange() {
	if c.table.Chart.Kind == table.BarChart {
		c.bars = barsOf(c.table, c.series[0], c.points)
	} else if c.plot = plotOf(c.table, c.series, c.points); c.plot == nil {
		c.empty = fmt.Sprintf("There is nothing to draw: %s rows are more than the %s that a chart can show.",
			table.Grouped(fmt.Sprint(len(c.table.Rows))), table.Grouped(fmt.Sprint(maxPlaces)))
		return
	}
	c.legend = c.keys()
}

// check returns an error if the table does not have what its chart needs.
func check(t table.Table) error {
	chart := t.Chart
	switch chart.Kind {
	case table.NumbersChart:
		return nil
	case table.BarChart, table.LineChart, table.ColumnChart, table.HistogramChart:
	default:
		return fmt.Errorf("%q is no kind of chart", chart.Kind)
	}
	for _, name := range append(chart.Columns(), chart.Label, chart.Value) {
		if t.ColumnIndex(name) < 0 {
			return fmt.Errorf("chart of %q by %q: the table has no such columns", strings.Join(append([]string{chart.Value}, chart.Values...), " "), chart.Label)
		}
	}
	for _, name := range chart.Numbers() {
		if !t.Columns[t.ColumnIndex(name)].Type.IsNumber() {
			return fmt.Errorf("chart of %q: the column holds no numbers", name)
		}
	}
	return nil
}

// Empty says in a sentence why there is nothing to draw; "" if there is.
func (c *Chart) Empty() string { return c.empty }

// IsSimulated reports whether simulated values are drawn.
func (c *Chart) IsSimulated() bool {
	if c.empty != "" {
		return false
	}
	for _, n := range c.numbers {
		if n.IsSimulated {
			return true
		}
	}
	for _, k := range c.legend {
		if k.Style == styleSimulated {
			return true
		}
	}
	return c.bars != nil && c.bars.hasSimulatedCells()
}
