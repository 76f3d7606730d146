package chart

import (
	"math"
	"time"

	"liftoff/internal/table"
)

// maxPeriods is how many places a time axis has at most for years, months or
// days; with more, empty ones are left out.
const maxPeriods = 120

// period is a part of the calendar.
type period struct {
	// years, months and days are its length, and layout its name.
	years, months, days int
	layout              string
}

// periods are all periods, the longest first.
func periods() []period {
	return []period{{years: 1, layout: "2006"}, {months: 1, layout: "2006-01"}, {days: 1, layout: "2006-01-02"}}
}

// momentOf returns the moment that a label names: a moment, a whole number in a
// column called year, or a text such as 2006-01 or 2006-01-02. It is the zero time
// for any other label.
func momentOf(column table.Column, label any) time.Time {
	switch v := label.(type) {
	case time.Time:
		return v.UTC()
	case int64:
		if column.Name == "year" && v > 0 && v < 10_000 {
			return time.Date(int(v), time.January, 1, 0, 0, 0, 0, time.UTC)
		}
	case string:
		for _, p := range periods()[1:] {
			if at, err := time.Parse(p.layout, v); err == nil {
				return at
			}
		}
	}
	return time.Time{}
}

// splitSeries splits points into those on a time axis and those after them whose
// labels name no moment. ok is false unless the moments ascend.
func splitSeries(points []point) (series, rest []point, ok bool) {
	for i, p := range points {
		if p.at.IsZero() {
			series, rest = points[:i], points[i:]
			break
		}
		series = points[:i+1]
	}
	for i := 1; i < len(series); i++ {
		if !series[i].at.After(series[i-1].at) {
			return nil, nil, false
		}
	}
	for _, p := range rest {
		if !p.at.IsZero() {
			return nil, nil, false
		}
	}
	return series, rest, len(series) > 1
}

// periodOf returns the longest period of which each point is a beginning.
func periodOf(series []point) (period, bool) {
	for _, p := range periods() {
		isPeriod := true
		for _, point := range series {
			isPeriod = isPeriod && p.start(point.at).Equal(point.at)
		}
		if isPeriod {
			return p, true
		}
	}
	return period{}, false
}

// withEmptyPeriods adds a point without a value for each year, month or day that
// no row has. Points that are no such series, or that would become too many, stay
// as they are.
func withEmptyPeriods(points []point) []point {
	series, rest, ok := splitSeries(points)
	if !ok {
		return points
	}
	p, ok := periodOf(series)
	if !ok {
		return points
	}
	filled, ok := p.fill(series, maxPeriods)
	if !ok {
		return points
	}
	return append(filled, rest...)
}

// start returns the beginning of the period with that moment.
func (p period) start(at time.Time) time.Time {
	switch {
	case p.years > 0:
		return time.Date(at.Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
	case p.months > 0:
		return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	default:
		return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	}
}

// after returns the beginning of the next period.
func (p period) after(at time.Time) time.Time { return at.AddDate(p.years, p.months, p.days) }

// fill returns one point for each period of a series; ok is false if there are
// more than the limit.
func (p period) fill(series []point, limit int) (filled []point, ok bool) {
	for _, next := range series {
		if len(filled) > 0 {
			for at := p.after(filled[len(filled)-1].at); at.Before(next.at); at = p.after(at) {
				filled = append(filled, point{label: at.Format(p.layout), at: at, row: noRow})
				if len(filled) > limit {
					return nil, false
				}
			}
		}
		next.label = next.at.Format(p.layout)
		filled = append(filled, next)
	}
	return filled, len(filled) <= limit
}

// onTimeLine returns the points for a line of so many columns. Over years, months
// or days each has its place. If those are too many, or over other moments, there
// is a point for each column. Points that are no such series stay as they are.
func onTimeLine(points []point, columns int) []point {
	series, _, ok := splitSeries(points)
	if !ok {
		return points
	}
	p, isPeriodic := periodOf(series)
	if !isPeriodic {
		return inProportion(series, columns, period{})
	}
	if filled, fits := p.fill(series, columns); fits {
		return filled
	}
	return inProportion(series, columns, p)
}

// inProportion returns a point for each column of a line: of the points since the
// column before it the one that differs most from that, so that no extreme is
// lost, and without any the newest. A period that no point has is a gap.
func inProportion(series []point, columns int, p period) []point {
	first, last := series[0].at, series[len(series)-1].at
	places := make([]point, max(2, columns))
	newest := 0
	for i := range places {
		at := first.Add(time.Duration(float64(last.Sub(first)) * float64(i) / float64(len(places)-1)))
		if i == len(places)-1 {
			at = last
		}
		shown := series[newest]
		for newest+1 < len(series) && !series[newest+1].at.After(at) {
			newest++
			if next := series[newest]; isFarther(next, shown, places[max(0, i-1)]) {
				shown = next
			}
		}
		if p != (period{}) && shown.at.Equal(series[newest].at) && !p.after(shown.at).After(at) {
			shown = point{}
		}
		shown.at, shown.label = at, at.Format(time.DateOnly)
		places[i] = shown
	}
	return places
}

// isFarther reports whether a point is at least as far from the one before as the
// other point is.
func isFarther(p, other, before point) bool {
	return !other.hasValue || math.Abs(p.value-before.value) >= math.Abs(other.value-before.value)
}
