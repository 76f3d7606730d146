package report

import (
	"fmt"
	"math"

	"liftoff/internal/table"
)

// point is one label and its value on a chart.
type point struct {
	label string
	// value is 0 if hasValue is false.
	value    float64
	hasValue bool
	// text is the value as the table shows it.
	text string
}

// height returns the value for drawing, or NaN without one.
func (p point) height() float64 {
	if !p.hasValue {
		return math.NaN()
	}
	return p.value
}

// writeChart prints the table's chart after an empty line, or nothing if it has
// none or no row has a value. A line needs two values and marks beyond ASCII;
// otherwise bars are drawn.
func writeChart(out *printer, t table.Table, s style) error {
	chart := t.Chart
	if chart.Kind == table.NoChart || chart.Kind == "" || s.noCharts {
		return nil
	}
	points, err := pointsOf(t, s)
	if err != nil {
		return err
	}
	withValue := 0
	for _, p := range points {
		if p.hasValue {
			withValue++
		}
	}
	if withValue == 0 {
		return nil
	}
	caption := readable(chart.Value) + " by " + readable(chart.Label)
	out.lines("", s.dim(caption))
	if chart.Kind == table.LineChart && withValue > 1 && !s.isASCII {
		out.lines(drawLine(points, s)...)
	} else {
		out.lines(drawBars(points, s)...)
	}
	return nil
}

// pointsOf returns the values of the chart's two columns.
func pointsOf(t table.Table, s style) ([]point, error) {
	chart := t.Chart
	label, value := t.ColumnIndex(chart.Label), t.ColumnIndex(chart.Value)
	if label < 0 || value < 0 {
		return nil, fmt.Errorf("chart of %q by %q: the table has no such columns", chart.Value, chart.Label)
	}
	if !t.Columns[value].Type.IsNumber() {
		return nil, fmt.Errorf("chart of %q: the column holds no numbers", chart.Value)
	}
	points := make([]point, len(t.Rows))
	for i, row := range t.Rows {
		n, ok := number(row[value])
		points[i] = point{
			label:    Visible(display(row[label], s.null)),
			value:    n,
			hasValue: ok,
			text:     display(row[value], s.null),
		}
	}
	return points, nil
}
