package report

import (
	"bufio"
	"io"
	"math"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// field is one thing that is known of a record, for people.
type field struct{ Name, Value string }

// fieldList collects fields; those without a value are left out.
type fieldList []field

func (l *fieldList) add(name, value string) {
	if value != "" {
		*l = append(*l, field{name, value})
	}
}

// table is the list as a table, for Markdown.
func (l fieldList) table(name, title string) table.Table {
	t := table.Table{Name: name, Title: title, Columns: []table.Column{table.Word("field"), table.Word("value")}}
	for _, f := range l {
		t.Rows = append(t.Rows, []any{f.Name, f.Value})
	}
	return t
}

// write prints a line for each field. Long values go on below their beginning;
// nothing is cut.
func (l fieldList) write(w io.Writer, title string, options Options) error {
	if options.Width <= 0 {
		options.Width = defaultWidth
	}
	s := newStyle(options)
	out := &printer{bufio.NewWriter(w)}
	for _, line := range plain.Wrap(plain.Visible(title), s.width) {
		out.lines(s.title(line))
	}
	l.lines(out, s)
	return out.Flush()
}

// writeFields prints a line for each field, as far as the width goes, which is without
// limit if it is not known.
func writeFields(w io.Writer, fields []field, options Options) error {
	if options.Width <= 0 {
		options.Width = math.MaxInt
	}
	out := &printer{bufio.NewWriter(w)}
	fieldList(fields).lines(out, newStyle(options))
	return out.Flush()
}

// lines prints the fields without a title.
func (l fieldList) lines(out *printer, s style) {
	const gap = 2
	names := 0
	shown := func(name string) string { return s.cut(plain.Visible(name), s.width/2) } // names of links are data
	for _, f := range l {
		names = max(names, plain.Width(shown(f.Name))+gap)
	}
	for _, f := range l {
		head := shown(f.Name)
		for _, line := range plain.Wrap(plain.Visible(f.Value), s.width-names) {
			out.lines(plain.Pad(head, names) + line)
			head = ""
		}
	}
}
