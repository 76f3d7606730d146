package dashboard_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
)

const token = "0123456789abcdef-s3cret"

// loginsFile writes a file of logins.
func loginsFile(t *testing.T, u *clitest.User, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(u.Folder, "logins")
	if err := os.WriteFile(path, []byte("# who may come in\nada:correct horse\n"+token+"\n"), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// basic is the header by which a browser logs in.
func basic(login string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(login))
}

// listening returns the addresses at which a process listens, as ss does.
func listening(t *testing.T, pid int) []string {
	t.Helper()
	var sockets []string
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(descriptors) == 0 {
		t.Skip("this system does not say which sockets a process has")
	}
	for _, descriptor := range descriptors {
		target, _ := os.Readlink(descriptor) // it may be closed by now
		if inode, isSocket := strings.CutPrefix(target, "socket:["); isSocket {
			sockets = append(sockets, strings.TrimSuffix(inode, "]"))
		}
	}
	var addresses []string
	for _, table := range []string{"tcp", "tcp6"} {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue // a machine without IPv6
		}
		for line := range strings.Lines(string(content)) {
			const isListening = "0A"
			if fields := strings.Fields(line); len(fields) > 9 && fields[3] == isListening && slices.Contains(sockets, fields[9]) {
				addresses = append(addresses, fields[1])
			}
		}
	}
	return addresses
}

func TestF1_OnlyThisMachineUnlessThereIsALogin(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	logins := loginsFile(t, u, 0o600)
	t.Run("F1 the default", func(t *testing.T) {
		help := u.Succeed(t, "serve", "--help").Stdout
		if !strings.Contains(help, `(default "127.0.0.1:8090")`) {
			t.Errorf("the default is another one:\n%s", help)
		}
		d := start(t, u)
		const loopback = "0100007F:" // 127.0.0.1, as the kernel writes it
		if found := listening(t, d.PID()); len(found) != 1 || !strings.HasPrefix(found[0], loopback) {
			t.Errorf("it listens on %q, want 127.0.0.1 and nothing else", found)
		}
		wantStatus(t, "this machine", d.get(t, "/"), http.StatusOK)
	})
	t.Run("F1 other addresses", func(t *testing.T) {
		for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
			r := u.Run(t, "serve", "--listen", address)
			if r.Code != 2 || !strings.Contains(r.LastLine(), "--auth-file") || !strings.Contains(r.LastLine(), "--insecure-no-auth") {
				t.Errorf("%s: code %d, want 2 and both ways: %s", address, r.Code, r.LastLine())
			}
		}
		wantStatus(t, "with logins", start(t, u, "--listen", "0.0.0.0:0", "--auth-file", logins).get(t, "/"), http.StatusUnauthorized)
		wantStatus(t, "on purpose", start(t, u, "--listen", "0.0.0.0:0", "--insecure-no-auth").get(t, "/"), http.StatusOK)
		if r := u.Run(t, "serve", "--insecure-no-auth", "--auth-file", logins); r.Code != 2 {
			t.Errorf("both ways at once end with %d: %s", r.Code, r.LastLine())
		}
	})
	t.Run("F1 a stranger's .env", func(t *testing.T) {
		path := filepath.Join(u.Folder, ".env")
		defer func() { _ = os.Remove(path) }()
		for _, line := range []string{"SERVE_LISTEN=0.0.0.0:0", "SERVE_INSECURE_NO_AUTH=true", "SERVE_AUTH_FILE=logins", "SERVE_HOSTS=evil.example", "SERVE_TRUSTED_PROXIES=0.0.0.0/0"} {
			if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
				t.Fatal(err)
			}
			if r := u.Run(t, "serve"); r.Code != 2 || !strings.Contains(r.LastLine(), ".env line 1") {
				t.Errorf("%s: code %d: %s", line, r.Code, r.LastLine())
			}
		}
	})
	t.Run("F1 a port in use", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		r := u.Run(t, "serve", "--listen", listener.Addr().String())
		if r.Code != 2 || !strings.Contains(r.LastLine(), "port 0 takes a free one") {
			t.Errorf("code %d: %s", r.Code, r.LastLine())
		}
	})
}

func TestF7_NothingCanBePosted(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	d := start(t, u)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
		for _, path := range []string{"/", "/run", "/jobs/1", "/api/v1/launches", "/quarantine/1"} {
			got := d.ask(t, method, path, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Content-Type: text/plain")
			wantStatus(t, method+" "+path, got, http.StatusMethodNotAllowed)
			if got.Header.Get("Allow") != "GET, HEAD" || got.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: Allow %q, other sites %q", method, path, got.Header.Get("Allow"), got.Header.Get("Access-Control-Allow-Origin"))
			}
		}
	}
	if runs := u.Succeed(t, "runs", "-o", "csv").Stdout; strings.Count(runs, "\n") > 1 {
		t.Errorf("there are runs now:\n%s", runs)
	}
}

func TestF9_OnlyWhoHasALogin(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	d := start(t, u, "--auth-file", loginsFile(t, u, 0o600), "--trusted-proxy", "127.0.0.1")
	for _, right := range []string{basic("ada:correct horse"), "Authorization: Bearer " + token} {
		wantStatus(t, "a right login", d.get(t, "/", right), http.StatusOK)
	}
	for i, wrong := range []string{basic("ada:wrong password"), basic("ada:"), basic(token + ":"), "Authorization: Bearer x", "Authorization: Bearer ada:correct horse", ""} {
		headers := []string{fmt.Sprintf("X-Forwarded-For: 203.0.113.%d", i)}
		if wrong != "" {
			headers = append(headers, wrong)
		}
		for _, path := range []string{"/", "/launches", "/api/v1/launches", "/static/style.css", "/nothing"} {
			got := d.get(t, path, headers...)
			wantStatus(t, wrong+" "+path, got, http.StatusUnauthorized)
			if got.Header.Get("Set-Cookie") != "" || len(got.Header.Values("WWW-Authenticate")) != 2 {
				t.Errorf("%s: headers %v", path, got.Header)
			}
		}
	}
	for _, probe := range []string{"/livez", "/readyz"} {
		wantStatus(t, probe, d.get(t, probe), http.StatusOK)
	}
	const attacker = "X-Forwarded-For: 198.51.100.66"
	for i := range 30 {
		got := d.get(t, "/", basic(fmt.Sprintf("ada:guess number %d", i)), attacker)
		want := http.StatusUnauthorized
		if i >= 10 {
			want = http.StatusTooManyRequests
		}
		wantStatus(t, fmt.Sprintf("guess %d", i), got, want)
		if want == http.StatusTooManyRequests && got.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	}
	wantStatus(t, "a right guess", d.get(t, "/", basic("ada:correct horse"), attacker), http.StatusTooManyRequests)
	wantStatus(t, "somebody else", d.get(t, "/", basic("ada:correct horse")), http.StatusOK)
	d.stop(t)
	for _, secret := range []string{"correct horse", token, "guess number", basic("ada:correct horse")[21:]} {
		if strings.Contains(d.Stderr(), secret) {
			t.Errorf("the log has the secret %q", secret)
		}
	}
	if n := strings.Count(d.Stderr(), "Logins to the dashboard were refused."); n == 0 || n > 2 {
		t.Errorf("%d warnings about wrong logins", n)
	}
	t.Run("F9 the file", func(t *testing.T) {
		open := loginsFile(t, u, 0o644)
		if err := os.Chmod(open, 0o644); err != nil {
			t.Fatal(err)
		}
		if d := start(t, u, "--auth-file", open); !strings.Contains(d.Stderr(), "Every user of this machine can read a file that contains a secret.") {
			t.Error("no warning about a file that everybody can read")
		}
		if err := os.WriteFile(open, []byte("s3cret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := u.Run(t, "serve", "--auth-file", open); r.Code != 2 || strings.Contains(r.Stderr, "s3cret") || !strings.Contains(r.LastLine(), "line 1") {
			t.Errorf("a short token: code %d: %s", r.Code, r.LastLine())
		}
	})
}

// Metrics are only at an address of their own, if the settings give one; profiles are nowhere.
func TestF10_MetricsApartAndNoProfiles(t *testing.T) {
	t.Parallel()
	for want, settings := range map[int][]string{1: nil, 2: {"METRICS_LISTEN=127.0.0.1:0"}} {
		d := start(t, newUser(t).With(settings...))
		for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/debug/requests", "/.env", "/server-status"} {
			wantStatus(t, path, d.get(t, path), http.StatusNotFound)
		}
		if found := listening(t, d.PID()); len(found) != want {
			t.Errorf("with %q it listens on %q, want %d", settings, found, want)
		}
	}
}

func TestF14_OnlyItsOwnNames(t *testing.T) {
	t.Parallel()
	d := start(t, newUser(t), "--allow-host", "launches.example")
	for _, host := range []string{d.address, "localhost", "127.0.0.1:1", "[::1]", "launches.example", "Launches.Example.:443"} {
		wantStatus(t, host, d.get(t, "/", "Host: "+host), http.StatusOK)
	}
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8090", "0.0.0.0", "127.1", "192.168.0.1", "@localhost"} {
		text := "GET / HTTP/1.1\r\nHost: " + host + "\r\nX-Forwarded-Host: localhost\r\nConnection: close\r\n\r\n"
		if got := d.send(t, text); got.StatusCode != http.StatusMisdirectedRequest && got.StatusCode != http.StatusBadRequest {
			t.Errorf("Host %q: status %d", host, got.StatusCode)
		}
	}
	wantStatus(t, "the way out", d.get(t, "/", "Host: evil.example"), http.StatusMisdirectedRequest, "--allow-host (SERVE_HOSTS)")
}

func TestF15_BehindAReverseProxy(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	forwarded := []string{"X-Forwarded-Proto: https", "X-Forwarded-For: 203.0.113.5", "X-Forwarded-Prefix: /liftoff"}
	t.Run("F15 a stranger's headers", func(t *testing.T) {
		d := start(t, u)
		if got := d.get(t, "/", forwarded...); got.StatusCode != http.StatusOK || got.Header.Get("Strict-Transport-Security") != "" || strings.Contains(d.Stderr(), "203.0.113.5") {
			t.Errorf("the headers count: %v\n%s", got.Header, d.Stderr())
		}
	})
	t.Run("F15 a trusted proxy", func(t *testing.T) {
		d := start(t, u, "--trusted-proxy", "127.0.0.0/8")
		got := d.get(t, "/", forwarded...)
		d.WaitFor("client=203.0.113.5", patience)
		if got.StatusCode != http.StatusOK || got.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("the headers do not count: %v", got.Header)
		}
	})
	t.Run("F15 a base path", func(t *testing.T) {
		d := start(t, u, "--base-path", "/liftoff/")
		if !strings.HasSuffix(d.url, "/liftoff/") {
			t.Errorf("the log says %s", d.url)
		}
		for path, want := range map[string]int{"/liftoff/": 200, "/liftoff": 302, "/": 302, "/other": 404, "/liftoffx/": 404, "/livez": 200, "/liftoff/livez": 200, "/liftoff/readyz": 200} {
			got := d.get(t, path)
			wantStatus(t, path, got, want)
			if want == http.StatusFound && got.Header.Get("Location") != "/liftoff/" {
				t.Errorf("%s leads to %s", path, got.Header.Get("Location"))
			}
		}
	})
	for _, args := range [][]string{{"--base-path", "liftoff"}, {"--base-path", "//evil.example"}, {"--base-path", "/a/../b"}, {"--trusted-proxy", "evil"}, {"--max-age", "2"}, {"--listen", "8090"}} {
		if r := u.Run(t, append([]string{"serve"}, args...)...); r.Code != 2 || !strings.Contains(r.LastLine(), args[0]) {
			t.Errorf("%q: code %d: %s", args, r.Code, r.LastLine())
		}
	}
}
