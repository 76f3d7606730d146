package reportfile

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"

	"liftoff/internal/chart"
	"liftoff/internal/page"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

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
			text += " " + report.MarkdownText(n.Text)
		}
		out.WriteString(text + "\n")
	}
	sections := r.changeTables()
	if !r.isEmpty() {
		sections = r.Sections()
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
	if hasSimulated(section) && !strings.Contains(strings.ToLower(title), table.SimulatedLabel) {
		heading += " (simulated)"
	}
	fmt.Fprintf(out, "\n## %s\n\n", heading)
	if section.Description != "" {
		out.WriteString(report.MarkdownText(strings.ReplaceAll(section.Description, "NULL", page.Null)) + "\n\n")
	}
	if options.Image != nil {
		if address := options.Image(section.Name); address != "" {
			fmt.Fprintf(out, "![%s](%s)\n\n", title, (&url.URL{Path: address}).EscapedPath())
		}
	}
	out.WriteString(report.MarkdownTable(section))
}

// hasSimulated reports whether a section shows any simulated value.
func hasSimulated(section table.Table) bool {
	return isSimulated(section) || chart.Of(section).IsSimulated()
}
