package chart

import (
	"math"
	"regexp"
	"slices"

	"liftoff/internal/plain"
)

// label is a text of a plot.
type label struct {
	X, Y float64
	Text string
	// isValue labels stand at marks, the others below the plot.
	IsValue bool
	// anchor is the part of the text that is at x.
	Anchor anchor
	// from is the least width of the whole chart in pixels at which the label is shown.
	From int
}

// anchor is a part of a text, as SVG calls it.
type anchor string

// The anchors; the zero value is the middle.
const (
	atMiddle anchor = "middle"
	atStart  anchor = "start"
	atEnd    anchor = "end"
)

// widths returns the widths of a chart from which on more labels are shown. The
// style sheet has a rule for each but the first.
func widths() []int { return []int{280, 340, 400, 460, 520, 600, innerWidth, 760, 860, 960} }

// axisGap is the room between the texts of the axis and the plot.
const axisGap = 10

// textWidth is the width of a text in pixels, about, rather too wide.
func textWidth(text string) float64 {
	const letter = 7.2
	return letter * float64(plain.Width(text))
}

// maxLabel is how many letters a label below the plot has at most.
const maxLabel = 16

// ranges shortens the names of ranges.
var (
	fromTo  = regexp.MustCompile(`^([0-9][0-9,.]*) to ([0-9][0-9,.]*)$`)
	andMore = regexp.MustCompile(`^([0-9][0-9,.]*) and more$`)
)

// shortLabel returns a label in few letters.
func shortLabel(text string) string {
	text = fromTo.ReplaceAllString(text, "$1–$2")
	text = andMore.ReplaceAllString(text, "$1+")
	return plain.Cut(text, maxLabel, "…")
}

// addLabels adds the labels below the plot and the values at marks, as far as they
// have room.
func (p *plot) addLabels(places []place, s scale, isLine bool) {
	p.addAxisLabels(axisLabelsOf(places))
	values := p.valueLabels(places, s, isLine)
	for _, width := range slices.Backward(widths()) {
		if !p.fits(values, width) {
			break
		}
		for i := range values {
			values[i].From = width
		}
	}
	// Where not all have room, the highest and the last are shown.
	for _, i := range telling(values, isLine) {
		alone := values[i]
		for _, width := range slices.Backward(widths()) {
			if !p.fits(append(p.shownAt(width, true), alone), width) {
				break
			}
			alone.From = width
		}
		if alone.From != 0 && (values[i].From == 0 || alone.From < values[i].From) {
			values[i].From = alone.From
			p.Labels = append(p.Labels, values[i])
		}
	}
	for _, v := range values {
		if v.From != 0 && !slices.ContainsFunc(p.Labels, func(l label) bool { return l.IsValue && l.X == v.X }) {
			p.Labels = append(p.Labels, v)
		}
	}
}

// shownAt returns the labels at marks that are shown in a chart of that width.
func (p *plot) shownAt(width int, isValue bool) []label {
	var shown []label
	for _, l := range p.Labels {
		if l.IsValue == isValue && l.From <= width {
			shown = append(shown, l)
		}
	}
	return shown
}

// telling returns the positions of the labels that tell most: of a line the last, of
// columns the highest and the last.
func telling(values []label, isLine bool) []int {
	if len(values) == 0 {
		return nil
	}
	last := len(values) - 1
	if isLine {
		return []int{last}
	}
	highest := 0
	for i, v := range values {
		if v.Y < values[highest].Y {
			highest = i
		}
	}
	if highest == last {
		return []int{last}
	}
	return []int{highest, last}
}

// valueLabels returns the labels at marks: of a line at the last point only.
func (p *plot) valueLabels(places []place, s scale, isLine bool) []label {
	const gap = 6
	var values []label
	for _, at := range places {
		if !at.hasValue {
			continue
		}
		top := 0.0
		for _, part := range at.parts {
			top += max(0, part.value)
		}
		values = append(values, label{X: at.x, Y: down(s.share(top)) - gap, Text: at.brief(), IsValue: true, Anchor: atMiddle})
		if isLine {
			values = []label{p.atLineEnd(at, down(s.share(at.value)))}
		}
	}
	return values
}

// atLineEnd returns the label of the last point of a line: above it, or below it where
// the line comes from above.
func (p *plot) atLineEnd(at place, y float64) label {
	const above, below = 9, 17
	l := label{X: at.x, Y: y - above, Text: plain.Cut(at.shown, maxLabel, "…"), IsValue: true, Anchor: atMiddle}
	if at.x > 0.85 {
		l.Anchor = atEnd
	}
	if last := len(p.Lines) - 1; last >= 0 && p.Lines[last].Y1 < p.Lines[last].Y2 && y+below < plotBase {
		l.Y = y + below
	}
	return l
}

// brief is the value of a point in few letters.
func (p point) brief() string {
	text := p.shown
	if len(p.parts) == 1 {
		text = minus(p.text)
	}
	if len(p.parts) == 1 && math.Abs(p.value) >= 100 && math.Abs(p.value) < 1e15 {
		text = p.parts[0].series.format.sum(math.Round(p.value))
	}
	return plain.Cut(text, maxLabel, "…")
}

// box is the room that a label takes.
type box struct{ left, right, top, bottom float64 }

func (b box) overlaps(other box) bool {
	return b.left < other.right && other.left < b.right && b.top < other.bottom && other.top < b.bottom
}

// boxOf returns the room of a label in a plot of that width, with some space around.
func (l label) boxOf(width float64) box {
	const gap, height = 3, 13
	half := textWidth(l.Text) / 2
	middle := l.X * width
	switch l.Anchor {
	case atStart:
		middle += half
	case atEnd:
		middle -= half
	}
	return box{middle - half - gap, middle + half + gap, l.Y - height + 2, l.Y + 2}
}

// plotWidth returns the width of the plot in a chart of that width.
func (p *plot) plotWidth(width int) float64 { return float64(width - p.AxisWidth - axisGap) }

// isInside reports whether a label stays in a chart of that width. Below the plot it may
// stand below the axis too.
func (p *plot) isInside(l label, width int) bool {
	const outside = 10
	left, plot := float64(outside), p.plotWidth(width)
	if !l.IsValue {
		left = float64(p.AxisWidth + axisGap)
	}
	b := l.boxOf(plot)
	return b.left >= -left && b.right <= plot+outside
}

// fits reports whether the labels overlap neither each other nor columns, and stay in
// a chart of that width.
func (p *plot) fits(labels []label, width int) bool {
	plot := p.plotWidth(width)
	boxes := make([]box, 0, len(labels))
	for _, l := range labels {
		b := l.boxOf(plot)
		if !p.isInside(l, width) {
			return false
		}
		for _, other := range boxes[max(0, len(boxes)-12):] {
			if b.overlaps(other) {
				return false
			}
		}
		boxes = append(boxes, b)
	}
	return len(labels) == 0 || !labels[0].IsValue || !p.isCrossed(boxes, plot)
}

// isCrossed reports whether a column or a line lies behind one of the boxes.
func (p *plot) isCrossed(boxes []box, plot float64) bool {
	for _, b := range boxes {
		for _, r := range p.Rects {
			if b.overlaps(box{r.X * plot, (r.X + r.Width) * plot, r.Y, r.Y + r.Height}) {
				return true
			}
		}
		for _, l := range p.Lines {
			if b.isCrossedBy(spot{l.X1 * plot, l.Y1}, spot{l.X2 * plot, l.Y2}) {
				return true
			}
		}
	}
	return false
}

// isCrossedBy reports whether a line lies in the box, by the steps in which it is cut
// at the box's sides.
func (b box) isCrossedBy(from, to spot) bool {
	enters, leaves := 0.0, 1.0
	for _, side := range [][2]float64{
		{from.x - to.x, from.x - b.left},
		{to.x - from.x, b.right - from.x},
		{from.y - to.y, from.y - b.top},
		{to.y - from.y, b.bottom - from.y},
	} {
		along, room := side[0], side[1]
		switch {
		case along == 0 && room < 0:
			return false
		case along < 0:
			enters = max(enters, room/along)
		case along > 0:
			leaves = min(leaves, room/along)
		}
	}
	return enters <= leaves
}
