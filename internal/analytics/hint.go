package analytics

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"liftoff/internal/table"
)

// maxValues is how many values a column chart can stack: more cannot be told apart.
const maxValues = 6

// parseChart reads the hint on how to draw an answer; docs/queries.md lists all hints.
func parseChart(text string) (table.Chart, error) {
	words := strings.Fields(text)
	wrong := func(err error) (table.Chart, error) {
		return table.Chart{}, fmt.Errorf("chart %q %w", text, err)
	}
	if len(words) == 0 {
		return wrong(errUnknownChart)
	}
	chart, columns := table.Chart{Kind: table.ChartKind(words[0])}, words[1:]
	switch chart.Kind {
	case table.NoChart, table.NumbersChart:
		if len(columns) > 0 {
			return wrong(errUnknownChart)
		}
		return chart, nil
	case table.LineChart:
		if len(columns) == 5 && columns[2] == "hollow" {
			below, err := strconv.ParseInt(columns[4], 10, 64)
			if err != nil {
				return wrong(fmt.Errorf("has %q where a whole number belongs, as in: line year rate hollow launches 20", columns[4]))
			}
			chart.HollowBy, chart.HollowBelow, columns = columns[3], below, columns[:2]
		}
	case table.ColumnChart:
		if len(columns) > 2 {
			chart.Values, columns = columns[2:], columns[:2]
		}
	case table.BarChart, table.HistogramChart:
	default:
		return wrong(errUnknownChart)
	}
	if len(columns) != 2 {
		return wrong(errUnknownChart)
	}
	chart.Label, chart.Value = columns[0], columns[1]
	if err := checkChartColumns(chart); err != nil {
		return wrong(err)
	}
	return chart, nil
}

// errUnknownChart lists the hints.
var errUnknownChart = errors.New("is not one of: none, numbers, bar LABEL_COLUMN VALUE_COLUMN, line LABEL_COLUMN VALUE_COLUMN [hollow COLUMN MINIMUM], " +
	"column LABEL_COLUMN VALUE_COLUMN [VALUE_COLUMN …], histogram LABEL_COLUMN VALUE_COLUMN")

// checkChartColumns refuses names that no column can have, and a value that is drawn
// twice.
func checkChartColumns(chart table.Chart) error {
	for _, name := range chart.Columns() {
		if !isColumnName(name) {
			return errUnknownChart
		}
	}
	values := append([]string{chart.Value}, chart.Values...)
	if len(values) > maxValues {
		return fmt.Errorf("has %d values; it can have up to %d", len(values), maxValues)
	}
	for i, name := range values {
		if slices.Contains(values[:i], name) {
			return fmt.Errorf("has the value %q twice", name)
		}
	}
	return nil
}

// parseSimulated reads "COLUMN, COLUMN, …", the columns whose values are simulated. An
// empty text has none.
func parseSimulated(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if !isColumnName(name) {
			return nil, fmt.Errorf("simulated %q: %q is no name of a column, as in: simulated: mass_kg, delay_minutes", text, name)
		}
		if slices.Contains(names, name) {
			return nil, fmt.Errorf("simulated %q: column %q appears twice", text, name)
		}
		names = append(names, name)
	}
	return names, nil
}
