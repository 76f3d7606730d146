package report

import "liftoff/internal/plain"

// style is how tables and charts look on one terminal.
type style struct {
	width int
	// isUnlimited means that a table may be wider and that nothing is cut.
	isUnlimited bool
	isASCII     bool
	isColor     bool
	noCharts    bool
	null        string
	ellipsis    string
	frame       frame
}

// frame is what the lines of a table are made of.
type frame struct {
	horizontal, vertical string
	// top, middle and bottom are a rule's left end, crossings and right end.
	top, middle, bottom [3]string
}

// newStyle turns options into a style.
func newStyle(options Options) style {
	isUnlimited := options.Width <= 0
	if isUnlimited {
		options.Width = defaultWidth
	}
	if options.ASCII {
		corner := [3]string{"+", "+", "+"}
		return style{
			width: options.Width, isUnlimited: isUnlimited, isASCII: true, isColor: options.Color, noCharts: options.NoCharts,
			null: "-", ellipsis: "~",
			frame: frame{horizontal: "-", vertical: "|", top: corner, middle: corner, bottom: corner},
		}
	}
	return style{
		width: options.Width, isUnlimited: isUnlimited, isColor: options.Color, noCharts: options.NoCharts,
		null: "—", ellipsis: "…",
		frame: frame{
			horizontal: "─",
			vertical:   "│",
			top:        [3]string{"┌", "┬", "┐"},
			middle:     [3]string{"├", "┼", "┤"},
			bottom:     [3]string{"└", "┴", "┘"},
		},
	}
}

// title highlights a line that begins a part.
func (s style) title(line string) string { return s.colored("1", line) }

// dim makes a line less prominent than the numbers.
func (s style) dim(line string) string { return s.colored("2", line) }

// colored puts a terminal's colour code around a line.
func (s style) colored(code, line string) string {
	if !s.isColor {
		return line
	}
	return "\x1b[" + code + "m" + line + "\x1b[0m"
}

// cut shortens text to a width in terminal columns and marks the cut.
func (s style) cut(cell string, width int) string { return plain.Cut(cell, width, s.ellipsis) }

// Cut shortens text to a width in terminal columns and marks the cut. It does
// nothing if the options have no width.
func Cut(text string, width int, options Options) string {
	if options.Width <= 0 {
		return text
	}
	return newStyle(options).cut(text, width)
}
