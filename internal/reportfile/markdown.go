package reportfile

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"liftoff/internal/page"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// explanation says what the marks mean.
const explanation = "Values that are marked as simulated are random numbers that the program adds to each launch, to try things out with; " +
	"nobody has measured them. All times are UTC."

// writeMarkdown writes the report as GitHub renders it: headings, tables and images only.
func writeMarkdown(w io.Writer, r Report, options Options) error {
	var out bytes.Buffer
	out.WriteString("# " + report.MarkdownText(r.title()) + "\n\n")
	for _, f := range r.facts() {
		out.WriteString("- " + f.Name + ": " + report.MarkdownText(f.Text) + "\n")
	}
	for _, n := range r.notes() {
		text := "\n> **" + report.MarkdownText(n.Strong) + "**"
		if n.Text != "" {
			text += " " + markdownWithCode(n.Text)
		}
		out.WriteString(text + "\n")
	}
	sections := r.changeTables()
	if !r.isEmpty() {
		sections = r.Sections()
	}
	if slices.ContainsFunc(sections, table.Table.HasSimulated) {
		out.WriteString("\n" + explanation + "\n")
	}
	for _, section := range sections {
		writeMarkdownSection(&out, section, options)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// writeMarkdownSection writes one section: its heading, what it shows, its drawing, its rows.
func writeMarkdownSection(out *bytes.Buffer, section table.Table, options Options) {
	title := report.MarkdownText(section.Title)
	heading := title
	if section.HasSimulated() && !strings.Contains(strings.ToLower(title), table.SimulatedLabel) {
		heading += " (simulated)"
	}
	fmt.Fprintf(out, "\n## %s\n\n", heading)
	if section.Description != "" {
		out.WriteString(markdownWithCode(strings.ReplaceAll(section.Description, "NULL", page.Null)) + "\n\n")
	}
	if options.Image != nil {
		if address := options.Image(section.Name); address != "" {
			fmt.Fprintf(out, "![%s](%s)\n\n", title, (&url.URL{Path: address}).EscapedPath())
		}
	}
	out.WriteString(report.MarkdownTable(section))
}
