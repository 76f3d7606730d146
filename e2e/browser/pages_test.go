package browser_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// shown is a page to look at.
type shown struct {
	name, path string
	status     int64
	says       []string
}

// pagesOf returns the pages of a filled dashboard, one for each query.
func pagesOf(t *testing.T) []shown {
	t.Helper()
	pages := []shown{
		{"overview", "/", 200, []string{"Overview", "Launches per year", "simulated"}},
		{"launches", "/launches", 200, []string{"Launches", "Older", "Falcon 9"}},
		{"launches-filtered", "/launches?search=starlink&outcome=success&year=2020", 200, []string{"Starlink", "Show all"}},
		{"launches-no-match", "/launches?search=zeppelin", 200, []string{"No launch matches", "Show all launches"}},
		{"launches-bad-parameter", "/launches?year=x", 400, []string{"year"}},
		{"launches-one-letter", "/launches?search=x", 400, []string{"search"}},
		{"launch", "/launches/" + movedID, 200, []string{"SXM-8", "+5 d 1 min", "date_utc"}},
		{"launch-hostile", "/launches/" + hostileID, 200, []string{"<script>alert(1)</script>", "javascript:alert(document.domain)"}},
		{"launch-long-name", "/launches/" + longID, 200, []string{"A-long-name."}},
		{"launch-unknown", "/launches/nothing", 404, []string{"nothing"}},
		{"analytics", "/analytics", 200, []string{"Launches per year", "PostgreSQL"}},
		{"analytics-unknown", "/analytics/nothing", 404, nil},
		{"runs", "/runs", 200, []string{"succeeded", "failed"}},
		{"run", "/runs/2", 200, []string{"Run 2", "Records"}},
		{"run-failed", "/runs/3", 200, []string{"Run 3", "failed"}},
		{"quarantine", "/quarantine", 200, []string{"missing id"}},
		{"record", "/quarantine/1", 200, []string{`\u003cscript\u003ealert(12)`}},
		{"quarantine-no-match", "/quarantine?reason=invalid_json", 200, nil},
		{"schedules", "/schedules", 200, []string{"hourly", "nightly"}},
		{"not-found", "/nothing/here", 404, nil},
	}
	for _, name := range queryNames(t) {
		pages = append(pages, shown{"query-" + name, "/analytics/" + name, 200, []string{"SQL", "CSV"}})
	}
	return pages
}

// queryNames returns the built-in queries.
func queryNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../sql/analytics/*.sql")
	if err != nil || len(files) < 10 {
		t.Fatalf("there are few queries: %v %v", files, err)
	}
	prefix := regexp.MustCompile(`^\d+_`)
	var names []string
	for _, file := range files {
		names = append(names, prefix.ReplaceAllString(strings.TrimSuffix(filepath.Base(file), ".sql"), ""))
	}
	return names
}

// TestFilled opens each page of a dashboard that has everything, and uses it.
func TestFilled(t *testing.T) {
	t.Parallel()
	d := serve(t, fill(t, pgtest.NewDatabase(t), hostileLaunches(t)...))
	for _, p := range pagesOf(t) {
		t.Run(p.name, func(t *testing.T) { t.Parallel(); inspect(t, d, p) })
	}
	for name, use := range map[string]func(*testing.T, dashboard){
		"filters": filters, "paging": paging, "walk": walk, "downloads": downloads, "hostile": hostile, "print": printLaunches,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); use(t, d) })
	}
}

// inspect opens a page as all kinds of readers do, and takes pictures of it.
func inspect(t *testing.T, d dashboard, p shown) {
	t.Helper()
	b := open(t, light)
	b.visit(d.url + p.path)
	if got := b.answered(); got != p.status {
		t.Errorf("%s answers %d, want %d", p.path, got, p.status)
	}
	b.wantText(p.says...)
	want(t, "light", b.complaints())
	want(t, "headings", b.headings())
	want(t, "charts", b.charts())
	withScripts := b.text()
	for _, v := range []view{light, dark} {
		b.look(v)
		want(t, "axe, "+v.name, b.axe())
		b.picture(p.name, v)
	}
	b.look(narrow)
	want(t, "360 px", b.overflow())
	b.look(phone)
	b.picture(p.name, phone)
	want(t, "keyboard", b.tabThrough())

	plain := light
	plain.noScripts = true
	b.look(plain)
	b.visit(d.url + p.path)
	// Each try to reach a database that is away may end in another way.
	if diff := cmp.Diff(timeless(withScripts), timeless(b.text())); diff != "" && !strings.HasPrefix(p.name, "away-") {
		t.Errorf("the page says something else without scripts:\n%s", diff)
	}
	want(t, "without scripts", b.complaints())
}

// timeless returns a text without how long ago something was.
func timeless(text string) string {
	return regexp.MustCompile(`just now|\d+ (second|minute)s? ago|in \d+ minutes?|answered in \S+|[Rr]ead \d+ \w+ \d+, [\d:]+ UTC`).ReplaceAllString(text, "")
}

// picture writes a picture of the whole page into LIFTOFF_SCREENSHOTS.
func (b *tab) picture(name string, v view) {
	b.t.Helper()
	folder := os.Getenv("LIFTOFF_SCREENSHOTS")
	if folder == "" {
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+"-"+v.name+".png"), b.capture(v, 12000), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// capture returns the page as a PNG of at most a height in CSS pixels.
func (b *tab) capture(v view, highest int64) []byte {
	b.t.Helper()
	height := evaluate[float64](b, "Math.max(document.scrollingElement.scrollHeight, innerHeight)")
	return call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: new(true),
		OptimizeForSpeed:      new(true), // those of the documentation are packed anew
		Clip:                  &page.Viewport{Width: float64(v.width), Height: min(height, float64(highest)), Scale: 1},
	}).Data
}

func TestPages_OfAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	u.Succeed(t, "migrate", "up")
	d := serve(t, u)
	for _, p := range []shown{
		{"empty-overview", "/", 200, []string{"There are no launches yet", "liftoff ingest"}},
		{"empty-launches", "/launches", 200, []string{"There are no launches yet", "liftoff ingest"}},
		{"empty-analytics", "/analytics", 200, nil},
		{"empty-query", "/analytics/launches_per_year", 200, nil},
		{"empty-runs", "/runs", 200, []string{"There is no run yet"}},
		{"empty-quarantine", "/quarantine", 200, []string{"Nothing is in quarantine"}},
		{"empty-schedules", "/schedules", 200, []string{"There is no schedule yet"}},
	} {
		t.Run(p.name, func(t *testing.T) { inspect(t, d, p) })
	}
}

func TestPages_WithoutFittingTables(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	d := serve(t, u)
	inspect(t, d, shown{"unmigrated", "/", 503, []string{"There is no data yet", "liftoff ingest --all"}})
}

func TestPages_WhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	proxy, db := through(t, pgtest.NewDatabase(t))
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t), "LOG_FILE=-")
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	d := serve(t, u)
	b := open(t, light)
	b.visit(d.url)
	b.wantText("Launches per year")
	proxy.SetRefuse(true)
	proxy.CutAll()
	eventually(t, func() error {
		b.visit(d.url)
		return lacks(b.text(), "The database cannot be read")
	})
	inspect(t, d, shown{"away-overview", "/", 200, []string{"The database cannot be read", "Launches per year"}})
	inspect(t, d, shown{"away-launches", "/launches", 503, nil})
	proxy.SetRefuse(false)
	eventually(t, func() error {
		b.visit(d.url + "/launches")
		return lacks(b.text(), "Older")
	})
}
