package serve_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/serve"
)

const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// wantHeaders wants the headers that every answer has.
func wantHeaders(t *testing.T, what string, header http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if got := header.Values(name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
	for _, feature := range []string{"camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"} {
		if !strings.Contains(header.Get("Permissions-Policy"), feature) {
			t.Errorf("%s: Permissions-Policy lacks %s", what, feature)
		}
	}
}

// pages is a handler with one page for each way in which a page may go.
func pages() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/", showPath)
	routes.HandleFunc("/missing", http.NotFound)
	routes.HandleFunc("/asset", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "immutable") })
	routes.HandleFunc("/broken-asset", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "immutable")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	routes.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("s3cret") })
	routes.HandleFunc("/late-panic", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 1<<20))
		panic("too late")
	})
	routes.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/launches", http.StatusSeeOther) })
	routes.HandleFunc("/to-base", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, serve.Base(r.Context())+"/launches", http.StatusSeeOther)
	})
	routes.HandleFunc("/folder/", showPath)
	return routes
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	ready := []serve.Check{{Name: "database", Detail: "away"}}
	r := start(t, serve.Options{Handler: pages(), Ready: func(_ context.Context) []serve.Check { return ready }, BasePath: "/base"})
	for _, test := range []struct {
		method, path string
		status       int
		header       string
	}{
		{"GET", "/base/", 200, ""},
		{"HEAD", "/base/", 200, ""},
		{"GET", "/", 302, ""},
		{"GET", "/base/missing", 404, ""},
		{"GET", "/other", 404, ""},
		{"GET", "/base/panic", 500, ""},
		{"GET", "/base/broken-asset", 503, ""},
		{"GET", "/livez", 200, ""},
		{"GET", "/readyz", 503, ""},
		{"POST", "/base/", 405, ""},
		{"DELETE", "/base/launches", 405, ""},
		{"OPTIONS", "/base/", 405, ""},
		{"TRACE", "/base/", 405, ""},
		{"GET", "/base/%2e%2e/x", 400, ""},
		{"GET", "/base/?a=%00", 400, ""},
		{"GET", "/base/" + strings.Repeat("x", 9000), 414, ""},
		{"GET", "/base/", 421, "Host: evil.example"},
	} {
		var headers []string
		if test.header != "" {
			headers = append(headers, test.header)
		}
		got := r.ask(t, test.method, test.path, headers...)
		what := test.method + " " + test.path[:min(len(test.path), 40)]
		wantStatus(t, what, got, test.status)
		wantHeaders(t, what, got.Header)
		if test.status == http.StatusMethodNotAllowed && got.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", what, got.Header.Get("Allow"))
		}
		if got.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: a promise of TLS without TLS", what)
		}
	}
	if got := r.get(t, "/base/asset").Header.Get("Cache-Control"); got != "immutable" {
		t.Errorf("an asset has Cache-Control %q", got)
	}
}

func TestAPanicIsAPageWithoutDetailsAndOneLine(t *testing.T) {
	r := start(t, serve.Options{Handler: pages()})
	got := r.get(t, "/panic")
	wantStatus(t, "a panic", got, 500, "bug")
	if strings.Contains(got.body, "s3cret") || strings.Contains(got.body, ".go") {
		t.Errorf("the page has details: %s", got.body)
	}
	if n := strings.Count(r.log.String(), "level=ERROR"); n != 1 || !strings.Contains(r.log.String(), "s3cret") {
		t.Errorf("%d lines about the panic: %s", n, r.log)
	}
	// One that comes too late must not look like a whole page.
	response, err := r.client.Get("http://" + r.address + "/late-panic")
	if err == nil {
		_, err = response.Body.Read(make([]byte, 2<<20))
		for err == nil {
			_, err = response.Body.Read(make([]byte, 1<<20))
		}
		response.Body.Close()
	}
	if err == nil || err.Error() == "EOF" {
		t.Errorf("a page that was cut off looks complete: %v", err)
	}
	wantStatus(t, "after it", r.get(t, "/"), 200)
}

func TestWhatIsRefusedIsWrittenByRefuse(t *testing.T) {
	r := start(t, serve.Options{Refuse: func(w http.ResponseWriter, _ *http.Request, status int, text string) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<p>" + text))
	}})
	wantStatus(t, "POST", r.ask(t, http.MethodPost, "/"), 405, "<p>This server only shows things")
}

func TestBasePath(t *testing.T) {
	r := start(t, serve.Options{Handler: pages(), BasePath: "/a/b"})
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/a/b/", 200, "/ /a/b"},
		{"/a/b/x/y", 200, "/x/y /a/b"},
		{"/a/b", 302, "/a/b/"},
		{"/", 302, "/a/b/"},
		{"/a/b/to", 303, "/a/b/launches"},
		{"/a/b/to-base", 303, "/a/b/launches"},
		{"/a/b/folder", 307, "/a/b/folder/"},
		{"/a/bc", 404, "/a/b/"},
		{"/x", 404, "/a/b/"},
		{"/livez", 200, "ok"},
		{"/a/b/livez", 200, "ok"},
		{"/a/b/readyz", 200, `"ready"`},
	} {
		got := r.get(t, test.path)
		if to := got.Header.Get("Location"); to != "" {
			got.body = to
		}
		if got.StatusCode != test.status || !strings.Contains(got.body, test.want) {
			t.Errorf("%s: %d %s, want %d %s", test.path, got.StatusCode, got.body, test.status, test.want)
		}
	}
}

func TestBodiesAreNeitherReadNorWaitedFor(t *testing.T) {
	r := start(t, serve.Options{})
	for text, status := range map[string]int{
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\nabc":                 413,
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc":                    200,
		"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc":                   405,
		"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab":         405,
		"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n": 405,
	} {
		// send reads until the server closes the connection, though the body never ends.
		wantStatus(t, text, r.send(t, text), status)
	}
}
