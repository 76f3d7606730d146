package report

import (
	"math"
	"strings"

	"github.com/guptarohit/asciigraph"
)

const (
	// lineHeight is the height of a line chart in rows.
	lineHeight = 8
	// axisWidth is room for the vertical axis and its numbers.
	axisWidth = 12
	// maxStride keeps a line over few points from becoming one long slope.
	maxStride = 4
	// maxTicks keeps the labels of years apart.
	maxTicks = 6
)

// drawLine draws the points as one line, with some of their labels below it.
// A point without a value is a gap.
func drawLine(points []point, s style) []string {
	width := max(1, s.width-axisWidth)
	last := len(points) - 1
	stride := max(1, min(maxStride, (width-1)/last))
	options := []asciigraph.Option{
		asciigraph.Height(lineHeight),
		asciigraph.Precision(1),
		asciigraph.XAxisRange(0, float64(last)),
		asciigraph.XAxisTickCount(tickCount(last)),
		asciigraph.XAxisValueFormatter(func(x float64) string {
			return points[min(last, int(math.Round(x)))].label
		}),
	}
	// More points than columns: only then may the library smooth them away.
	if last*stride >= width {
		options = append(options, asciigraph.Width(width))
	}
	return strings.Split(asciigraph.Plot(stretch(points, stride), options...), "\n")
}

// stretch puts stride columns between neighbours, so that each point keeps its
// exact height. Between points the line is straight; it has a gap around a point
// without a value.
func stretch(points []point, stride int) []float64 {
	var heights []float64
	for i, p := range points {
		if i > 0 {
			before := points[i-1]
			for step := 1; step < stride; step++ {
				share := float64(step) / float64(stride)
				heights = append(heights, before.height()*(1-share)+p.height()*share)
			}
		}
		heights = append(heights, p.height())
	}
	return heights
}

// tickCount returns how many labels fall exactly on points, when the last of
// them has that index.
func tickCount(last int) int {
	for parts := maxTicks - 1; parts > 1; parts-- {
		if last%parts == 0 {
			return parts + 1
		}
	}
	return 2
}
