package reportfile_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"liftoff/internal/reportfile"
)

// voidElements have no end.
var voidElements = []string{"meta", "link", "br", "hr", "img", "input", "wbr"}

// otherFile is an address in a style sheet that is neither inside the page nor data.
var otherFile = regexp.MustCompile(`@import|url\((?:"|')?(?:[^"'d#]|d[^a])`)

// The page opens from a disk without a network, whatever is in the data, and each link
// in it leads somewhere.
func TestHTML_NeedsNoOtherFile(t *testing.T) {
	text := write(t, reportfile.HTML, newReport(), reportfile.Options{})
	var open, ids, links []string
	policy := ""
	tokens := html.NewTokenizer(strings.NewReader(text))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		switch kind {
		case html.TextToken:
			if len(open) > 0 && open[len(open)-1] == "style" && (otherFile.MatchString(token.Data) || strings.Contains(token.Data, "http:") || strings.Contains(token.Data, "https:")) {
				t.Error("the style sheet names another file")
			}
		case html.StartTagToken:
			if !slices.Contains(voidElements, token.Data) {
				open = append(open, token.Data)
			}
			if slices.Contains([]string{"script", "iframe", "object", "embed", "link", "base", "img", "form"}, token.Data) {
				t.Errorf("the page has %s", token)
			}
			for _, a := range token.Attr {
				switch {
				case a.Key == "id":
					ids = append(ids, a.Val)
				case a.Key == "href":
					links = append(links, a.Val)
				case a.Key == "content" && strings.HasPrefix(a.Val, "default-src"):
					policy = a.Val
				case a.Key == "style", a.Key == "src", a.Key == "srcset", strings.HasPrefix(a.Key, "on"), strings.Contains(a.Val, "url(") && a.Val != "url(#chart-hatch)":
					t.Errorf("the page has the attribute %s=%q", a.Key, a.Val)
				}
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("%s ends, but %q is open", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	for _, link := range links {
		target, err := url.PathUnescape(strings.TrimPrefix(link, "#"))
		if err != nil || !strings.HasPrefix(link, "#") || !slices.Contains(ids, target) {
			t.Errorf("the link %q leads nowhere: %v", link, err)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) || len(open) > 0 || len(links) != 10 {
		t.Errorf("ids %q, open elements %q, %d links", ids, open, len(links))
	}
	if want := "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'"; policy != want {
		t.Errorf("the policy is %q", policy)
	}
	if !strings.Contains(text, `url("data:font/woff2;base64,`) {
		t.Error("the font is not in the page")
	}
}
