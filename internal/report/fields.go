package report

import (
	"bufio"
	"io"

	"liftoff/internal/table"
)

// field is one thing that is known of a record, for people.
type field struct{ name, value string }

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
		t.Rows = append(t.Rows, []any{f.name, f.value})
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
	const gap = 2
	names := 0
	shown := func(name string) string { return s.cut(Visible(name), s.width/2) } // names of links are data
	for _, f := range l {
		names = max(names, displayWidth(shown(f.name))+gap)
	}
	for _, line := range wrap(Visible(title), s.width) {
		out.lines(s.title(line))
	}
	for _, f := range l {
		head := shown(f.name)
		for _, line := range wrap(Visible(f.value), s.width-names) {
			out.lines(pad(head, names) + line)
			head = ""
		}
	}
	return out.Flush()
}
