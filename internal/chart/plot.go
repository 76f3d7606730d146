package chart

import (
	"fmt"
	"slices"
	"time"

	"liftoff/internal/table"
)

// A plot has a fixed height, and the width of where it is shown: places across are
// shares of the width, from 0 to 1, places down are pixels.
const (
	plotHeight = 240
	// plotTop leaves room for a value above the highest mark, plotBase for the labels
	// below the lowest.
	plotTop  = 20
	plotBase = plotHeight - 26
	// labelLine is where labels stand.
	labelLine = plotHeight - 8
)

// plot holds the marks of a chart with two axes.
type plot struct {
	Ticks []axisTick
	// axisWidth is the room for the ticks' texts, in pixels.
	AxisWidth int
	Rects     []rect
	Lines     []segment
	Dots      []dot
	Labels    []label
	// hollow says what hollow points are; "" without any.
	hollow string
}

// axisTick is a line across at a height.
type axisTick struct {
	Y      float64
	Text   string
	IsBase bool
}

// TextY is where the text stands.
func (t axisTick) TextY() float64 { return t.Y + 4 }

// rect is one value of a column.
type rect struct {
	X, Width, Y, Height float64
	Style               style
	Title               string
}

// segment is the line between two points.
type segment struct {
	X1, Y1, X2, Y2 float64
	Style          style
}

// dot is one point of a line.
type dot struct {
	X, Y     float64
	IsHollow bool
	Style    style
	Title    string
}

// place is a point with its place across.
type place struct {
	point

	x float64
}

// plotOf arranges the points; nil if they are too many.
func plotOf(t table.Table, all []series, points []point) *plot {
	isLine := t.Chart.Kind == table.LineChart
	places, width := placesOf(points, isLine)
	if len(places) > maxPlaces {
		return nil
	}
	p := &plot{}
	unit := t.Columns[all[0].column].Unit
	s := scaleFor(heights(places, isLine), unit, isLine)
	p.setTicks(s)
	if isLine {
		p.addLine(places, s)
		if t.Chart.HollowBy != "" && slices.ContainsFunc(p.Dots, func(d dot) bool { return d.IsHollow }) {
			by := t.Columns[t.ColumnIndex(t.Chart.HollowBy)]
			p.hollow = fmt.Sprintf("%s below %s", clean(by.ShortHeader()), table.Grouped(fmt.Sprint(t.Chart.HollowBelow)))
		}
	} else {
		share := 0.72
		if t.Chart.Kind == table.HistogramChart {
			share = 0.94
		}
		p.addColumns(places, s, width*share)
	}
	p.addLabels(places, s, isLine)
	return p
}

// placesOf gives each point its place across, and each period that no row has one
// too. It returns the width of a place as well. A line over moments that are no
// periods is in proportion to time.
func placesOf(points []point, isLine bool) ([]place, float64) {
	if isLine {
		if series, _, ok := splitSeries(points); ok {
			if _, isPeriodic := periodOf(series); !isPeriodic || len(withEmptyPeriods(series)) > maxPlaces {
				return inTime(series), 0
			}
			points = series
		}
	}
	points = withEmptyPeriods(points)
	places := make([]place, len(points))
	for i, p := range points {
		places[i] = place{p, (float64(i) + 0.5) / float64(len(points))}
	}
	return places, 1 / float64(max(1, len(points)))
}

// timeMargin keeps the first and the last point of a line off the edges.
const timeMargin = 0.01

// inTime places points in proportion to time; of many only so many as can be told
// apart.
func inTime(series []point) []place {
	first, last := series[0].at, series[len(series)-1].at
	if len(series) > maxPlaces {
		series = inProportion(series, maxPlaces, period{})
	}
	places := make([]place, len(series))
	for i, p := range series {
		// A span of time may be longer than a Duration holds.
		share := seconds(first, p.at) / seconds(first, last)
		places[i] = place{p, timeMargin + share*(1-2*timeMargin)}
	}
	return places
}

// seconds returns how much later to is than from.
func seconds(from, to time.Time) float64 {
	return float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9
}

// heights returns all values that the scale has to have room for.
func heights(places []place, isLine bool) []float64 {
	var values []float64
	for _, p := range places {
		if !p.hasValue {
			continue
		}
		if isLine {
			values = append(values, p.value)
			continue
		}
		below, above := 0.0, 0.0
		for _, part := range p.parts {
			below, above = below+min(0, part.value), above+max(0, part.value)
		}
		values = append(values, below, above)
	}
	return values
}

// down returns a share of the height as a place down.
func down(share float64) float64 { return plotTop + (1-share)*(plotBase-plotTop) }

// setTicks draws the lines of a scale.
func (p *plot) setTicks(s scale) {
	widest := 0.0
	for _, t := range s.ticks {
		p.Ticks = append(p.Ticks, axisTick{down(s.share(t.value)), t.text, t.value == 0 || len(p.Ticks) == 0 && s.lowest > 0})
		widest = max(widest, textWidth(t.text))
	}
	const leastWidth = 24
	p.AxisWidth = max(leastWidth, int(widest)+1)
}

// addColumns stacks the values of each place: those below zero downwards.
func (p *plot) addColumns(places []place, s scale, width float64) {
	for _, at := range places {
		below, above := 0.0, 0.0
		for _, part := range at.parts {
			if !part.ok || part.value == 0 {
				continue
			}
			from, to := above, above+part.value
			if part.value < 0 {
				from, to = below, below+part.value
				below = to
			} else {
				above = to
			}
			r := rect{X: at.x - width/2, Width: width, Style: part.style, Title: at.label + ": " + part.title(len(at.parts))}
			r.setHeight(down(s.share(from)), down(s.share(to)))
			if from != 0 {
				r.setApart(part.value > 0)
			}
			p.Rects = append(p.Rects, r)
		}
	}
}

// setHeight sets the ends of the rectangle. It is seen however small its value is.
func (r *rect) setHeight(from, to float64) {
	const least = 1.5
	r.Y, r.Height = min(from, to), max(from, to)-min(from, to)
	if r.Height < least {
		if to <= from {
			r.Y -= least - r.Height
		}
		r.Height = least
	}
}

// setApart leaves room between the rectangle and the one that it is stacked on.
func (r *rect) setApart(isAbove bool) {
	const gap, least = 1, 3
	if r.Height < least {
		return
	}
	r.Height -= gap
	if !isAbove {
		r.Y += gap
	}
}

// title is what a part says of itself.
func (p part) title(parts int) string {
	if parts == 1 {
		return p.text
	}
	return p.series.word + " " + p.text
}

// addLine connects the points; a place without a value is a gap.
func (p *plot) addLine(places []place, s scale) {
	var before *dot
	for _, at := range places {
		if !at.hasValue {
			before = nil
			continue
		}
		d := dot{X: at.x, Y: down(s.share(at.value)), IsHollow: at.isHollow && at.parts[0].style != styleSimulated, Style: at.parts[0].style, Title: at.label + ": " + at.shown}
		if before != nil {
			p.Lines = append(p.Lines, segment{before.X, before.Y, d.X, d.Y, d.Style})
		}
		p.Dots = append(p.Dots, d)
		before = &d
	}
	p.thinOut()
}

// manyDots are more than can be told apart, fewDots how many are kept of them.
const (
	manyDots = 120
	fewDots  = 40
)

// thinOut leaves out dots that stand in each other's way; the line shows their values
// still.
func (p *plot) thinOut() {
	if len(p.Dots) <= manyDots {
		return
	}
	var kept []dot
	for i, d := range p.Dots {
		if i%(len(p.Dots)/fewDots) == 0 || i == len(p.Dots)-1 {
			kept = append(kept, d)
		}
	}
	p.Dots = kept
}

// Radius is that of the dot: room enough for the pattern of simulated values.
func (d dot) Radius() float64 {
	if d.Style == styleSimulated {
		return 5
	}
	return 3.5
}
