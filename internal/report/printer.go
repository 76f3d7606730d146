package report

import "bufio"

// printer prints text. It keeps the first error of the writer beneath it and
// returns it from Flush, so nothing in between checks errors.
type printer struct{ *bufio.Writer }

// print prints the parts one after the other.
func (p *printer) print(parts ...string) {
	for _, part := range parts {
		_, _ = p.WriteString(part)
	}
}

// lines prints lines, each ended by a line feed.
func (p *printer) lines(lines ...string) {
	for _, line := range lines {
		p.print(line, "\n")
	}
}
