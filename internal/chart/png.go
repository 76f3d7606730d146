package chart

import (
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// pixelRatio is how many pixels of a PNG file make one of the drawing.
const pixelRatio = 2

// WritePNG draws the chart as a PNG file of its own, 1,440 pixels wide: what WriteSVG
// draws, at twice the size. Letters that the font lacks, such as Chinese ones, are
// boxes.
func (c *Chart) WritePNG(w io.Writer) error {
	if c.err != nil {
		return c.err
	}
	d := c.drawing()
	p := &painter{
		image: image.NewRGBA(image.Rect(0, 0, int(d.Width*pixelRatio), int(math.Ceil(d.Height*pixelRatio)))),
		faces: map[faceKey]font.Face{},
	}
	draw.Draw(p.image, p.image.Bounds(), image.NewUniform(rgb(colourPaper)), image.Point{}, draw.Src)
	for _, s := range d.Shapes {
		if err := p.paint(s); err != nil {
			return fmt.Errorf("draw a chart as PNG: %w", err)
		}
	}
	if err := png.Encode(w, p.image); err != nil {
		return fmt.Errorf("draw a chart as PNG: %w", err)
	}
	return nil
}

// painter draws shapes on an image.
type painter struct {
	image *image.RGBA
	faces map[faceKey]font.Face
}

// faceKey is a font at a size.
type faceKey struct {
	size   float64
	isBold bool
}

// fonts are parsed once.
var fonts = sync.OnceValues(func() (map[bool]*opentype.Font, error) { //nolint:gochecknoglobals // parsed once, never changed
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	bold, err := opentype.Parse(gobold.TTF)
	return map[bool]*opentype.Font{false: regular, true: bold}, err
})

// paint draws one shape.
func (p *painter) paint(s shape) error {
	switch s.Kind {
	case shapeText:
		return p.text(s)
	case shapeLine:
		p.stroke([]spot{{s.X, s.Y}, {s.X + s.Width, s.Y + s.Height}}, s.Paint)
	case shapeRect:
		p.filled(roundRect(s), s.Paint)
	case shapeCircle:
		p.filled(circle(s.X, s.Y, s.Width), s.Paint)
	}
	return nil
}

// text draws a text.
func (p *painter) text(s shape) error {
	face, err := p.face(faceKey{s.Size, s.IsBold})
	if err != nil {
		return err
	}
	x := fixed.Int26_6(s.X * pixelRatio * 64)
	switch width := font.MeasureString(face, s.Text); s.Anchor {
	case atMiddle:
		x -= width / 2
	case atEnd:
		x -= width
	}
	at := fixed.Point26_6{X: x, Y: fixed.Int26_6(s.Y * pixelRatio * 64)}
	if s.HasHalo {
		const width = 3
		for _, around := range arc(spot{}, width, 0, 2*math.Pi) {
			p.write(s.Text, face, colourPaper, at.Add(fixed.Point26_6{X: fixed.Int26_6(around.x * 64), Y: fixed.Int26_6(around.y * 64)}))
		}
	}
	p.write(s.Text, face, s.Paint.Fill, at)
	return nil
}

// write draws a text once.
func (p *painter) write(text string, face font.Face, c colour, at fixed.Point26_6) {
	drawer := font.Drawer{Dst: p.image, Src: image.NewUniform(rgb(c)), Face: face, Dot: at}
	drawer.DrawString(text)
}

// face returns a font at a size.
func (p *painter) face(key faceKey) (font.Face, error) {
	if face, isThere := p.faces[key]; isThere {
		return face, nil
	}
	all, err := fonts()
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(all[key.isBold], &opentype.FaceOptions{Size: key.size * pixelRatio, DPI: 72})
	if err != nil {
		return nil, err
	}
	p.faces[key] = face
	return face, nil
}

// filled draws the inside of an outline, then the outline.
func (p *painter) filled(outline []spot, look paint) {
	switch {
	case look.IsHatched:
		p.fill(outline, hatch{})
	case look.Fill != "":
		p.fill(outline, image.NewUniform(rgb(look.Fill)))
	}
	if look.Stroke != "" {
		p.stroke(append(outline, outline[0]), look)
	}
}

// fill draws the inside of an outline.
func (p *painter) fill(outline []spot, source image.Image) {
	area := boundsOf(outline).Intersect(p.image.Bounds())
	if area.Empty() {
		return
	}
	r := vector.NewRasterizer(area.Dx(), area.Dy())
	for i, at := range outline {
		x, y := float32(at.x*pixelRatio-float64(area.Min.X)), float32(at.y*pixelRatio-float64(area.Min.Y))
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(p.image, area, source, area.Min)
}

// stroke draws a line along spots.
func (p *painter) stroke(along []spot, look paint) {
	source := image.NewUniform(rgb(look.Stroke))
	if look.IsDashed {
		for _, d := range dashes(along, 3, 2) {
			p.fill(thick(d[0], d[1], look.StrokeWidth), source)
		}
		return
	}
	for i := 1; i < len(along); i++ {
		p.fill(thick(along[i-1], along[i], look.StrokeWidth), source)
	}
	if look.StrokeWidth >= 2 {
		// Round ends, so that bends have no notches.
		for _, at := range along {
			p.fill(circle(at.x, at.y, look.StrokeWidth/2), source)
		}
	}
}
