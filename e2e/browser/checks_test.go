package browser_test

import (
	_ "embed"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed testdata/headings.js
var headingsJS string

//go:embed testdata/charts.js
var chartsJS string

//go:embed testdata/overflow.js
var overflowJS string

//go:embed testdata/focus.js
var focusJS string

//go:embed testdata/axe.js
var axeJS string

// axePath is where tools/browser-tools.sh unpacks axe-core.
const axePath = "../../.bin/browser/package/axe.min.js"

var axeSource = sync.OnceValues(func() (string, error) {
	content, err := os.ReadFile(axePath)
	return string(content), err
})

// axe returns the violations that axe-core finds in the page. It is injected by the
// debugger: the page's policy would stop a script tag.
func (b *tab) axe() []string {
	b.t.Helper()
	source, err := axeSource()
	if err != nil {
		tool(b.t, axePath)
	}
	if !evaluate[bool](b, "typeof axe === 'object'") {
		evaluate[bool](b, source+"; true")
	}
	return evaluate[[]string](b, axeJS)
}

// overflow returns what sticks out of the window at its side.
func (b *tab) overflow() []string { b.t.Helper(); return evaluate[[]string](b, overflowJS) }

// headings returns what is wrong with the order of the headings.
func (b *tab) headings() []string { b.t.Helper(); return evaluate[[]string](b, headingsJS) }

// charts returns the charts that have neither a table nor a link to one.
func (b *tab) charts() []string { b.t.Helper(); return evaluate[[]string](b, chartsJS) }

// focused is what has the focus, as focus.js describes it.
type focused struct {
	Text                string
	Left                int
	IsSeen, IsMarked    bool
	IsOutside, IsHidden bool
}

// tabThrough presses Tab until all was reached, and returns what is wrong: what cannot be
// reached, or cannot be seen to have the focus.
func (b *tab) tabThrough() []string {
	b.t.Helper()
	var found []string
	limit := evaluate[int](b, focusJS+"; tabStops().length")
	if limit == 0 {
		return []string{"nothing can have the focus"}
	}
	for i := range limit {
		b.run(chromedp.KeyEvent(kb.Tab))
		f := evaluate[focused](b, "visitFocused()")
		switch {
		case i == 0 && f.Text != "Skip to content":
			found = append(found, fmt.Sprintf("the first stop is %q, not the link that skips the navigation", f.Text))
		case !f.IsSeen:
			found = append(found, fmt.Sprintf("%q has the focus and cannot be seen", f.Text))
		case !f.IsMarked:
			found = append(found, fmt.Sprintf("%q has the focus and looks as without it", f.Text))
		}
	}
	for _, text := range evaluate[[]string](b, "notVisited()") {
		found = append(found, fmt.Sprintf("Tab does not reach %q", text))
	}
	return found
}

// want wants that checks find nothing.
func want(t *testing.T, what string, found []string) {
	t.Helper()
	for _, each := range found {
		t.Errorf("%s: %s", what, each)
	}
}
