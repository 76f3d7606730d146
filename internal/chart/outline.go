package chart

import (
	"image"
	"image/color"
	"math"
	"strconv"
)

// spot is a place on a drawing.
type spot struct{ x, y float64 }

// boundsOf returns the pixels that an outline may touch.
func boundsOf(outline []spot) image.Rectangle {
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, at := range outline {
		left, right = min(left, at.x), max(right, at.x)
		top, bottom = min(top, at.y), max(bottom, at.y)
	}
	return image.Rect(
		int(math.Floor(left*pixelRatio)), int(math.Floor(top*pixelRatio)), int(math.Ceil(right*pixelRatio)), int(math.Ceil(bottom*pixelRatio)),
	)
}

// arc returns spots on a part of a circle, from one angle to another.
func arc(middle spot, radius, from, to float64) []spot {
	const steps = 6
	spots := make([]spot, 0, steps+1)
	for i := range steps + 1 {
		angle := from + (to-from)*float64(i)/steps
		spots = append(spots, spot{middle.x + radius*math.Cos(angle), middle.y + radius*math.Sin(angle)})
	}
	return spots
}

// circle returns the outline of a circle.
func circle(x, y, radius float64) []spot {
	var outline []spot
	for quarter := range 4 {
		outline = append(outline, arc(spot{x, y}, radius, float64(quarter)*math.Pi/2, float64(quarter+1)*math.Pi/2)...)
	}
	return outline
}

// roundRect returns the outline of a rectangle with round corners.
func roundRect(area shape) []spot {
	round := min(area.Round, area.Width/2, area.Height/2)
	left, top, right, bottom := area.X, area.Y, area.X+area.Width, area.Y+area.Height
	if round <= 0 {
		return []spot{{left, top}, {right, top}, {right, bottom}, {left, bottom}}
	}
	var outline []spot
	for i, corner := range []spot{{right - round, bottom - round}, {left + round, bottom - round}, {left + round, top + round}, {right - round, top + round}} {
		outline = append(outline, arc(corner, round, float64(i)*math.Pi/2, float64(i+1)*math.Pi/2)...)
	}
	return outline
}

// thick returns the outline of a line with a width.
func thick(from, to spot, width float64) []spot {
	length := math.Hypot(to.x-from.x, to.y-from.y)
	if length == 0 {
		return circle(from.x, from.y, width/2)
	}
	x, y := -(to.y-from.y)/length*width/2, (to.x-from.x)/length*width/2
	return []spot{{from.x + x, from.y + y}, {to.x + x, to.y + y}, {to.x - x, to.y - y}, {from.x - x, from.y - y}}
}

// dashes cuts a line along spots into pieces with gaps.
func dashes(along []spot, length, gap float64) [][2]spot {
	var pieces [][2]spot
	for i := 1; i < len(along); i++ {
		from, to := along[i-1], along[i]
		whole := math.Hypot(to.x-from.x, to.y-from.y)
		at := func(distance float64) spot {
			share := min(1, distance/whole)
			return spot{from.x + (to.x-from.x)*share, from.y + (to.y-from.y)*share}
		}
		for start := 0.0; start < whole; start += length + gap {
			pieces = append(pieces, [2]spot{at(start), at(start + length)})
		}
	}
	return pieces
}

// hatch is the pattern of simulated values.
type hatch struct{}

// ColorModel is that of an image.
func (hatch) ColorModel() color.Model { return color.RGBAModel }

// Bounds are without an end.
func (hatch) Bounds() image.Rectangle { return image.Rect(-1e9, -1e9, 1e9, 1e9) }

// At returns the colour of a pixel: slanting lines, softened at their edges.
func (hatch) At(x, y int) color.Color {
	const distance, thickness = 6 * pixelRatio, 1.6 * pixelRatio
	across := math.Mod((float64(x)+float64(y))/math.Sqrt2, distance)
	share := min(1, max(0, thickness/2-math.Abs(across-distance/2)+0.5))
	line, ground := rgb(colourSimulated), rgb(colourSimulatedSoft)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*share + float64(b)*(1-share))) }
	return color.RGBA{mix(line.R, ground.R), mix(line.G, ground.G), mix(line.B, ground.B), 0xff}
}

// rgb returns a colour of the palette.
func rgb(c colour) color.RGBA {
	n, err := strconv.ParseUint(string(c[1:]), 16, 32)
	if err != nil {
		return color.RGBA{A: 0xff}
	}
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 0xff}
}
