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
		out.print(MarkdownTable(t))
		if t.Description != "" {
			out.print("\n" + markdownText(withNull(t.Description, markdownNull)) + "\n")
		}
	}
	return nil
}

// MarkdownTable returns the rows of a table as Markdown, with numbers aligned to the right
// and columns of simulated values marked; a sentence if there are none.
func MarkdownTable(t table.Table) string {
	if len(t.Rows) == 0 {
		return "No rows.\n"
	}
	names := make([]string, len(t.Columns))
	rules := make([]string, len(t.Columns))
	formats := make([]table.Format, len(t.Columns))
	for i, column := range t.Columns {
		names[i], rules[i] = markdownText(header(column)), "---"
		if column.IsSimulated && !strings.Contains(names[i], table.SimulatedLabel) {
			names[i] += " (" + table.SimulatedLabel + ")"
		}
		formats[i] = t.FormatOf(i, markdownNull)
		if column.Type.IsNumber() {
			rules[i] = "---:"
		}
	}
	var out strings.Builder
	out.WriteString(markdownRow(names) + markdownRow(rules))
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = markdownText(formats[i].Text(value))
		}
		out.WriteString(markdownRow(cells))
	}
	return out.String()
}

// markdownRow returns one line of a table.
func markdownRow(cells []string) string {
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// MarkdownText returns text that renders as itself in Markdown, also inside a table.
func MarkdownText(text string) string { return markdownText(text) }
