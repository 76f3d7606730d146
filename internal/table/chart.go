package table

// ChartKind is a way to draw a table; the set is closed.
type ChartKind string

// The kinds of chart.
const (
	// NoChart prints the table only.
	NoChart ChartKind = "none"
	// BarChart draws one horizontal bar for each row.
	BarChart ChartKind = "bar"
	// LineChart draws one line over all rows, in their order.
	LineChart ChartKind = "line"
)

// Chart says how to draw a table.
type Chart struct {
	Kind ChartKind
	// Label and Value name the columns of the labels and of the lengths or
	// heights; both are empty for NoChart.
	Label, Value string
}
