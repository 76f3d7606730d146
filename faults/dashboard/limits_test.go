package dashboard_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// wantHeaders wants the headers that every answer has.
func wantHeaders(t *testing.T, what string, header http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if got := header.Values(name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
	if header.Get("Permissions-Policy") == "" || header.Get("Server") != "" || header.Get("X-Powered-By") != "" {
		t.Errorf("%s: headers %v", what, header)
	}
}

func TestF4_F5_HeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	open, closed := start(t, u, "--base-path", "/base"), start(t, u, "--auth-file", loginsFile(t, u, 0o600))
	away := start(t, u.With("DATABASE_URL=postgres://nobody@127.0.0.1:1/none"))
	for _, test := range []struct {
		d            *dashboard
		method, path string
		status       int
	}{
		{open, "GET", "/base/", 200},
		{open, "HEAD", "/base/", 200},
		{open, "GET", "/", 302},
		{open, "GET", "/base/nothing", 404},
		{open, "GET", "/nothing", 404},
		{open, "POST", "/base/", 405},
		{open, "GET", "/base/%2e%2e/", 400},
		{open, "GET", "/base/" + strings.Repeat("x", 9000), 414},
		{open, "GET", "/livez", 200},
		{open, "GET", "/readyz", 200},
		{closed, "GET", "/", 401},
		{closed, "GET", "/livez", 200},
		{away, "GET", "/", 503},
		{away, "GET", "/readyz", 503},
		{away, "GET", "/livez", 200},
	} {
		for _, id := range []string{"F4", "F5"} {
			t.Run(id+" "+test.method+" "+strconv.Itoa(test.status)+" "+test.path[:min(len(test.path), 20)], func(t *testing.T) {
				got := test.d.ask(t, test.method, test.path)
				wantStatus(t, test.path, got, test.status)
				wantHeaders(t, test.path, got.Header)
			})
		}
	}
}

// None of them gets a file.
func TestF11_PathsLeadNowhere(t *testing.T) {
	t.Parallel()
	d := start(t, newUser(t))
	for _, path := range []string{
		"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/static/../../etc/passwd", "//etc/passwd", "/etc/passwd%00.css",
		"/%5c..%5c..%5cetc", `/\etc`, "/./etc/passwd", "/%c0%ae%c0%ae/etc/passwd", "/proc/self/environ", "file:///etc/passwd", "/%252e%252e/etc/passwd",
	} {
		got := d.send(t, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if got.StatusCode < 400 || got.StatusCode >= 500 || strings.Contains(got.body, "root:") {
			t.Errorf("%s: status %d: %s", path, got.StatusCode, got.body)
		}
	}
}

func TestF12_SlowClients(t *testing.T) {
	t.Parallel()
	d := start(t, newUser(t))
	t.Run("F12 a header that drips", func(t *testing.T) {
		conn := d.dial(t)
		began := time.Now()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n")
		go func() {
			for range 40 {
				if _, err := io.WriteString(conn, "X: y\r\n"); err != nil {
					return
				}
				<-time.After(250 * time.Millisecond)
			}
		}()
		_, _ = io.ReadAll(conn) // until the server closes it
		if took := time.Since(began); took < 4*time.Second || took > 8*time.Second {
			t.Errorf("it was cut off after %s, want 5 s", took)
		}
	})
	t.Run("F12 500 of them, then 10,000", func(t *testing.T) {
		var conns []net.Conn
		defer func() {
			for _, conn := range conns {
				_ = conn.Close()
			}
		}()
		honest := func(when string) {
			began := time.Now()
			wantStatus(t, when, d.get(t, "/livez"), http.StatusOK)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("%s: an honest client waited %s", when, took)
			}
		}
		for i := range 10_000 {
			conn, err := net.Dial("tcp", d.address)
			if err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nX-Slow: ") // it may be closed already
			if conns = append(conns, conn); len(conns) > 500 {
				_ = conns[0].Close() // this process may not open more
				conns = conns[1:]
			}
			if i%1000 == 500 {
				honest(strconv.Itoa(i) + " slow clients")
			}
		}
		descriptors, err := os.ReadDir("/proc/" + strconv.Itoa(d.PID()) + "/fd")
		if err == nil && len(descriptors) > 300 {
			t.Errorf("it has %d open files", len(descriptors))
		}
	})
	d.stop(t)
}

func TestF13_HugeRequests(t *testing.T) {
	t.Parallel()
	d := start(t, newUser(t))
	for what, test := range map[string]struct {
		text   string
		status int
	}{
		"a body":           {"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n" + strings.Repeat("x", 1<<20), 413},
		"a posted body":    {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n" + strings.Repeat("x", 1<<20), 405},
		"an address":       {"GET /" + strings.Repeat("x", 9<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
		"a query":          {"GET /?q=" + strings.Repeat("x", 9<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
		"a header":         {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 30<<10) + "\r\n\r\n", 431},
		"many headers":     {"GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\r\n", 431},
		"many parameters":  {"GET /?" + strings.Repeat("a=b&", 2000) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400},
		"a huge number":    {"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
		"a chunked stream": {"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("x", 65536)+"\r\n", 4), 200},
	} {
		wantStatus(t, what, d.send(t, test.text), test.status)
	}
	if status, err := os.ReadFile("/proc/" + strconv.Itoa(d.PID()) + "/status"); err == nil {
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		if kib, err := strconv.Atoi(strings.Fields(rest)[0]); err != nil || kib > 100<<10 {
			t.Errorf("it took %d KiB of memory", kib)
		}
	}
}

// The answer under way is given, /readyz says 503 first, and the end is no failure.
func TestF17_Stopping(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.NewUser(t).On(db).Succeed(t, "migrate", "up")
	proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
	u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT="+strconv.Itoa(proxy.Port()), "POSTGRES_DB="+db.Name,
		"POSTGRES_USER="+db.User, "POSTGRES_PASSWORD="+db.Password, "POSTGRES_SSLMODE=disable")
	d := start(t, u)
	wantStatus(t, "before", d.get(t, "/readyz"), http.StatusOK)
	proxy.SetBlackHole(true) // so that a page takes two seconds
	proxy.CutAll()
	slow := make(chan reply, 1)
	go func() { slow <- d.get(t, "/") }()
	<-time.After(300 * time.Millisecond)
	d.Signal(syscall.SIGTERM)
	for end := time.Now().Add(time.Second); ; <-time.After(5 * time.Millisecond) {
		if got := d.get(t, "/readyz"); strings.Contains(got.body, `"draining","ok":false`) {
			wantStatus(t, "stopping", got, http.StatusServiceUnavailable)
			break
		} else if time.Now().After(end) {
			t.Fatal("/readyz does not say that it stops")
		}
	}
	wantStatus(t, "alive", d.get(t, "/livez"), http.StatusOK)
	wantStatus(t, "the page under way", <-slow, http.StatusServiceUnavailable, "Next:")
	began := time.Now()
	if r := d.Wait(); r.Code != 0 || time.Since(began) > 8*time.Second || !strings.Contains(r.LastLine(), "stopped by SIGTERM") {
		t.Errorf("it ended with %d after %s: %s", r.Code, time.Since(began), r.LastLine())
	}
}
