package browser_test

import (
	"path/filepath"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// reportOf writes the report as one HTML file and returns its address on disk.
func reportOf(t *testing.T, u *clitest.User) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	u.Succeed(t, "report", "--output-file", file)
	return "file://" + file
}

// TestReport opens a report from disk: it needs no other file, and paper gets all of it.
func TestReport(t *testing.T) {
	t.Parallel()
	address := reportOf(t, fill(t, pgtest.NewDatabase(t), hostileLaunches(t)...))
	b := open(t, light)
	b.visit(address)
	b.wantText("Launches per year", "simulated", "api.spacexdata.com")
	want(t, "light", b.complaints())
	for _, asked := range b.asked {
		if asked != address && !strings.HasPrefix(asked, "data:") {
			t.Errorf("the report asks for %s", asked)
		}
	}
	want(t, "headings", b.headings())
	want(t, "charts", b.charts())
	for _, v := range []view{light, dark} {
		b.look(v)
		want(t, "axe, "+v.name, b.axe())
		b.picture("report", v)
	}
	b.look(narrow)
	want(t, "360 px", b.overflow())
	b.look(phone)
	b.picture("report", phone)
	b.look(light)
	// Most tables are folded on the screen.
	evaluate[bool](b, "document.querySelectorAll('details').forEach(d => d.open = true); true")
	cells := b.cells()
	b.visit(address)
	b.wantPrinted(cells)
}
