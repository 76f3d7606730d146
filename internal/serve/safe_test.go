package serve_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"liftoff/internal/serve"
)

func TestWhatNoHonestClientSendsIsRefused(t *testing.T) {
	r := start(t, serve.Options{})
	for _, path := range []string{
		"/../etc/passwd", "/a/../b", "/./a", "/a/.", "/a/..", "//evil.example/", "/a//b", "/%2e%2e/x", "/%2E%2e%2fetc", "/a%2fb", "/a%2Fb",
		"/a%5c..%5cb", `/a\b`, "/a%00", "/%0d%0aSet-Cookie:x", "/%ff", "*", "/?a=%00", "/?%00=a", "/?a=%ff", "/?a=%zz", "/?a;b", "/%",
	} {
		got := r.send(t, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		wantStatus(t, path, got, http.StatusBadRequest)
	}
	for _, path := range []string{"/launches?name=%3Cscript%3E&outcome=success", "/launches/5eb87cd9ffd86e000604b32a", "/%E2%80%AE", "/a%20b", "/a%25b", "/?a=%F0%9F%9A%80", "/folder/"} {
		wantStatus(t, path, r.get(t, path), http.StatusOK)
	}
	got := r.get(t, "/?a=1&name=%00")
	wantStatus(t, "a NUL", got, http.StatusBadRequest, `"name"`)
	// Go's own parser refuses what is no HTTP at all, and the server lives on.
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x00\n\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + strings.Repeat("a", 64<<10) + "\r\n\r\n",
	} {
		if got := r.send(t, text); got.StatusCode < 400 || got.StatusCode >= 500 && got.StatusCode != http.StatusHTTPVersionNotSupported {
			t.Errorf("%.60q: status %d", text, got.StatusCode)
		}
	}
	wantStatus(t, "after all that", r.get(t, "/"), http.StatusOK)
}

func TestHosts(t *testing.T) {
	r := start(t, serve.Options{Hosts: []string{"Launches.example"}, HostsSetting: "--allow-host (SERVE_HOSTS)"})
	_, port, _ := net.SplitHostPort(r.address)
	for _, host := range []string{r.address, "localhost", "localhost:" + port, "127.0.0.1", "[::1]", "[::1]:" + port, "LOCALHOST.", "launches.example", "launches.example:443"} {
		wantStatus(t, host, r.get(t, "/", "Host: "+host), http.StatusOK)
	}
	for _, host := range []string{"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.1", "sub.launches.example", "0.0.0.0", "2130706433", strings.Repeat("x", 5000)} {
		wantStatus(t, host, r.get(t, "/", "Host: "+host), http.StatusMisdirectedRequest, "--allow-host (SERVE_HOSTS)")
	}
	// A probe may call it by any name, and learns nothing but the status.
	got := r.get(t, "/readyz", "Host: evil.example")
	wantStatus(t, "a probe", got, http.StatusOK, `{"status":"ready"}`)
	got = r.send(t, "GET / HTTP/1.0\r\n\r\n")
	wantStatus(t, "no host", got, http.StatusMisdirectedRequest)
	got = r.send(t, "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
	wantStatus(t, "a host in the address", got, http.StatusMisdirectedRequest)
}

func TestProxiesCountOnlyIfTrusted(t *testing.T) {
	prefixes, err := serve.ParseProxies([]string{"127.0.0.1", "10.0.0.0/8", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []bool{true, false} {
		opts := serve.Options{}
		if trusted {
			opts.TrustedProxies = prefixes
		}
		r := start(t, opts)
		got := r.get(t, "/x", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /liftoff/", "X-Forwarded-For: 198.51.100.1, 203.0.113.9, 10.1.1.1")
		client, base, tls := "client=127.0.0.1", "/x ", ""
		if trusted {
			client, base, tls = "client=203.0.113.9", "/x /liftoff", "max-age=31536000"
		}
		if got.body != base || got.Header.Get("Strict-Transport-Security") != tls || !strings.Contains(r.log.String(), client) {
			t.Errorf("trusted %t: %q, HSTS %q, log %s", trusted, got.body, got.Header.Get("Strict-Transport-Security"), r.log)
		}
	}
	r := start(t, serve.Options{TrustedProxies: prefixes})
	for _, prefix := range []string{"//evil.example", "/a/../b", "evil", "/a b", "/<script>", `/a"b`, "/" + strings.Repeat("x", 200), "https://evil.example"} {
		if got := r.get(t, "/x", "X-Forwarded-Prefix: "+prefix); got.body != "/x " {
			t.Errorf("X-Forwarded-Prefix %q gives the base %q", prefix, got.body)
		}
	}
	for list, want := range map[string]string{
		"": "127.0.0.1", "rubbish": "127.0.0.1", "203.0.113.7, rubbish": "127.0.0.1", "2001:db8::1": "2001:db8::1", "203.0.113.7:1234": "203.0.113.7",
		"::ffff:203.0.113.8": "203.0.113.8", "10.1.2.3": "10.1.2.3", "[2001:db9::5]:80": "2001:db9::5",
	} {
		r := start(t, serve.Options{TrustedProxies: prefixes})
		r.get(t, "/", "X-Forwarded-For: "+list)
		if !strings.Contains(r.log.String(), "client="+want) {
			t.Errorf("X-Forwarded-For %q: want client %s: %s", list, want, r.log)
		}
	}
	for _, text := range []string{"evil", "10.0.0.0/99", "10.0.0.1:80", ""} {
		if _, err := serve.ParseProxies([]string{text}); err == nil {
			t.Errorf("ParseProxies(%q) takes it", text)
		}
	}
}

// FuzzRequest sends what a client may send: no answer is an error of the server, each has
// the headers, and what gets through is harmless.
func FuzzRequest(f *testing.F) {
	for _, target := range []string{"/", "/launches?q=a", "/..%2f", "//", "/a%00", "*", "http://x/", "/?a=%ff", "/base/x", "/base", "/readyz"} {
		f.Add("GET", target, "localhost", "X-Forwarded-Prefix: /a", "198.51.100.1:5")
	}
	f.Add("POST", "/", "evil", "Authorization: Basic eA==", "x")
	f.Add("HEAD", "/", "[::1]:80", "Authorization: Bearer x", "[fe80::1%eth0]:80")
	credentials, err := serve.ParseCredentials("user:password")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, host, header, remote string) {
		text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", method, target, host, header)
		request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return // Go refuses it
		}
		request.RemoteAddr = remote
		for _, opts := range []serve.Options{{BasePath: "/base"}, {TrustedProxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}, {Credentials: credentials}} {
			opts.Logger, opts.Now = slog.New(slog.DiscardHandler), time.Now
			opts.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if path := r.URL.Path; !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path+"/", "/../") ||
					strings.ContainsRune(path, 0) || !utf8.ValidString(path) {
					t.Errorf("the path %q gets through", path)
				}
				showPath(w, r)
			})
			recorder := httptest.NewRecorder()
			serve.New(opts).HandlerAt(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}).ServeHTTP(recorder, request)
			if recorder.Code >= http.StatusInternalServerError {
				t.Errorf("%q: status %d", text, recorder.Code)
			}
			wantHeaders(t, text, recorder.Header())
		}
	})
}
