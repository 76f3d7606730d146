package report

import (
	"fmt"
	"math"

	"liftoff/internal/analytics"
)

// point is one label and its value on a chart.
type point struct {
	label string
	// value is 0 when there is none.
	value    float64
	hasValue bool
	// text is the value as it stands in the table.
	text string
}

// height is the point's value for drawing: not a number when there is none.
func (p point) height() float64 {
	if !p.hasValue {
		return math.NaN()
	}
	return p.value
}

// writeChart prints the chart that the query asks for, after an empty line;
// nothing when it asks for none or when no row has a value. A line needs two
// values and marks beyond ASCII; where it cannot be drawn, bars are.
func writeChart(out *printer, result analytics.Result, s style) error {
	chart := result.Query.Chart
	if chart.Kind == analytics.NoChart || chart.Kind == "" {
		return nil
	}
	points, err := pointsOf(result, s)
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
	if chart.Kind == analytics.LineChart && withValue > 1 && !s.isASCII {
		out.lines(drawLine(points, s)...)
	} else {
		out.lines(drawBars(points, s)...)
	}
	return nil
}

// pointsOf takes the chart's two columns out of the result.
func pointsOf(result analytics.Result, s style) ([]point, error) {
	chart := result.Query.Chart
	label, value := result.ColumnIndex(chart.Label), result.ColumnIndex(chart.Value)
	if label < 0 || value < 0 {
		return nil, fmt.Errorf("chart of %q by %q: the result has no such columns", chart.Value, chart.Label)
	}
	if !result.Columns[value].Type.IsNumber() {
		return nil, fmt.Errorf("chart of %q: the column holds no numbers", chart.Value)
	}
	points := make([]point, len(result.Rows))
	for i, row := range result.Rows {
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
