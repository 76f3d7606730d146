package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/chart"
	"liftoff/internal/page"
	"liftoff/internal/plain"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// analyticsPage is the content of the page with all answers.
type analyticsPage struct {
	Engine   string
	Sections []page.Section
	Age      string
}

// showAnalytics shows all answers, in the order of the queries.
func (s *Site) showAnalytics(w http.ResponseWriter, r *http.Request) {
	found, f, ok := s.beginWithAnswers(w, r, "Analytics")
	if !ok {
		return
	}
	content := analyticsPage{Engine: found.engine, Age: ageOf(found, f.Now)}
	for i := range s.Queries {
		section, err := s.sectionOf(found, i)
		if err != nil {
			s.fail(w, r, "Analytics", err)
			return
		}
		content.Sections = append(content.Sections, section)
	}
	f.Content = content
	s.show(w, r, "analytics", f)
}

// beginWithAnswers begins a page that shows answers. It is not ok if there are none; then
// the request is answered.
func (s *Site) beginWithAnswers(w http.ResponseWriter, r *http.Request, title string) (*snapshot, frame, bool) {
	if err := checkParameters(r); err != nil {
		s.fail(w, r, "Analytics", err)
		return nil, frame{}, false
	}
	current := s.cache.get(r.Context())
	if current.snapshot == nil {
		s.fail(w, r, "Analytics", current.err)
		return nil, frame{}, false
	}
	f := s.newFrame("Analytics", title, current)
	f.Footer = append(f.Footer, fmt.Sprintf("%s answered in %s", current.snapshot.engine, current.snapshot.took.Round(time.Millisecond)))
	return current.snapshot, f, true
}

// sectionOf returns the section of the i-th query, with links to its other forms.
func (s *Site) sectionOf(found *snapshot, i int) (page.Section, error) {
	query, given := s.Queries[i], found.answers[i]
	href := s.BasePath + "/analytics/" + query.Name
	if given.err != nil {
		return page.Section{ //nolint:nilerr // the section says it
			Name: query.Name, Title: plain.Visible(query.Title), Href: href,
			Empty: fmt.Sprintf("%s did not answer: %s", found.engine, plain.Visible(liftoff.OneLine(given.err))),
		}, nil
	}
	section, err := page.NewSection(given.table)
	if err != nil {
		return page.Section{}, fmt.Errorf("draw the answer to %s: %w", query.Name, err)
	}
	section.Href = href
	const few = 10
	if given.table.Chart.Kind == table.NoChart && len(given.table.Rows) > 0 && len(given.table.Rows) <= few {
		section.Empty, section.Chart, section.Table = "", "", page.NewTable(given.table)
		section.Table.Label = "Table: " + section.Title
	}
	section.Links = []page.Link{{Text: "Table and SQL", Href: href}, {Text: "CSV", Href: href + ".csv"}}
	if given.table.Chart.Kind != table.NoChart && section.Empty == "" {
		section.Links = append(section.Links, page.Link{Text: "SVG", Href: href + ".svg"})
	}
	return section, nil
}

// queryPage is the content of the page of one query.
type queryPage struct {
	Section page.Section
	// HasChart is false for an answer that is shown as a table only.
	HasChart bool
	Table    *page.Table
	Problem  string
	SQL      string
	// File is where the query comes from.
	File   string
	Engine string
	Age    string
	// Links are the other forms of the answer.
	Links            []page.Link
	Previous, Follow *page.Link
}

// showQuery shows one answer with its table and statement, or sends it in another form:
// the name then ends in .csv, .json, .md, .svg or .png.
func (s *Site) showQuery(w http.ResponseWriter, r *http.Request) {
	name, form, hasForm := strings.Cut(r.PathValue("name"), ".")
	at := slices.IndexFunc(s.Queries, func(q analytics.Query) bool { return q.Name == name })
	if at < 0 {
		s.fail(w, r, "Analytics", liftoff.NewError(liftoff.Usage,
			fmt.Errorf("no analytics query is called %.80q: %w", name, liftoff.ErrNotFound), "the page Analytics lists all queries"))
		return
	}
	found, f, ok := s.beginWithAnswers(w, r, plain.Visible(s.Queries[at].Title))
	switch {
	case !ok:
	case hasForm:
		s.sendForm(w, r, form, answerOfQuery{found, at})
	default:
		content, err := s.queryPageOf(found, at, f.Now)
		if err != nil {
			s.fail(w, r, "Analytics", err)
			return
		}
		f.Content = content
		s.show(w, r, "query", f)
	}
}

func (s *Site) queryPageOf(found *snapshot, at int, now time.Time) (queryPage, error) {
	query, given := s.Queries[at], found.answers[at]
	section, err := s.sectionOf(found, at)
	if err != nil {
		return queryPage{}, err
	}
	href := section.Href
	section.Title, section.Href, section.Links = "", "", nil
	p := queryPage{Section: section, SQL: query.SQL, File: "sql/analytics/" + query.Name + ".sql", Engine: found.engine, Age: ageOf(found, now)}
	if query.IsOwn() {
		p.File = plain.Visible(query.Source.File)
	}
	if given.err != nil {
		p.Problem = section.Empty
	} else {
		p.HasChart = given.table.Chart.Kind != table.NoChart
		p.Table = page.NewTable(given.table)
		for _, form := range []string{"CSV", "JSON", "Markdown", "SVG", "PNG"} {
			if isDrawing := form == "SVG" || form == "PNG"; isDrawing && (!p.HasChart || section.Empty != "") {
				continue
			}
			p.Links = append(p.Links, page.Link{Text: form, Href: href + "." + strings.ToLower(strings.Replace(form, "Markdown", "md", 1))})
		}
	}
	if at > 0 {
		p.Previous = &page.Link{Text: plain.Visible(s.Queries[at-1].Title), Href: s.BasePath + "/analytics/" + s.Queries[at-1].Name}
	}
	if at+1 < len(s.Queries) {
		p.Follow = &page.Link{Text: plain.Visible(s.Queries[at+1].Title), Href: s.BasePath + "/analytics/" + s.Queries[at+1].Name}
	}
	return p, nil
}

// answerOfQuery is the answer to the query at a position.
type answerOfQuery struct {
	found *snapshot
	at    int
}

// sendForm sends an answer as a file.
func (s *Site) sendForm(w http.ResponseWriter, r *http.Request, form string, of answerOfQuery) {
	given, name := of.found.answers[of.at], s.Queries[of.at].Name
	if given.err != nil {
		s.fail(w, r, "Analytics", given.err)
		return
	}
	types := map[string]string{
		"csv": "text/csv; charset=utf-8", "json": "application/json", "md": "text/markdown; charset=utf-8",
		"svg": "image/svg+xml", "png": "image/png",
	}
	contentType, isKnown := types[form]
	isDrawing := form == "svg" || form == "png"
	if !isKnown || isDrawing && (given.table.Chart.Kind == table.NoChart || chart.Of(given.table).Empty() != "") {
		s.fail(w, r, "Analytics", liftoff.NewError(liftoff.Usage, fmt.Errorf("%s cannot be had as %.20q: %w", name, form, liftoff.ErrNotFound), "its page lists what it can be had as"))
		return
	}
	body, err := s.drawings.of(of.found, name+"."+form, func(out io.Writer) error { return write(out, given.table, form) })
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "A file could not be made.", "file", name+"."+form, "error", err)
		http.Error(w, "The file could not be made. The log of the server says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", name+"."+form))
	body.send(w, r, contentType)
}

// write writes an answer in a form.
func write(out io.Writer, answer table.Table, form string) error {
	switch form {
	case "svg":
		return chart.Of(answer).WriteSVG(out)
	case "png":
		return chart.Of(answer).WritePNG(out)
	case "csv":
		return report.Write(out, report.FormatCSV, []table.Table{answer}, report.Options{})
	case "md":
		return report.Write(out, report.FormatMarkdown, []table.Table{answer}, report.Options{})
	default:
		return report.Write(out, report.FormatJSON, []table.Table{answer}, report.Options{})
	}
}

// drawings keeps the files of the newest snapshot: a PNG takes a tenth of a second.
type drawings struct {
	mutex    sync.Mutex
	snapshot *snapshot
	files    map[string]compressed
}

// of returns a file, which is made only once for a snapshot.
func (d *drawings) of(found *snapshot, name string, draw func(io.Writer) error) (compressed, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.snapshot != found {
		d.snapshot, d.files = found, map[string]compressed{}
	}
	if body, isKept := d.files[name]; isKept {
		return body, nil
	}
	var out bytes.Buffer
	if err := draw(&out); err != nil {
		return compressed{}, err
	}
	d.files[name] = compress(out.Bytes())
	return d.files[name], nil
}
