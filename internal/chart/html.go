package chart

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

//go:embed html.tmpl
var htmlText string

// htmlTemplates hold what this package returns as HTML.
var htmlTemplates = template.Must(template.New("html").Funcs(template.FuncMap{ //nolint:gochecknoglobals // parsed once, never changed
	"percent": percentage, "px": pixels, "from": fromClass, "isHatched": isHatched,
}).Parse(htmlText))

// Defs is what the marks of all charts in a page refer to. A page has it once, at its
// beginning.
const Defs template.HTML = `<svg class="chart-defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>` +
	`<pattern id="chart-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
	`<rect class="chart-hatch-ground" width="6" height="6"></rect><line class="chart-hatch-line" x1="0" y1="0" x2="0" y2="6"></line></pattern></defs></svg>`

// SimulatedTag is the tag of simulated values.
const SimulatedTag template.HTML = `<span class="chart-tag">simulated</span>`

// HTML returns the chart for a page that has [CSS] and [Defs]: a legend if one is
// needed, and the marks. A bar chart is a table with a bar in each row. An empty chart
// is a paragraph that says why. The error is that of a hint that does not fit the
// table.
func (c *Chart) HTML() (template.HTML, error) {
	switch {
	case c.err != nil:
		return "", c.err
	case c.empty != "":
		return render("empty", c.empty)
	case c.numbers != nil:
		return Strip(c.numbers)
	case c.bars != nil:
		return render("bars", barsView{c.bars, c.legend, c.sentence()})
	default:
		return render("plot", plotView{c.plot, c.legend, c.sentence(), plotHeight})
	}
}

// render executes a template.
func render(name string, view any) (template.HTML, error) {
	var out bytes.Buffer
	if err := htmlTemplates.ExecuteTemplate(&out, name, view); err != nil {
		return "", fmt.Errorf("draw a chart as HTML: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // the template has escaped it
}

// percentage returns a share as a length.
func percentage(share float64) string { return shortest(share*100, 3) + "%" }

// pixels returns a length in pixels.
func pixels(length float64) string { return shortest(length, 1) }

// shortest returns a number with at most so many decimals.
func shortest(n float64, decimals int) string {
	text := strconv.FormatFloat(n, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

// fromClass is the class of what is shown from a width on.
func fromClass(width int) string {
	if width <= widths()[0] {
		return ""
	}
	return " w" + strconv.Itoa(width)
}

// plotView is what the template of a plot shows, barsView that of bars.
type plotView struct {
	*plot

	Legend []key
	// Sentence is for those who do not see the chart.
	Sentence string
	Height   int
}

type barsView struct {
	*bars
	Legend   []key
	Sentence string
}

// isHatched reports whether marks of that style are filled with the pattern.
func isHatched(s style) bool { return s == styleSimulated }
