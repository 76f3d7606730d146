package report

import (
	"strings"

	"liftoff/internal/analytics"
)

// writeMarkdown prints a section for each result: the title as a heading, the
// table, the description.
func writeMarkdown(out *printer, results []analytics.Result) error {
	for i, result := range results {
		if i > 0 {
			out.print("\n")
		}
		out.print("## " + markdownText(result.Query.Title) + "\n\n")
		if len(result.Rows) == 0 {
			out.print("No rows.\n")
		} else {
			writeMarkdownTable(out, result)
		}
		if result.Query.Description != "" {
			out.print("\n" + markdownText(result.Query.Description) + "\n")
		}
	}
	return nil
}

// writeMarkdownTable prints one result as a table with numbers to the right.
func writeMarkdownTable(out *printer, result analytics.Result) {
	names := make([]string, len(result.Columns))
	rules := make([]string, len(result.Columns))
	for i, column := range result.Columns {
		names[i], rules[i] = markdownText(column.Name), "---"
		if column.Type.IsNumber() {
			rules[i] = "---:"
		}
	}
	writeMarkdownRow(out, names)
	writeMarkdownRow(out, rules)
	for _, row := range result.Rows {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = markdownText(display(value, "—"))
		}
		writeMarkdownRow(out, cells)
	}
}

// writeMarkdownRow prints one line of a table.
func writeMarkdownRow(out *printer, cells []string) {
	out.print("| " + strings.Join(cells, " | ") + " |\n")
}
