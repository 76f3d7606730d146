package report

import (
	"strings"

	"liftoff/internal/plain"
)

// list prints the rows of a table as blocks with one line for each column. Nothing
// is cut: long text has several lines.
type list struct {
	out *printer
	// labelWidth and room are the widths of the headers and beside them.
	labelWidth, room int
}

// drawList prints the rows of all columns as a list.
func drawList(out *printer, columns []textColumn, s style) {
	l := list{out: out}
	word := 0
	for _, c := range columns {
		l.labelWidth, word = max(l.labelWidth, plain.Width(c.header)), max(word, c.word)
	}
	l.labelWidth = min(l.labelWidth, max(word, s.width/2))
	l.room = max(s.width-l.labelWidth-2, minTextWidth)
	rule := strings.Repeat(s.frame.horizontal, s.width)
	for i := range columns[0].cells {
		out.lines(rule)
		for _, c := range columns {
			l.draw(c, c.cells[i])
		}
	}
	out.lines(rule)
}

// draw prints one value beside its header, or below if it is whole and too wide.
func (l *list) draw(c textColumn, cell string) {
	label, value := plain.Wrap(c.header, l.labelWidth), []string{cell}
	switch {
	case !c.isWhole:
		value = broken(cell, l.room)
	case plain.Width(cell) > l.room:
		l.out.lines(append(label, cell)...)
		return
	}
	for i := range max(len(label), len(value)) {
		line := strings.Repeat(" ", l.labelWidth)
		if i < len(label) {
			line = plain.Pad(label[i], l.labelWidth)
		}
		if i < len(value) {
			line += "  " + value[i]
		}
		l.out.lines(strings.TrimRight(line, " "))
	}
}

// broken breaks text into lines of at most the given width, after a space where
// there is one. The lines joined are the text.
func broken(text string, width int) []string {
	var lines []string
	for plain.Width(text) > width {
		end, room := 0, width
		for i, r := range text {
			if room -= plain.RuneWidth(r); room < 0 {
				break
			}
			end = i + len(string(r))
		}
		if space := strings.LastIndexByte(text[:end], ' '); space > 0 {
			end = space + 1
		}
		lines, text = append(lines, text[:end]), text[end:]
	}
	return append(lines, text)
}
