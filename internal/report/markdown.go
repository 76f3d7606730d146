package report

import (
	"strings"

	"liftoff/internal/table"
)

// markdownNull stands for NULL.
const markdownNull = "—"

// writeMarkdown prints a section for each table: the title as a heading, the
// rows, the description.
func writeMarkdown(out *printer, tables []table.Table) error {
	for i, t := range tables {
		if i > 0 {
			out.print("\n")
		}
		out.print("## " + markdownText(t.Title) + "\n\n")
		if len(t.Rows) == 0 {
			out.print("No rows.\n")
		} else {
			writeMarkdownTable(out, t)
		}
		if t.Description != "" {
			out.print("\n" + markdownText(withNull(t.Description, markdownNull)) + "\n")
		}
	}
	return nil
}

// writeMarkdownTable prints the rows with numbers aligned to the right.
func writeMarkdownTable(out *printer, t table.Table) {
	names := make([]string, len(t.Columns))
	rules := make([]string, len(t.Columns))
	formats := make([]table.Format, len(t.Columns))
	for i, column := range t.Columns {
		names[i], rules[i] = markdownText(header(column)), "---"
		formats[i] = t.FormatOf(i, markdownNull)
		if column.Type.IsNumber() {
			rules[i] = "---:"
		}
	}
	writeMarkdownRow(out, names)
	writeMarkdownRow(out, rules)
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = markdownText(formats[i].Text(value))
		}
		writeMarkdownRow(out, cells)
	}
}

// writeMarkdownRow prints one line of a table.
func writeMarkdownRow(out *printer, cells []string) {
	out.print("| " + strings.Join(cells, " | ") + " |\n")
}
