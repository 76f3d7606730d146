package chart

import (
	"fmt"

	"liftoff/internal/plain"
)

// The measures of a file, in pixels.
const (
	fileWidth  = 720
	fileMargin = 24
	// innerWidth is the width between the margins.
	innerWidth = fileWidth - 2*fileMargin
	titleSize  = 16
	textSize   = 12
	barHeight  = 14
	rowHeight  = 26
	// maxFileRows is how many bars a file has at most: it has no place to scroll.
	maxFileRows = 60
)

// drawing is a chart as shapes at fixed places, which SVG and PNG files have in common.
type drawing struct {
	Width, Height float64
	// Title is what the drawing shows, Sentence the same for those who do not see it.
	Title, Sentence string
	Shapes          []shape
}

// shapeKind is a kind of shape; the set is closed.
type shapeKind string

// The kinds of shapes.
const (
	shapeRect   shapeKind = "rect"
	shapeLine   shapeKind = "line"
	shapeCircle shapeKind = "circle"
	shapeText   shapeKind = "text"
)

// shape is one mark or text.
type shape struct {
	Kind shapeKind
	// X and Y are the left upper corner of a rectangle, the beginning of a line, the
	// middle of a circle, or where a text stands.
	X, Y float64
	// Width and Height are those of a rectangle; of a line they lead to its end; Width
	// is also the radius of a circle.
	Width, Height float64
	// Round is the radius of a rectangle's corners.
	Round float64
	Paint paint
	// Text is anchored at X; Size is its height.
	Text   string
	Anchor anchor
	Size   float64
	IsBold bool
	// HasHalo sets a text off against lines behind it.
	HasHalo bool
	// Title is what the mark says of itself.
	Title string
}

// drawing returns the chart as a file shows it.
func (c *Chart) drawing() *drawing {
	d := &drawing{Width: fileWidth, Title: clean(c.table.Title), Height: fileMargin}
	d.addTitle(c.IsSimulated())
	if c.empty != "" {
		d.Sentence = d.Title + ": " + c.empty
		d.addLine(c.empty)
		d.Height += fileMargin
		return d
	}
	d.Sentence = c.sentence()
	d.addLegend(c.legend)
	switch {
	case c.numbers != nil:
		d.addNumbers(c.numbers)
	case c.bars != nil:
		d.addBars(c.bars)
	default:
		d.addPlot(c.plot)
	}
	d.Height += fileMargin
	return d
}

// text adds a text of the usual size.
func (d *drawing) text(x, y float64, text string, colour colour) *shape {
	d.Shapes = append(d.Shapes, shape{Kind: shapeText, X: x, Y: y, Text: text, Anchor: atStart, Size: textSize, Paint: paint{Fill: colour}})
	return &d.Shapes[len(d.Shapes)-1]
}

// addLine adds a line of text below what is there.
func (d *drawing) addLine(text string) {
	d.Height += textSize + 8
	d.text(fileMargin, d.Height-4, text, colourInk2)
}

// addTitle adds the title, in several lines if it is long, and the tag of simulated
// values.
func (d *drawing) addTitle(isSimulated bool) {
	const letters, lines = 64, 3
	rows := plain.Wrap(d.Title, letters)
	if len(rows) > lines {
		rows = append(rows[:lines-1], rows[lines-1]+" …")
	}
	end := float64(fileMargin)
	for _, row := range rows {
		row = plain.Cut(row, letters, "…")
		d.Height += titleSize + 5
		t := d.text(fileMargin, d.Height-5, row, colourInk)
		t.Size, t.IsBold = titleSize, true
		end = fileMargin + textWidth(row)*titleSize/textSize
	}
	if isSimulated {
		d.addTag(end + 10)
	}
	d.Height += 10
}

// addTag adds the tag of simulated values: at the right end of the title's last line if
// that ends before it, or in a line of its own.
func (d *drawing) addTag(end float64) {
	const width, height = 66, 18
	x := float64(fileWidth - fileMargin - width)
	if end > x || d.Height == fileMargin {
		d.Height += height + 6
		x = fileMargin
	}
	d.Shapes = append(d.Shapes, shape{
		Kind: shapeRect, X: x, Y: d.Height - height - 1, Width: width, Height: height, Round: 4, Paint: paint{Fill: colourSimulatedSoft},
	})
	t := d.text(x+width/2, d.Height-height/2+2.5, "simulated", colourSimulated)
	t.Anchor, t.IsBold, t.Size = atMiddle, true, 11
}

// addLegend adds the legend in as many rows as it needs.
func (d *drawing) addLegend(keys []key) {
	if len(keys) == 0 {
		return
	}
	const side, gap = 11, 18
	x := float64(fileMargin)
	d.Height += 18
	for _, k := range keys {
		word := plain.Cut(k.Word, 60, "…")
		width := side + 7 + textWidth(word)
		if x > fileMargin && x+width > fileWidth-fileMargin {
			x = fileMargin
			d.Height += 18
		}
		mark := shape{Kind: shapeRect, X: x, Y: d.Height - 13, Width: side, Height: side, Round: 2, Paint: paintOf(k.Style)}
		if k.IsHollow {
			mark = shape{Kind: shapeCircle, X: x + 5.5, Y: d.Height - 7.5, Width: 4, Paint: hollowPaint()}
		}
		d.Shapes = append(d.Shapes, mark)
		d.text(x+side+7, d.Height-3.5, word, colourInk2)
		x += width + gap
	}
	d.Height += 8
}

// addNumbers adds big numbers, four in a row.
func (d *drawing) addNumbers(numbers []Number) {
	const inRow, height = 4, 76
	for i, n := range numbers[:min(len(numbers), maxFileRows)] {
		if i%inRow == 0 {
			d.Height += height
		}
		x := fileMargin + float64(i%inRow)*innerWidth/inRow
		top := d.Height - height
		d.text(x, top+20, plain.Cut(n.Label, 25, "…"), colourInk2).Size = 11
		value := d.text(x, top+50, plain.Cut(n.Value, 11, "…"), colourInk)
		value.Size, value.IsBold = 28, true
		if len(n.Value) > 9 {
			value.Size = 20
		}
		sub := n.Unit
		if n.IsSimulated {
			sub += " (simulated)"
		}
		d.text(x, top+68, plain.Cut(sub, 22, "…"), colourInk2)
	}
}

// addBars adds a row for each bar.
func (d *drawing) addBars(b *bars) {
	const gap, leastBar = 12, 120
	rows := b.Rows[:min(len(b.Rows), maxFileRows)]
	labelWidth, valueWidth := 0.0, 0.0
	for _, r := range rows {
		labelWidth = max(labelWidth, textWidth(r.Label))
		valueWidth = max(valueWidth, textWidth(r.Text))
	}
	labelWidth = min(labelWidth, 230)
	valueWidth = min(valueWidth, innerWidth-labelWidth-leastBar-2*gap)
	barLeft := fileMargin + labelWidth + gap
	barWidth := innerWidth - labelWidth - valueWidth - 2*gap
	for _, r := range rows {
		d.Height += rowHeight
		middle := d.Height - rowHeight/2
		d.text(fileMargin, middle+4, cutTo(r.Label, labelWidth), colourInk).Title = r.Label
		if b.Zero > 0 {
			x := barLeft + b.Zero*barWidth
			d.Shapes = append(d.Shapes, shape{Kind: shapeLine, X: x, Y: d.Height - rowHeight, Height: rowHeight, Paint: paint{Stroke: colourLine2, StrokeWidth: 1}})
		}
		if r.hasBar() {
			d.Shapes = append(d.Shapes, shape{
				Kind: shapeRect, X: barLeft + r.X*barWidth, Y: middle - barHeight/2, Width: max(1, r.Width*barWidth), Height: barHeight, Round: 2,
				Paint: paintOf(r.Style), Title: r.Label + ": " + r.Text,
			})
		}
		value := d.text(fileMargin+innerWidth, middle+4, cutTo(r.Text, valueWidth), colourInk)
		value.Anchor, value.IsBold = atEnd, true
	}
	if left := len(b.Rows) - len(rows) + b.More; left > 0 {
		d.addLine(fmt.Sprintf("%d more rows are not drawn.", left))
	}
}

// cutTo cuts a text to a width in pixels.
func cutTo(text string, width float64) string {
	return plain.Cut(text, max(1, int(width/textWidth("0")+0.01)), "…")
}

// addPlot adds the marks of a plot at their places.
func (d *drawing) addPlot(p *plot) {
	top := d.Height
	d.Height += plotHeight
	left := float64(fileMargin + p.AxisWidth + axisGap)
	width := float64(fileWidth-fileMargin) - left
	for _, t := range p.Ticks {
		grid := paint{Stroke: colourLine, StrokeWidth: 1}
		if t.IsBase {
			grid.Stroke = colourLine2
		}
		d.Shapes = append(d.Shapes, shape{Kind: shapeLine, X: left, Y: top + t.Y, Width: width, Paint: grid})
		d.text(left-axisGap, top+t.TextY(), t.Text, colourInk3).Anchor = atEnd
	}
	for _, r := range p.Rects {
		d.Shapes = append(d.Shapes, shape{
			Kind: shapeRect, X: left + r.X*width, Y: top + r.Y, Width: r.Width * width, Height: r.Height, Paint: paintOf(r.Style), Title: r.Title,
		})
	}
	for _, l := range p.Lines {
		d.Shapes = append(d.Shapes, shape{
			Kind: shapeLine, X: left + l.X1*width, Y: top + l.Y1, Width: (l.X2 - l.X1) * width, Height: l.Y2 - l.Y1,
			Paint: linePaint(l.Style),
		})
	}
	for _, m := range p.Dots {
		mark := shape{Kind: shapeCircle, X: left + m.X*width, Y: top + m.Y, Width: m.Radius(), Paint: paintOf(m.Style), Title: m.Title}
		if m.IsHollow {
			mark.Paint = hollowPaint()
		}
		d.Shapes = append(d.Shapes, mark)
	}
	for _, l := range p.Labels {
		if l.From > innerWidth {
			continue
		}
		t := d.text(left+l.X*width, top+l.Y, l.Text, colourInk3)
		t.Anchor = l.Anchor
		if l.IsValue {
			t.Paint.Fill, t.IsBold, t.HasHalo = colourInk, true, true
		}
	}
}
