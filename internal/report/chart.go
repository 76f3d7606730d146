package report

import (
	"bytes"

	"liftoff/internal/chart"
	"liftoff/internal/table"
)

// writeChart prints the table's chart after an empty line, or nothing if it has none
// or no row has a value. Numbers have no chart: the table has them already.
func writeChart(out *printer, t table.Table, s style) error {
	if s.noCharts || t.Chart.Kind == table.NoChart || t.Chart.Kind == table.NumbersChart || t.Chart.Kind == "" {
		return nil
	}
	options := chart.TextOptions{Width: s.width, ASCII: s.isASCII, Color: s.isColor}
	if s.isUnlimited {
		options.Width = 0
	}
	var drawn bytes.Buffer
	if err := chart.Of(t).WriteText(&drawn, options); err != nil {
		return err
	}
	if drawn.Len() > 0 {
		out.print("\n", drawn.String())
	}
	return nil
}
