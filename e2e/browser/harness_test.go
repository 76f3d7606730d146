package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// policy is the one of the dashboard.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// begin is a page without fault so far, and rest ends it.
const (
	begin = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page</title><link rel="icon" href="data:,"><link rel="stylesheet" href="style.css"></head><body><a class="skip" href="#main">Skip to content</a><main id="main"><h1>A page</h1>`
	rest = `</main></body></html>`
)

// The checks find what they are for: each of these pages has one fault.
func TestChecks_FindFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, found string
		look              func(*tab) []string
	}{
		{"inline style", `<p style="color: red">text</p>`, "Content Security Policy", (*tab).complaints},
		{"script", `<script>document.title = "gone"</script>`, "Content Security Policy", (*tab).complaints},
		{"image of another host", `<img alt="a patch" src="http://images.invalid/patch.png">`, "another host is asked: http://images.invalid/patch.png", (*tab).complaints},
		{"missing file", `<img alt="a patch" src="patch.png">`, "patch.png answers 404", (*tab).complaints},
		{"dialog", "", "a dialog says: 1", func(b *tab) []string { evaluate[bool](b, "alert(1); true"); return b.complaints() }},
		{"contrast", `<p class="pale">text</p>`, "color-contrast", (*tab).axe},
		{"label", `<form><input name="name"></form>`, "label", (*tab).axe},
		{"overflow", `<p class="wide">text</p>`, "the page is 2000 px wide", (*tab).overflow},
		{"overflow of a word", `<p>` + strings.Repeat("word", 200) + `</p>`, "px wide in a window of 360", (*tab).overflow},
		{"heading", `<h3>Too deep</h3>`, "level 3 follows level 1", (*tab).headings},
		{"second title", `<h1>Another</h1>`, "2 headings of level 1", (*tab).headings},
		{"chart without a table", `<section><svg role="img" aria-label="rates"></svg></section>`, "no table beside the drawing rates", (*tab).charts},
		{"stop that keyboards cannot reach", `<p><a href="#main" tabindex="-1">hidden link</a></p>`, `Tab does not reach "hidden link"`, (*tab).tabThrough},
		{"focus without a mark", `<p><a class="plain" href="#main">plain link</a></p>`, `"plain link" has the focus and looks as without it`, (*tab).tabThrough},
		{"focus out of sight", `<p><a class="away" href="#main">lost link</a></p>`, `"lost link" has the focus and cannot be seen`, (*tab).tabThrough},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, narrow)
			b.visit(servePage(t, begin+test.body+rest))
			if found := test.look(b); !strings.Contains(strings.Join(found, "\n"), test.found) {
				t.Errorf("the page has the fault %q, and the check finds %q", test.found, found)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		b := open(t, narrow)
		b.visit(servePage(t, begin+`<p>All is well. <a href="#main">A link</a></p>`+rest))
		for _, look := range []func(*tab) []string{(*tab).complaints, (*tab).axe, (*tab).overflow, (*tab).headings, (*tab).charts, (*tab).tabThrough} {
			want(t, "a page without fault", look(b))
		}
	})
}

// servePage serves a page under the dashboard's policy.
func servePage(t *testing.T, content string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(content))
		case "/style.css":
			w.Header().Set("Content-Type", "text/css")
			_, _ = w.Write([]byte(`.pale { color: #ccc } .wide { width: 2000px; margin: 0 } body { margin: 0 } a { outline-offset: 2px } a:focus-visible { outline: 2px solid #c2410c }
a.plain:focus { outline: none } .away { position: fixed; left: -5000px } .skip { position: absolute; left: -999px } .skip:focus { left: 0 } a { text-decoration: underline }`))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}
