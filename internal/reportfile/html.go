package reportfile

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
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
	Changes, Answers []section
}

// Sections are all sections, for the list of contents.
func (d document) Sections() []section { return slices.Concat(d.Changes, d.Answers) }

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
	t, err := page.Templates().Funcs(template.FuncMap{"code": htmlWithCode}).Parse(reportTemplate)
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

// section is a section of the page.
type section struct {
	page.Section
	// Folded is the table of numbers or bars, which are rounded, and of which a narrow
	// screen leaves columns out; nil if they show all values as they are.
	Folded *page.Table
}

// sectionsOf returns the sections of tables. Each shows all its values.
func sectionsOf(tables []table.Table) ([]section, error) {
	var sections []section
	for _, t := range tables {
		drawn, err := page.NewSection(t)
		if err != nil {
			return nil, fmt.Errorf("draw the section %s: %w", t.Name, err)
		}
		drawn.IsSimulated = t.HasSimulated()
		values := page.NewTable(t)
		values.Label = "Table: " + drawn.Title
		s := section{Section: drawn}
		switch kind := t.Chart.Kind; {
		case kind == table.NoChart || kind == "":
			s.Chart, s.Empty, s.Table = "", "", values
		case s.Empty == "" && kind == table.NumbersChart && len(t.Rows) == 1:
			s.Folded = foldedFor(t, values)
		case s.Empty == "" && kind == table.BarChart && len(t.Rows) <= mostBars:
			s.Folded = foldedFor(t, values)
		default:
			s.Table = values
		}
		sections = append(sections, s)
	}
	return sections, nil
}

// mostBars is fewer than the rows from which on a bar chart leaves some out.
const mostBars = 500

// foldedFor returns the table if a drawing does not show all of it.
func foldedFor(t table.Table, values *page.Table) *page.Table {
	isRounded := slices.ContainsFunc(t.Columns, func(c table.Column) bool { return c.Type == table.TypeFloat || c.Type == table.TypeTimestamp })
	if isRounded || t.Chart.Kind == table.BarChart && len(t.Columns) > 2 {
		return values
	}
	return nil
}
