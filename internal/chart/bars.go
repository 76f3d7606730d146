package chart

import (
	"slices"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// bars holds the marks of a bar chart: a table with a bar in each row. Places across
// are shares of the bar's cell, from 0 to 1.
type bars struct {
	Label, Value barColumn
	// others are the further columns.
	Others []barColumn
	Rows   []barRow
	// zero is where bars begin.
	Zero float64
	// more is how many rows are left out.
	More int
}

// barColumn is a column of the table beside the bars.
type barColumn struct {
	Header               string
	IsRight, IsSimulated bool
	// from is the least width of the chart at which the column is shown.
	From int
}

// barRow is a row with its bar.
type barRow struct {
	Label, Text string
	X, Width    float64
	Style       style
	Others      []barCell
	IsSimulated bool
}

// barCell is a cell of a further column.
type barCell struct {
	Text        string
	IsSimulated bool
}

// hasBar reports whether the row has a value that is not zero.
func (r barRow) hasBar() bool { return r.Width > 0 }

// hasSimulatedCells reports whether a cell shows a simulated value.
func (b *bars) hasSimulatedCells() bool {
	for _, column := range b.Others {
		if column.IsSimulated {
			return true
		}
	}
	return false
}

// IsLong reports whether labels need more room than others.
func (b *bars) IsLong() bool {
	const letters = 16
	return slices.ContainsFunc(b.Rows, func(r barRow) bool { return plain.Width(r.Label) > letters })
}

// barsOf arranges the points as bars.
func barsOf(t table.Table, s series, points []point) *bars {
	b := &bars{More: max(0, len(points)-maxPlaces)}
	points = points[:len(points)-b.More]
	minutes := slipMinutes(t, s)
	if minutes >= 0 {
		points = byMinute(t, points, minutes)
	}
	lowest, highest := 0.0, 0.0
	for _, p := range points {
		lowest, highest = min(lowest, p.value), max(highest, p.value)
	}
	span := highest - lowest
	if span > 0 {
		b.Zero = -lowest / span
	}
	isDiverging := lowest < 0 || s.isSlip
	others := b.setColumns(t, s, minutes)
	for _, p := range points {
		row := barRow{Label: p.label, Text: p.shown, Style: p.parts[0].style}
		row.IsSimulated = row.Style == styleSimulated
		if isDiverging && !row.IsSimulated {
			row.Style = styleLate
			if p.value < 0 {
				row.Style = styleEarly
			}
		}
		if span > 0 && p.hasValue && p.value != 0 {
			row.X, row.Width = b.Zero+min(0, p.value)/span, max(p.value, -p.value)/span
		}
		for _, o := range others {
			row.Others = append(row.Others, barCell{o.format.shown(t.Rows[p.row][o.column]), o.isSimulated || isRowSimulated(p)})
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// slipMinutes returns the column of slips to the minute beside one of slips in days, or
// -1.
func slipMinutes(t table.Table, s series) int {
	at := t.ColumnIndex("slip_minutes")
	if !s.isSlip || s.format.unit != unitDays || at < 0 || t.Columns[at].Unit != unitMinutes || t.Columns[at].IsSimulated != t.Columns[s.column].IsSimulated {
		return -1
	}
	return at
}

// byMinute returns the points with their slips to the minute, where those are known.
func byMinute(t table.Table, points []point, minutes int) []point {
	const perDay = 24 * 60
	points = slices.Clone(points)
	for i, p := range points {
		if n, ok := drawable(t.Rows[p.row][minutes]); ok {
			points[i].value, points[i].hasValue = n/perDay, true
			points[i].shown = slip(n)
		}
	}
	return points
}

// isRowSimulated reports whether the label marks the values of a row as simulated.
func isRowSimulated(p point) bool {
	return p.parts[0].style == styleSimulated && p.parts[0].series.style != styleSimulated
}

// otherColumn is a column beside the bar and its value.
type otherColumn struct {
	column      int
	format      valueFormat
	isSimulated bool
}

// setColumns sets the headers. Columns for which there is no room beside the labels and
// the bars are shown from a greater width on.
func (b *bars) setColumns(t table.Table, s series, minutes int) []otherColumn {
	label := t.ColumnIndex(t.Chart.Label)
	b.Label = barColumn{Header: headerOf(t, label)}
	b.Value = barColumn{Header: headerOf(t, s.column), IsRight: true}
	room := cellWidth(t, s.column, s.format)
	var others []otherColumn
	for i, column := range t.Columns {
		if i == label || i == s.column || i == minutes {
			continue
		}
		o := otherColumn{i, formatOf(t, i), column.IsSimulated}
		others = append(others, o)
		room += cellWidth(t, i, o.format)
		b.Others = append(b.Others, barColumn{Header: headerOf(t, i), IsRight: column.Type.IsNumber(), IsSimulated: column.IsSimulated, From: leastFor(room)})
	}
	return others
}

// cellWidth returns the width of a column of values in pixels.
func cellWidth(t table.Table, column int, format valueFormat) float64 {
	const padding, tag, widest = 14, 68, 180
	header := textWidth(headerOf(t, column))
	if t.Columns[column].IsSimulated {
		header += tag
	}
	for _, row := range t.Rows[:min(len(t.Rows), maxPlaces)] {
		header = max(header, textWidth(format.shown(row[column])))
	}
	return min(header, widest) + padding
}

// leastFor returns the first of the widths of which the values take so much room and no
// more than their share.
func leastFor(room float64) int {
	const share = 0.45
	for _, width := range widths() {
		if float64(width)*share >= room {
			return width
		}
	}
	return widths()[len(widths())-1]
}

// headerOf returns a header for values that have their unit beside them. Two columns
// that differ in their unit only have it in the header too.
func headerOf(t table.Table, column int) string {
	short := t.Columns[column].ShortHeader()
	if isSlip(t.Columns[column]) {
		return plain.Capital(clean(short))
	}
	for i, other := range t.Columns {
		if i != column && other.ShortHeader() == short {
			short = t.Columns[column].Header()
		}
	}
	return plain.Capital(clean(short))
}
