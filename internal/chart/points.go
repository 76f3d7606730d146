package chart

import (
	"math"
	"slices"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// series is one column of values.
type series struct {
	column int
	style  style
	word   string
	// isUpcoming values are counted apart: they have not happened.
	isUpcoming bool
	isSlip     bool
	format     valueFormat
}

// point is one row, or a place on a time axis that no row has.
type point struct {
	label string
	// at is the moment that the label names; the zero time without one.
	at time.Time
	// value is the sum of the parts that are not upcoming; 0 if hasValue is false.
	value    float64
	hasValue bool
	// upcoming is the sum of the other parts.
	upcoming float64
	// text is the value as the table shows it, shown the same with its unit.
	text, shown string
	parts       []part
	// isHollow means that little stands behind the value.
	isHollow bool
	// row is the row's position, or noRow.
	row int
}

// noRow is the row of a place that no row has.
const noRow = -1

// part is one value of a row.
type part struct {
	series series
	value  float64
	ok     bool
	text   string
	style  style
}

// maxNumber is the greatest number that can be drawn: sums of more would be infinite.
const maxNumber = 1e300

// drawable returns a value as a number; ok is false for NULL and for what cannot be
// drawn.
func drawable(value any) (n float64, ok bool) {
	n, ok = table.Number(value)
	if !ok || math.Abs(n) > maxNumber {
		return 0, false
	}
	return n, true
}

// seriesOf returns the value columns of the chart. The names of outcomes have styles
// of their own.
func seriesOf(t table.Table) []series {
	isAllSimulated := t.Columns[t.ColumnIndex(t.Chart.Label)].IsSimulated
	var all []series
	for _, name := range append([]string{t.Chart.Value}, t.Chart.Values...) {
		at := t.ColumnIndex(name)
		s := series{column: at, word: clean(t.Columns[at].ShortHeader()), isSlip: isSlip(t.Columns[at]), format: formatOf(t, at)}
		s.style, s.word = meaningOf(name, s.word, len(all))
		s.isUpcoming = s.style == styleUpcoming
		if isAllSimulated || t.Columns[at].IsSimulated {
			s.style = styleSimulated
		}
		all = append(all, s)
	}
	return all
}

// meaningOf returns the style and the word of a column by its name.
func meaningOf(name, word string, position int) (style, string) {
	switch name {
	case "successes":
		return styleData, "success"
	case "failures":
		return styleFailure, "failure"
	case "unknown":
		return styleUnknown, "outcome not known"
	case "upcoming":
		return styleUpcoming, "upcoming"
	default:
		others := otherStyles()
		return others[position%len(others)], word
	}
}

// pointsOf returns a point for each row.
func pointsOf(t table.Table, all []series) []point {
	label := t.ColumnIndex(t.Chart.Label)
	labels := t.FormatOf(label, nullMark)
	hollowBy := slices.Index(columnNames(t), t.Chart.HollowBy)
	points := make([]point, len(t.Rows))
	for i, row := range t.Rows {
		p := point{label: clean(labels.Text(row[label])), at: momentOf(t.Columns[label], row[label]), row: i}
		for _, s := range all {
			p.add(s, row[s.column], styleOfLabel(p.label))
		}
		p.setTexts(all, row)
		if t.Chart.HollowBy != "" && hollowBy >= 0 {
			by, ok := table.Number(row[hollowBy])
			p.isHollow = ok && by < float64(t.Chart.HollowBelow)
		}
		points[i] = p
	}
	return points
}

// styleOfLabel returns the style of a row whose label says what its values are; "" for any
// other row.
func styleOfLabel(label string) style {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case table.SimulatedLabel:
		return styleSimulated
	case string(liftoff.OutcomeUpcoming):
		return styleUpcoming
	default:
		return ""
	}
}

// add adds a value to the point, whose row may have a style of its own.
func (p *point) add(s series, value any, ofRow style) {
	n, ok := drawable(value)
	drawn := part{series: s, value: n, ok: ok, text: s.format.shown(value), style: s.style}
	if ofRow == styleSimulated || ofRow != "" && s.style == styleData {
		drawn.style = ofRow
	}
	p.parts = append(p.parts, drawn)
	p.hasValue = p.hasValue || ok
	if s.isUpcoming {
		p.upcoming += n
	} else {
		p.value += n
	}
}

// setTexts sets what the point shows: one value as it is, or the sum of what
// happened and that of what is upcoming.
func (p *point) setTexts(all []series, row []any) {
	if len(all) == 1 {
		p.text, p.shown = clean(all[0].format.table.Text(row[all[0].column])), p.parts[0].text
		if all[0].isUpcoming {
			p.value, p.upcoming = p.upcoming, 0
		}
		return
	}
	if !p.hasValue {
		p.text, p.shown = nullMark, nullMark
		return
	}
	p.text = all[0].format.sum(p.value)
	if p.upcoming != 0 {
		p.text += " + " + all[0].format.sum(p.upcoming)
	}
	p.shown = p.text
	p.text = strings.ReplaceAll(p.text, "−", "-")
}

// height returns the value for drawing, or NaN without one.
func (p point) height() float64 {
	if !p.hasValue {
		return math.NaN()
	}
	return p.value
}

// hasValue reports whether any point has one.
func hasValue(points []point) bool {
	return slices.ContainsFunc(points, func(p point) bool { return p.hasValue })
}

// columnNames returns the names of the table's columns.
func columnNames(t table.Table) []string {
	names := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		names[i] = column.Name
	}
	return names
}

// maxText is the length of the longest text in a chart, in letters; the table has
// it whole.
const maxText = 300

// clean returns text that XML can hold and that hides nothing.
func clean(text string) string {
	text = plain.Visible(text)
	if strings.ContainsAny(text, "\uFFFE\uFFFF") {
		text = strings.NewReplacer("\uFFFE", `\ufffe`, "\uFFFF", `\uffff`).Replace(text)
	}
	return plain.Cut(text, maxText, "…")
}
