package chart

import (
	"math"

	"liftoff/internal/table"
)

// scale turns values into shares of the height of a plot.
type scale struct {
	lowest, highest float64
	ticks           []tick
}

// tick is a line across the plot with its value.
type tick struct {
	value float64
	text  string
}

// wishedSteps is how many steps a scale has, about.
const wishedSteps = 4

// leastSpan is the least difference that is divided into steps: in smaller ones a float
// cannot be divided.
const leastSpan = 1e-290

// scaleOf returns a scale over all values from the lowest to the highest, with round
// ticks. isWhole keeps them whole numbers.
func scaleOf(lowest, highest float64, isWhole bool) scale {
	if highest-lowest < leastSpan {
		// One value: room above and below it.
		room := max(math.Abs(highest)/2, leastSpan)
		if highest == 0 {
			room = 1
		}
		highest += room
		if lowest != 0 {
			lowest -= room
		}
	}
	step := niceStep((highest-lowest)/wishedSteps, isWhole)
	s := scale{lowest: math.Floor(lowest/step) * step, highest: math.Ceil(highest/step-1e-9) * step}
	count := int(math.Round((s.highest - s.lowest) / step))
	for i := range count + 1 {
		value := s.lowest + float64(i)*step
		if math.Abs(value) < step/1000 {
			value = 0
		}
		s.ticks = append(s.ticks, tick{value, minus(compact(value))})
	}
	return s
}

// niceStep returns the smallest round number that is not below the wished step.
func niceStep(wished float64, isWhole bool) float64 {
	power := math.Pow(10, math.Floor(math.Log10(wished)))
	for _, factor := range []float64{1, 2, 2.5, 5, 10} {
		step := factor * power
		if isWhole && (step < 1 || (step < 10 && factor == 2.5)) {
			continue
		}
		if step >= wished*(1-1e-9) {
			return step
		}
	}
	return 10 * power
}

// share returns how high above the lowest value a value is, from 0 to 1.
func (s scale) share(value float64) float64 {
	return min(1, max(0, (value-s.lowest)/(s.highest-s.lowest)))
}

// percentScale is the whole range of a percentage.
func percentScale() scale { return scaleOf(0, 100, true) }

// scaleFor returns the scale of values in a unit. Columns begin at zero; a line may
// begin higher, where its values are far from zero.
func scaleFor(values []float64, unit string, isLine bool) scale {
	lowest, highest := values[0], values[0]
	isWhole := true
	for _, v := range values {
		lowest, highest = min(lowest, v), max(highest, v)
		isWhole = isWhole && v == math.Trunc(v)
	}
	if unit == table.Percent && lowest >= 0 && highest <= 100 {
		return percentScale()
	}
	if !isLine || (lowest >= 0 && lowest < highest*0.6) {
		lowest = min(lowest, 0)
	}
	if !isLine || highest <= 0 && highest > lowest*0.6 {
		highest = max(highest, 0)
	}
	return scaleOf(lowest, highest, isWhole)
}
