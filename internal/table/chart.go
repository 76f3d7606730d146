package analytics

import (
	"fmt"
	"strings"
)

// ChartKind is a way to draw a result; the set is closed.
type ChartKind string

// The kinds of chart.
const (
	// NoChart means that the table says it all.
	NoChart ChartKind = "none"
	// BarChart draws one horizontal bar for each row.
	BarChart ChartKind = "bar"
	// LineChart draws one line over all rows, in their order.
	LineChart ChartKind = "line"
)

// Chart says how to draw a result.
type Chart struct {
	Kind ChartKind
	// Label and Value name the columns of the labels and of the lengths or
	// heights; both are empty for NoChart.
	Label, Value string
}

// parseChart reads "none", "bar LABEL VALUE" or "line LABEL VALUE".
func parseChart(text string) (Chart, error) {
	words := strings.Fields(text)
	switch {
	case len(words) == 1 && words[0] == string(NoChart):
		return Chart{Kind: NoChart}, nil
	case len(words) == 3 && isChartWithColumns(words[0]) && isColumnName(words[1]) && isColumnName(words[2]):
		return Chart{Kind: ChartKind(words[0]), Label: words[1], Value: words[2]}, nil
	default:
		return Chart{}, fmt.Errorf(
			"chart %q is not one of: none, bar LABEL_COLUMN VALUE_COLUMN, line LABEL_COLUMN VALUE_COLUMN", text)
	}
}

// isChartWithColumns reports whether word names a kind that needs columns.
func isChartWithColumns(word string) bool {
	return word == string(BarChart) || word == string(LineChart)
}

// isColumnName reports whether word can be a column name in both engines
// without quotes: lower case, since PostgreSQL folds names that way.
func isColumnName(word string) bool {
	for i, r := range word {
		isLetter := r == '_' || (r >= 'a' && r <= 'z')
		isDigit := r >= '0' && r <= '9'
		if !isLetter && (i == 0 || !isDigit) {
			return false
		}
	}
	return word != ""
}
