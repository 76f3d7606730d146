package browser_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// click clicks the first link or button of the page's main part with a text, and waits
// for the page that it leads to. An empty address means any other one.
func (b *tab) click(text, leadsTo string) {
	b.t.Helper()
	const find = `(() => {
  const e = [...document.querySelectorAll("main a, main button")].find(e => e.checkVisibility() && e.textContent.trim() === %q);
  e?.setAttribute("data-test", "here"); return !!e})()`
	if !evaluate[bool](b, fmt.Sprintf(find, text)) {
		b.t.Fatalf("%s has no link or button %q:\n%.2000s", b.location(), text, b.text())
	}
	before := b.location()
	b.run(chromedp.Click(chromedp.CSS(`[data-test=here]`)))
	moved := fmt.Sprintf("String(location.pathname + location.search !== %q && document.readyState === 'complete')", before)
	eventuallyTrue(b, moved, "true")
	b.settle()
	if got := b.location(); leadsTo != "" && got != leadsTo {
		b.t.Errorf("%q leads from %s to %s, want %s", text, before, got, leadsTo)
	}
}

// column returns the texts of a column of the first table.
func (b *tab) column(number int) []string {
	b.t.Helper()
	return evaluate[[]string](b, fmt.Sprintf("[...document.querySelectorAll('main table')[0]?.tBodies[0].rows ?? []].map(r => r.cells[%d].innerText.trim())", number))
}

// filters fills in the form of the launches.
func filters(t *testing.T, d dashboard) {
	b := open(t, light)
	b.visit(d.url + "/launches")
	b.run(chromedp.SendKeys(chromedp.CSS("input[type=search]"), "starlink"))
	choose(b, "outcome", "success")
	choose(b, "year", "2020")
	choose(b, "rocket", "Falcon 9")
	b.click("Filter", "")
	address := b.location()
	for _, part := range []string{"search=starlink", "outcome=success", "year=2020", "rocket="} {
		if !strings.Contains(address, part) {
			t.Errorf("the address %s lacks %s", address, part)
		}
	}
	names := b.column(1)
	if len(names) < 5 {
		t.Errorf("only %q match", names)
	}
	wantRows(t, b, func(row []string) bool {
		return strings.Contains(row[0], "2020") && strings.Contains(row[1], "Starlink") && row[2] == "success" && row[3] == "Falcon 9"
	})
	b.run(chromedp.Reload())
	b.settle()
	if got := b.column(1); strings.Join(got, "\n") != strings.Join(names, "\n") || b.location() != address {
		t.Errorf("a reload shows %q", got)
	}
	if form := evaluate[string](b, "[...document.forms[0].elements].map(e => e.selectedOptions?.[0].textContent ?? e.value).join(' ')"); !strings.HasPrefix(form, "starlink success Falcon 9") {
		t.Errorf("the form has forgotten what was chosen: %s", form)
	}
	b.click("Show all", "/launches")
	if got := b.column(1); len(got) != 50 {
		t.Errorf("without a filter there are %d rows on the page, want 50", len(got))
	}
	b.visit(d.url + "/launches?search=zeppelin")
	b.click("Show all launches", "/launches")
	want(t, "complaints", b.complaints())
}

// choose chooses an option by its text.
func choose(b *tab, name, text string) {
	b.t.Helper()
	const script = `(() => {
  const select = document.querySelector("select[name=%s]"), option = [...select.options].find(o => o.textContent === %q);
  if (option) option.selected = true; return !!option})()`
	if !evaluate[bool](b, fmt.Sprintf(script, name, text)) {
		b.t.Fatalf("%s cannot be chosen as %s", text, name)
	}
}

// wantRows wants that all rows of the first table fit.
func wantRows(t *testing.T, b *tab, fits func(row []string) bool) {
	t.Helper()
	for _, row := range evaluate[[][]string](b, "[...document.querySelectorAll('main table')[0].tBodies[0].rows].map(r => [...r.cells].map(c => c.innerText.trim()))") {
		if !fits(row) {
			t.Errorf("%s shows the row %q", b.location(), row)
		}
	}
}

// paging turns to the last page and back, with a filter.
func paging(t *testing.T, d dashboard) {
	b := open(t, light)
	b.visit(d.url + "/launches?outcome=success")
	var pages [][]string
	for {
		pages = append(pages, b.column(1))
		if !strings.Contains(b.text(), "Older") {
			break
		}
		b.click("Older →", "")
		if !strings.Contains(b.location(), "outcome=success") {
			t.Fatalf("the filter is lost: %s", b.location())
		}
		if len(pages) > 10 {
			t.Fatal("there is no last page")
		}
	}
	count := 0
	for _, names := range pages {
		count += len(names)
	}
	if len(pages) != 4 || count != 181 {
		t.Errorf("%d pages have %d launches, want 4 with 181", len(pages), count)
	}
	for i := len(pages) - 2; i >= 0; i-- {
		b.click("← Newer", "")
		if got := b.column(1); strings.Join(got, "\n") != strings.Join(pages[i], "\n") {
			t.Errorf("page %d has changed on the way back: %q, before %q", i+1, got, pages[i])
		}
	}
}

// walk goes from the overview to a launch, to the run that changed it, and to queries.
func walk(t *testing.T, d dashboard) {
	b := open(t, light)
	b.visit(d.url + "/")
	b.click("Crew-5", "/launches/62dd70d5202306255024d139")
	b.wantText("Crew-5", "Falcon 9")
	b.visit(d.url + "/launches?search=SXM-8")
	b.click("SXM-8", "/launches/"+movedID)
	b.click("run 2", "/runs/2")
	b.click("Its records in quarantine", "/quarantine?run=2")
	b.click("1", "/quarantine/1")
	b.visit(d.url + "/analytics")
	b.click("Launches per year", "/analytics/launches_per_year")
	b.click("Launches per rocket →", "/analytics/launches_per_rocket")
	want(t, "complaints", b.complaints())
}

// downloads follows the links to files of a query, and to a document.
func downloads(t *testing.T, d dashboard) {
	b := open(t, light)
	b.visit(d.url + "/analytics/launches_per_year")
	checks := map[string]func(content []byte) error{
		"CSV":  func(content []byte) error { _, err := csv.NewReader(bytes.NewReader(content)).ReadAll(); return err },
		"JSON": func(content []byte) error { return json.Unmarshal(content, new(any)) },
		"SVG":  func(content []byte) error { return xml.Unmarshal(content, new(struct{})) },
		"PNG":  func(content []byte) error { _, err := png.Decode(bytes.NewReader(content)); return err },
	}
	for text, check := range checks {
		href := evaluate[string](b, fmt.Sprintf("[...document.querySelectorAll('main a')].find(a => a.textContent === %q)?.href ?? ''", text))
		content := get(t, href)
		if err := check(content); err != nil || len(content) < 100 {
			t.Errorf("%s has %d bytes: %v\n%.300s", href, len(content), err, content)
		}
	}
	// A browser draws the SVG by itself too, and its policy lets it.
	b.visit(evaluate[string](b, "[...document.querySelectorAll('main a')].find(a => a.textContent === 'SVG').href"))
	want(t, "the drawing", b.complaints())
	b.visit(d.url + "/launches/" + movedID)
	document := get(t, evaluate[string](b, "document.querySelector('a[download]').href"))
	if err := json.Unmarshal(document, new(any)); err != nil {
		t.Errorf("the document: %v", err)
	}
}

// get downloads what a link leads to.
func get(t *testing.T, href string) []byte {
	t.Helper()
	response, err := http.Get(href)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", href, response.Status, err)
	}
	return content
}

// hostile opens all that a hostile launch brings, clicks where it can be clicked, and
// wants that nothing of it comes to life.
func hostile(t *testing.T, d dashboard) {
	b := open(t, light)
	for _, path := range []string{"/launches/" + hostileID, "/launches/" + longID, "/launches?search=script", "/quarantine/1", "/"} {
		b.visit(d.url + path)
		title := evaluate[string](b, "document.title")
		evaluate[bool](b, "document.querySelectorAll('details').forEach(d => d.open = true); true")
		for _, event := range []string{"mouseover", "focus", "error", "load"} {
			evaluate[bool](b, fmt.Sprintf("document.querySelectorAll('main *').forEach(e => e.dispatchEvent(new Event(%q))); true", event))
		}
		living := evaluate[[]string](b, `[...document.querySelectorAll("main script, main img, main iframe, main style, main [style], main [onload], main [onerror], main [onmouseover], main a")]
  .filter(e => e.tagName !== "A" || !/^https?:$/.test(e.protocol)).map(e => e.outerHTML)`)
		want(t, path, living)
		if now := evaluate[string](b, "document.title"); now != title {
			t.Errorf("%s: the title has become %q", path, now)
		}
		if strings.ContainsAny(b.text(), "\u202e\u2066\u2069") {
			t.Errorf("%s has characters that turn the text around", path)
		}
		want(t, path, b.complaints())
	}
}
