package report

import (
	"fmt"
	"math"
	"time"

	"liftoff/internal/table"
)

// point is one label and its value on a chart.
type point struct {
	label string
	// at is the moment that the label names; the zero time without one.
	at time.Time
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
// none or no row has a value. Over years, months or days it has a place for each
// of them. A line needs two values and marks beyond ASCII; otherwise bars are
// drawn.
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
	caption := header(t.Columns[t.ColumnIndex(chart.Value)]) + " by " + header(t.Columns[t.ColumnIndex(chart.Label)])
	out.lines("")
	for _, line := range wrap(caption, s.width) {
		out.lines(s.dim(line))
	}
	if chart.Kind == table.LineChart && withValue > 1 && !s.isASCII {
		out.lines(drawLine(onTimeLine(points, s.width-axisWidth), s)...)
	} else {
		out.lines(drawBars(withEmptyPeriods(points), s)...)
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
	labels, values := newCellFormat(t, label, s.null), newCellFormat(t, value, s.null)
	points := make([]point, len(t.Rows))
	for i, row := range t.Rows {
		n, ok := number(row[value])
		points[i] = point{
			label:    Visible(labels.text(row[label])),
			at:       momentOf(t.Columns[label], row[label]),
			value:    n,
			hasValue: ok,
			text:     values.text(row[value]),
		}
	}
	return points, nil
}
