package chart

// colour is written as SVG has it, such as #2b5a9e; "" stands for no colour.
type colour string

// The colours of files, which are those of a light page.
const (
	colourPaper         colour = "#ffffff"
	colourInk           colour = "#191b1f"
	colourInk2          colour = "#545a66"
	colourInk3          colour = "#6b717d"
	colourLine          colour = "#e6e3dc"
	colourLine2         colour = "#cfcbc2"
	colourData          colour = "#2b5a9e"
	colourDataSoft      colour = "#dbe6f5"
	colourSimulated     colour = "#75559f"
	colourSimulatedSoft colour = "#efe9f7"
	colourFailure       colour = "#b8352b"
	colourLate          colour = "#a35f00"
	colourEarly         colour = "#0f6f74"
	colourUnknown       colour = "#9a9fa9"
)

// paint is how a shape of a file looks.
type paint struct {
	Fill, Stroke colour
	StrokeWidth  float64
	IsDashed     bool
	// IsHatched shapes are filled with the pattern of simulated values.
	IsHatched bool
}

// paintOf returns the paint of a style.
func paintOf(s style) paint {
	switch s {
	case styleSimulated:
		return paint{IsHatched: true, Stroke: colourSimulated, StrokeWidth: 1}
	case styleUpcoming:
		return paint{Fill: colourPaper, Stroke: colourData, StrokeWidth: 1.5, IsDashed: true}
	case styleFailure:
		return paint{Fill: colourFailure}
	case styleUnknown:
		return paint{Fill: colourUnknown}
	case styleLate, styleFourth:
		return paint{Fill: colourLate}
	case styleEarly, styleThird:
		return paint{Fill: colourEarly}
	case styleSecond:
		return paint{Fill: colourDataSoft, Stroke: colourData, StrokeWidth: 1}
	case styleFifth:
		return paint{Fill: colourInk2}
	default:
		return paint{Fill: colourData}
	}
}

// hollowPaint is that of points behind which little stands.
func hollowPaint() paint { return paint{Fill: colourPaper, Stroke: colourData, StrokeWidth: 2} }

// linePaint is that of a line between points.
func linePaint(s style) paint {
	if s == styleSimulated {
		return paint{Stroke: colourSimulated, StrokeWidth: 2}
	}
	return paint{Stroke: colourData, StrokeWidth: 2}
}
