package chart

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed svg.tmpl
var svgText string

// svgTemplate draws a file. It has the colours as attributes of each shape, since a
// style sheet would not come along when the file is pasted somewhere.
var svgTemplate = template.Must(template.New("svg").Funcs(template.FuncMap{"px": pixels, "add": func(a, b float64) float64 { return a + b }}).Parse(svgText)) //nolint:gochecknoglobals // parsed once, never changed

// WriteSVG draws the chart as an SVG file of its own, 720 pixels wide, in light colours,
// with its title. An empty chart is a drawing that says why. The error is the writer's,
// or that of a hint that does not fit the table.
func (c *Chart) WriteSVG(w io.Writer) error {
	if c.err != nil {
		return c.err
	}
	if err := svgTemplate.Execute(w, c.drawing()); err != nil {
		return fmt.Errorf("draw a chart as SVG: %w", err)
	}
	return nil
}
