package browser_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// printed prints the page on A4 and returns the text on the paper, in dark mode too.
func (b *tab) printed() string {
	b.t.Helper()
	program := tool(b.t, "pdftotext")
	content, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	if err != nil {
		b.t.Fatal(err)
	}
	file := filepath.Join(b.t.TempDir(), "page.pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	if folder := os.Getenv("LIFTOFF_SCREENSHOTS"); folder != "" {
		name := strings.NewReplacer("/", "-", " ", "-").Replace(b.t.Name()) + ".pdf"
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	text, err := exec.CommandContext(b.t.Context(), program, "-raw", file, "-").Output()
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// cells returns the texts of all cells of tables that can be seen.
func (b *tab) cells() []string {
	b.t.Helper()
	return evaluate[[]string](b, "[...document.querySelectorAll('main table td, main table tbody th')].filter(e => e.checkVisibility()).map(e => e.innerText)")
}

// wantPrinted wants that all cells are on paper. The words of a cell may stand on several
// lines, and long ones be broken.
func (b *tab) wantPrinted(cells []string) {
	b.t.Helper()
	if len(cells) < 50 {
		b.t.Fatalf("there are only %d cells", len(cells))
	}
	blanks := regexp.MustCompile(`\s+`)
	paper := blanks.ReplaceAllString(b.printed(), "")
	for _, cell := range cells {
		if !strings.Contains(paper, blanks.ReplaceAllString(cell, "")) {
			b.t.Errorf("the cell %q is not on paper", cell)
		}
	}
	if b.t.Failed() {
		b.t.Logf("on paper:\n%.3000s", paper)
	}
}

// printLaunches prints a page of launches and one with a table of a query.
func printLaunches(t *testing.T, d dashboard) {
	b := open(t, dark)
	for _, path := range []string{"/launches", "/analytics/launches_per_year"} {
		b.visit(d.url + path)
		b.wantPrinted(b.cells())
	}
}
