package web_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// Whatever is stored, no page has a script, a style or a handler, hides anything, or
// makes a browser ask another host.
func TestF2_F6_PagesAreInert(t *testing.T) {
	t.Parallel()
	s := newSite(t, filled)
	todo, seen, launches := []string{"/", hostile}, map[string]bool{}, 0
	for len(todo) > 0 {
		address := todo[0]
		todo = todo[1:]
		if isLaunch := strings.HasPrefix(address, "/launches/"); isLaunch {
			launches++
		}
		const manyLaunches = 60
		if seen[address] || strings.HasPrefix(address, "/launches/") && launches > manyLaunches {
			continue
		}
		seen[address] = true
		response := s.get(address)
		if response.StatusCode != http.StatusOK {
			t.Errorf("the link %s leads to status %d", address, response.StatusCode)
		}
		if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			continue
		}
		page := s.want(address, http.StatusOK)
		wantInert(t, address, page)
		for _, link := range link.FindAllStringSubmatch(page, -1) {
			todo = append(todo, strings.ReplaceAll(strings.ReplaceAll(link[1], "&amp;", "&"), "&#34;", `"`))
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d pages were found: %v", len(seen), seen)
	}
}

var (
	// element is a tag with its attributes.
	element = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*)>`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
	acting  = regexp.MustCompile(`(^|\s)(on\w+|style|srcset|srcdoc|src|ping)\s*=`)
	target  = regexp.MustCompile(`(?i)(?:href|action)="([^"]*)"`)
	link    = regexp.MustCompile(`<a [^>]*href="(/[^"]*)"`)
	hidden  = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x9f\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`)
)

// wantInert checks all elements of a page.
func wantInert(t *testing.T, address, page string) {
	t.Helper()
	for _, found := range element.FindAllStringSubmatch(page, -1) {
		name, attributes := strings.ToLower(found[1]), found[2]
		outside := quoted.ReplaceAllString(strings.ToLower(attributes), `""`)
		switch {
		case name == "script" || name == "style" || name == "iframe" || name == "img" || name == "object" || name == "base":
			t.Errorf("%s has an element %s: %.200s", address, name, found[0])
		case acting.MatchString(outside):
			t.Errorf("%s has an attribute that does something: %.200s", address, found[0])
		}
		for _, leads := range target.FindAllStringSubmatch(attributes, -1) {
			to := leads[1]
			isOwn := strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") || strings.HasPrefix(to, "#") || to == "data:,"
			isWeb := strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://")
			isLink := name == "a" && isWeb && strings.Contains(attributes, `rel="noreferrer noopener nofollow"`)
			if !isOwn && !isLink {
				t.Errorf("%s leads elsewhere: %.200s", address, found[0])
			}
		}
	}
	if hides := hidden.FindString(page); hides != "" {
		t.Errorf("%s has the hidden character %q", address, hides)
	}
}

// A hostile launch is shown as what it is.
func TestF2_AHostileLaunch(t *testing.T) {
	t.Parallel()
	s := newSite(t, filled)
	page := s.want(hostile, http.StatusOK)
	for _, shown := range []string{
		"&lt;script&gt;alert(1)&lt;/script&gt;\\u202egnp.exe\\x07", "Webcast: javascript:alert(document.domain)", ">images.example.com<",
		`href="https://example.com/?a=%22onload=alert%281%29"`, "<del>", "&lt;/td&gt;&lt;script&gt;", "&#43;5 d 1 min", "Wikipedia: data:text/html", ">reddit.example.com<",
	} {
		if !strings.Contains(page, shown) {
			t.Errorf("the page does not show %s", shown)
		}
	}
	if strings.Contains(page, "dQw4w9WgXcQ</a>") || len(page) > 120<<10 {
		t.Errorf("the page has %d bytes", len(page))
	}
	wantInert(t, "the hostile launch", page)
}

// While the database is away the overview is the one from before, and says so; pages that
// are read each time are 503.
func TestF16_TheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, filled)
	proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
	dsn, err := url.Parse(db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	dsn.Host = proxy.Addr()
	s := newSiteOn(t, dsn.String())
	if page := s.want("/", http.StatusOK); strings.Contains(page, "cannot be read") {
		t.Fatalf("the database is there:\n%s", page)
	}
	proxy.SetRefuse(true)
	proxy.CutAll()
	s.skip()
	if page := s.want("/", http.StatusOK); !strings.Contains(page, "The database cannot be read since") || !strings.Contains(page, "Figures on this page were read") {
		t.Errorf("the overview does not say that it is old:\n%.3000s", page)
	}
	for _, address := range []string{"/launches", "/launches/odd12", "/launches/odd12/document", "/runs", "/runs/1", "/quarantine", "/quarantine/1", "/schedules"} {
		if page := s.want(address, http.StatusServiceUnavailable); !strings.Contains(page, "This page cannot be shown now") {
			t.Errorf("%s: %.2000s", address, page)
		}
	}
	s.want("/launches?year=x", http.StatusBadRequest)
	proxy.SetRefuse(false)
	s.skip()
	s.want("/launches", http.StatusOK)
}

// FuzzQuery checks that no address is answered with a failure of the server.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{
		"", "search=star&outcome=success&year=2008", "older=2022-09-05T02:09:00Z~x", "newer=~", "older=~%25_\\", "search=%25%25%25abc", "rocket=%27;--", "year=0001",
		"older=0001-01-01T00:00:00Z~x", "older=9999-12-31T23:59:59.999999999Z~x", "before=9223372036854775807", "reason=invalid_json&resolved=1&run=1", "search=%00", "a;b=c", "%",
	} {
		for page := range 5 {
			f.Add(page, query)
		}
	}
	s := newSite(f, filled)
	paths := []string{"/launches", "/runs", "/quarantine", "/schedules", "/launches/odd12"}
	f.Fuzz(func(t *testing.T, page int, query string) {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, paths[uint(page)%uint(len(paths))], http.NoBody)
		request.URL.RawQuery = query
		recorder := httptest.NewRecorder()
		s.handler.ServeHTTP(recorder, request)
		if recorder.Code >= http.StatusInternalServerError {
			t.Errorf("%s?%q: %s", request.URL.Path, query, fmt.Sprint(recorder.Code, recorder.Body))
		}
	})
}
