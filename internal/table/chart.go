package table

// ChartKind is a way to draw a table; the set is closed.
type ChartKind string

// The kinds of chart.
const (
	// NoChart prints the table only.
	NoChart ChartKind = "none"
	// NumbersChart shows the values of the first row as big numbers.
	NumbersChart ChartKind = "numbers"
	// BarChart draws one horizontal bar for each row.
	BarChart ChartKind = "bar"
	// LineChart draws one line over all rows, in their order.
	LineChart ChartKind = "line"
	// ColumnChart draws one column for each row; several values are stacked.
	ColumnChart ChartKind = "column"
	// HistogramChart draws one column for each row without room between them: the rows
	// are neighbouring ranges.
	HistogramChart ChartKind = "histogram"
)

// Chart says how to draw a table.
type Chart struct {
	Kind ChartKind
	// Label and Value name the columns of the labels and of the lengths or
	// heights; both are empty for NoChart and NumbersChart.
	Label, Value string
	// Values name further value columns of a ColumnChart, stacked on the first.
	Values []string
	// HollowBy names the column of a LineChart that says how much stands behind a
	// point: where it is below HollowBelow, the point is hollow. It may be empty.
	HollowBy    string
	HollowBelow int64
}

// Columns returns the names of all columns that the chart needs.
func (c Chart) Columns() []string {
	var names []string
	for _, name := range append([]string{c.Label, c.Value, c.HollowBy}, c.Values...) {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Numbers returns the names of those columns that have to hold numbers.
func (c Chart) Numbers() []string {
	if c.Label == "" {
		return nil
	}
	return c.Columns()[1:]
}
