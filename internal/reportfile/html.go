package reportfile

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"liftoff/internal/page"
	"liftoff/internal/table"
)

//go:embed templates/report.html
var reportTemplate string

//go:embed templates/report.css
var reportCSS string

// document is the report as its template shows it.
type document struct {
	Title string
	Style template.CSS
	Facts []fact
	Notes []note
	// Changes are the sections of what has changed, Answers those of the queries.
	Changes, Answers []page.Section
}

// Sections are all sections, for the list of contents.
func (d document) Sections() []page.Section {
	return append(append([]page.Section{}, d.Changes...), d.Answers...)
}

// writeHTML writes the report as one page that needs no other file.
func writeHTML(w io.Writer, r Report) error {
	d := document{Title: r.title(), Style: styleSheet(), Facts: r.facts(), Notes: r.notes()}
	var err error
	if d.Changes, err = sectionsOf(r.changeTables()); err != nil {
		return err
	}
	if !r.isEmpty() {
		if d.Answers, err = sectionsOf(r.Answers); err != nil {
			return err
		}
	}
	t, err := page.Templates().Parse(reportTemplate)
	if err != nil {
		return fmt.Errorf("read the template: %w", err)
	}
	return t.ExecuteTemplate(w, "report", d)
}

// styleSheet is that of all pages with the font inside.
func styleSheet() template.CSS {
	font := "data:font/woff2;base64," + base64.StdEncoding.EncodeToString(page.Font)
	return template.CSS(strings.Replace(page.StyleSheet(), page.FontFile, font, 1) + "\n" + reportCSS) //nolint:gosec // nothing of it is data
}

// sectionsOf returns the sections of tables, each with all its values.
func sectionsOf(tables []table.Table) ([]page.Section, error) {
	var sections []page.Section
	for _, t := range tables {
		section, err := page.NewSection(t)
		if err != nil {
			return nil, fmt.Errorf("draw the section %s: %w", t.Name, err)
		}
		if t.Chart.Kind == table.NoChart || t.Chart.Kind == "" {
			section.Chart, section.Empty = "", ""
		}
		if !isItsOwnTable(t) || section.Empty != "" {
			section.Table = page.NewTable(t)
		}
		section.IsSimulated = section.IsSimulated || isSimulated(t)
		sections = append(sections, section)
	}
	return sections, nil
}

// isItsOwnTable reports whether a chart shows every value of its table: a bar chart is a
// table of its labels and values.
func isItsOwnTable(t table.Table) bool {
	return t.Chart.Kind == table.BarChart && len(t.Columns) == 2
}
