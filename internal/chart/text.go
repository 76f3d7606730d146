package chart

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// TextOptions says how to draw for a terminal; the zero value is 80 columns wide.
type TextOptions struct {
	// Width is the number of columns that the chart may take. With 0 it is 80, and no
	// label is cut.
	Width int
	// ASCII limits the marks to ASCII. Text of the table is unchanged.
	ASCII bool
	// Color makes the caption less prominent with terminal colours.
	Color bool
}

// defaultWidth is that of charts when the caller sets no width.
const defaultWidth = 80

// WriteText draws the chart for a terminal: a caption, then bars or a line. Over years,
// months or days it has a place for each of them. A line needs two values and marks
// beyond ASCII; otherwise bars are drawn, as for columns. It writes nothing if the
// chart is empty. The error is the writer's, or that of a hint that does not fit the
// table.
func (c *Chart) WriteText(w io.Writer, options TextOptions) error {
	if c.err != nil {
		return c.err
	}
	out := bufio.NewWriter(w)
	for _, line := range c.text(newTextStyle(options)) {
		_, _ = out.WriteString(line + "\n") // Flush returns the error
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("draw a chart as text: %w", err)
	}
	return nil
}

// textStyle is how charts look on one terminal.
type textStyle struct {
	width       int
	isUnlimited bool
	isASCII     bool
	isColor     bool
	null        string
	ellipsis    string
	// blocks are the ends of a bar, from the thinnest to a full column, upcoming is a
	// column of what has not happened.
	blocks   []rune
	upcoming string
}

func newTextStyle(options TextOptions) textStyle {
	s := textStyle{
		width: options.Width, isUnlimited: options.Width <= 0, isASCII: options.ASCII, isColor: options.Color,
		null: nullMark, ellipsis: "…", blocks: []rune("▏▎▍▌▋▊▉█"), upcoming: "░",
	}
	if s.isUnlimited {
		s.width = defaultWidth
	}
	if s.isASCII {
		s.null, s.ellipsis, s.blocks, s.upcoming = "-", "~", []rune("#"), "."
	}
	return s
}

// dim makes a line less prominent.
func (s textStyle) dim(line string) string {
	if !s.isColor {
		return line
	}
	return "\x1b[2m" + line + "\x1b[0m"
}

// text returns the lines of the chart.
func (c *Chart) text(s textStyle) []string {
	if c.empty != "" {
		return nil
	}
	if c.numbers != nil {
		return numberRows(c.numbers)
	}
	var lines []string
	for _, line := range plain.Wrap(c.caption(), s.width) {
		lines = append(lines, s.dim(line))
	}
	points := slices.Clone(c.points)
	for i := range points {
		points[i].label, points[i].text = s.mark(points[i].label), s.mark(points[i].text)
	}
	if c.table.Chart.Kind == table.LineChart && !s.isASCII {
		if line := onTimeLine(points, s.width-lineAxisWidth); isLine(line) {
			return append(lines, drawLine(line, s, c.isPercent())...)
		}
	}
	return append(lines, drawBars(withEmptyPeriods(points), s)...)
}

// isPercent reports whether all values are percentages between 0 and 100.
func (c *Chart) isPercent() bool {
	return c.table.Columns[c.series[0].column].Unit == table.Percent &&
		!slices.ContainsFunc(c.points, func(p point) bool { return p.hasValue && (p.value < 0 || p.value > 100) })
}

// isLine reports whether the points make a line: two values or more. The library cannot
// draw values that hardly differ for their size.
func isLine(points []point) bool {
	const leastShare, most = 1e-9, 1e9
	withValue, lowest, highest := 0, math.Inf(1), math.Inf(-1)
	for _, p := range points {
		if p.hasValue {
			withValue++
			lowest, highest = min(lowest, p.value), max(highest, p.value)
		}
	}
	size := max(math.Abs(lowest), math.Abs(highest))
	if lowest == highest {
		return withValue > 1 && size < most
	}
	return withValue > 1 && highest-lowest > max(leastSpan, size*leastShare)
}

// mark returns a text with the terminal's own mark for NULL.
func (s textStyle) mark(text string) string {
	if text == nullMark {
		return s.null
	}
	return text
}

// caption says what is drawn.
func (c *Chart) caption() string {
	var values []string
	for _, s := range c.series {
		values = append(values, plain.Visible(c.table.Columns[s.column].Header()))
	}
	label := c.table.Columns[c.table.ColumnIndex(c.table.Chart.Label)]
	return strings.Join(values, " + ") + " by " + plain.Visible(label.Header())
}

// numberRows returns a line for each number, below each other.
func numberRows(numbers []Number) []string {
	const gap = 2
	widest := 0
	for _, n := range numbers {
		widest = max(widest, plain.Width(n.Label)+gap)
	}
	lines := make([]string, len(numbers))
	for i, n := range numbers {
		lines[i] = plain.Pad(n.Label, widest) + n.text()
	}
	return lines
}

// numberLines returns a line for each number.
func numberLines(numbers []Number) []string {
	lines := make([]string, len(numbers))
	for i, n := range numbers {
		lines[i] = n.Label + " " + n.text()
	}
	return lines
}

// text is the number with its unit.
func (n Number) text() string {
	tag := ""
	if n.IsSimulated {
		tag = "(" + table.SimulatedLabel + ")"
	}
	return strings.Join(nonEmpty(n.Value, n.Unit, tag), " ")
}
