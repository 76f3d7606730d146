package chart

import (
	"math"
	"strings"

	"github.com/guptarohit/asciigraph"

	"liftoff/internal/plain"
)

const (
	// lineHeight is the height of a line chart in rows.
	lineHeight = 8
	// lineAxisWidth is room for the vertical axis and its numbers.
	lineAxisWidth = 12
	// maxStride keeps the steps of few points short.
	maxStride = 8
	// maxTicks keeps the labels of years apart.
	maxTicks = 6
	// manyPoints are more than anybody counts.
	manyPoints = 40
)

// drawLine draws the points as one line of steps, with some of their labels below
// it: between two points there are no values. The axis of percentages is that of all. A point without a value is a gap.
func drawLine(points []point, s textStyle, isPercent bool) []string {
	width := max(1, s.width-lineAxisWidth)
	last := len(points) - 1
	stride := max(1, min(maxStride, width/len(points)))
	options := []asciigraph.Option{
		asciigraph.Height(lineHeight),
		asciigraph.Precision(1),
		asciigraph.XAxisRange(0, float64(last)),
		asciigraph.XAxisTickCount(tickCount(last, max(2, min(maxTicks, width/(plain.Width(points[0].label)+2))))),
		asciigraph.XAxisValueFormatter(func(x float64) string {
			return points[min(last, int(math.Round(x)))].label
		}),
	}
	if isPercent {
		options = append(options, asciigraph.LowerBound(0), asciigraph.UpperBound(100))
	}
	// More points than columns: only then may the library smooth them away.
	if len(points)*stride > width {
		options = append(options, asciigraph.Width(width))
	}
	return strings.Split(asciigraph.Plot(steps(points, stride), options...), "\n")
}

// steps gives each point stride columns.
func steps(points []point, stride int) []float64 {
	heights := make([]float64, 0, len(points)*stride)
	for _, p := range points {
		for range stride {
			heights = append(heights, p.height())
		}
	}
	return heights
}

// tickCount returns how many labels, up to a limit, fall exactly on points, when
// the last of them has that index. Among many points half a point is not seen.
func tickCount(last, limit int) int {
	if last >= manyPoints {
		return limit
	}
	for parts := limit - 1; parts > 1; parts-- {
		if last%parts == 0 {
			return parts + 1
		}
	}
	return 2
}
