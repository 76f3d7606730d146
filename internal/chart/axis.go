package chart

import (
	"math"
	"slices"
	"time"
)

// axisLabel is a label that may stand below the plot.
type axisLabel struct {
	label

	// number is the place's number in its calendar, or its position: a label is shown
	// where it can be divided by the stride.
	number int
	// isRest labels follow a time axis: a row without a date.
	isRest bool
}

// axisLabels are all labels that may stand below the plot.
type axisLabels struct {
	labels []axisLabel
	// strides are the distances that labels may have; each divides the next.
	strides []int
}

// addAxisLabels adds, for each width, as many labels as have room, at equal distances.
func (p *plot) addAxisLabels(axis axisLabels) {
	from := make([]int, len(axis.labels))
	for _, width := range slices.Backward(widths()) {
		for i := range p.axisLabelsAt(axis, width) {
			from[i] = width
		}
	}
	for i, l := range axis.labels {
		if from[i] != 0 {
			l.From = from[i]
			p.Labels = append(p.Labels, l.label)
		}
	}
}

// axisLabelsAt returns the positions of the labels that have room at a width.
func (p *plot) axisLabelsAt(axis axisLabels, width int) map[int]bool {
	for _, stride := range axis.strides {
		chosen := map[int]bool{}
		var labels []label
		for i, l := range axis.labels {
			if (l.isRest || l.number%stride == 0) && p.isInside(l.label, width) {
				chosen[i] = true
				labels = append(labels, l.label)
			}
		}
		if p.fits(labels, width) {
			return chosen
		}
	}
	return nil
}

// axisLabelsOf returns the labels of the places: of years at round ones.
func axisLabelsOf(places []place) axisLabels {
	points := make([]point, len(places))
	for i, p := range places {
		points[i] = p.point
	}
	series, _, isTime := splitSeries(points)
	isTime = isTime && len(series) > 1
	var unit period
	if isTime {
		var isPeriodic bool
		if unit, isPeriodic = periodOf(series); !isPeriodic {
			return timeLabels(places)
		}
		isTime = unit.days == 0
	}
	axis := axisLabels{strides: powersOfTwo()}
	if isTime {
		axis.strides = unit.strides()
	}
	for i, p := range places {
		l := axisLabel{label: label{X: p.x, Y: labelLine, Text: shortLabel(p.label), Anchor: atMiddle}, number: i}
		if isTime {
			l.number = unit.number(p.at)
			l.isRest = p.at.IsZero()
		}
		axis.labels = append(axis.labels, l)
	}
	return axis
}

// number is the period's number in the calendar.
func (p period) number(at time.Time) int {
	if p.years > 0 {
		return at.Year()
	}
	return at.Year()*12 + int(at.Month()) - 1
}

// strides are distances between labels that people find round.
func (p period) strides() []int {
	if p.years > 0 {
		return []int{1, 5, 10, 50, 100, 500, 1000}
	}
	return []int{1, 3, 6, 12, 60, 120, 600, 1200}
}

// powersOfTwo are distances; each divides the next one.
func powersOfTwo() []int {
	var strides []int
	for stride := 1; stride <= maxPlaces; stride *= 2 {
		strides = append(strides, stride)
	}
	return strides
}

// timeLabels returns labels at the beginnings of years, months or days between the
// first place and the last; in less than that at both ends.
func timeLabels(places []place) axisLabels {
	first, last := places[0], places[len(places)-1]
	span := seconds(first.at, last.at)
	at := func(moment time.Time) float64 {
		return first.x + (last.x-first.x)*seconds(first.at, moment)/span
	}
	for _, unit := range periods() {
		length := float64(unit.years*366+unit.months*31+unit.days) * 24 * 60 * 60
		if span < 3*length {
			continue
		}
		axis := axisLabels{strides: powersOfTwo()}
		if unit.days == 0 {
			axis.strides = unit.strides()
		}
		// Not one by one through ten thousand years.
		step := max(1, int(span/length)/maxPlaces)
		start := unit.after(unit.start(first.at))
		for i, moment := 0, start; !moment.After(last.at); i++ {
			l := axisLabel{label: label{X: at(moment), Y: labelLine, Text: moment.Format(unit.layout), Anchor: atMiddle}, number: i}
			if unit.days == 0 {
				l.number = unit.number(moment)
			}
			axis.labels = append(axis.labels, l)
			for range step {
				moment = unit.after(moment)
			}
		}
		return axis
	}
	ends := axisLabels{strides: []int{1, math.MaxInt}}
	for i, p := range []place{first, last} {
		ends.labels = append(ends.labels, axisLabel{label: label{X: p.x, Y: labelLine, Text: p.at.Format("2006-01-02 15:04"), Anchor: [2]anchor{atStart, atEnd}[i]}, number: i})
	}
	return ends
}
