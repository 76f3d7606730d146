package serve_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"liftoff/internal/serve"
)

const token = "0123456789abcdef-token"

// login is an Authorization header for a browser.
func login(user, password string) string {
	request, _ := http.NewRequest(http.MethodGet, "/", nil)
	request.SetBasicAuth(user, password)
	return "Authorization: " + request.Header.Get("Authorization")
}

// startClosed starts a server into which ada and the token may come, behind a trusted
// proxy, and whose clock the test sets.
func startClosed(t *testing.T) (*running, *clock) {
	t.Helper()
	credentials, err := serve.ParseCredentials("# who may come in\n\nada:pass:word\r\n" + token + "\nbob:geheimnis\n")
	if err != nil {
		t.Fatal(err)
	}
	proxies, err := serve.ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	return start(t, serve.Options{Credentials: credentials, TrustedProxies: proxies, Now: c.Now, BasePath: "/base"}), c
}

func TestOnlyWhoHasALoginComesIn(t *testing.T) {
	r, _ := startClosed(t)
	for _, right := range []string{login("ada", "pass:word"), login("bob", "geheimnis"), "Authorization: Bearer " + token, "Authorization: bearer " + token} {
		wantStatus(t, right, r.get(t, "/base/x", right), http.StatusOK, "/x /base")
	}
	// Each has an address of its own, so that none is refused for another.
	for i, wrong := range []string{
		login("ada", "password"), login("ada", ""), login("", ""), login("bob", "pass:word"), login("ada:pass", "word "), login("", token), login(token, ""),
		"Authorization: Bearer ada:pass:word", "Authorization: Bearer " + token[1:], "Authorization: Bearer", "Authorization: Basic x", "Authorization: Digest x",
		"Authorization: Basic " + strings.Repeat("A", 8000),
	} {
		from := fmt.Sprintf("X-Forwarded-For: 203.0.113.%d", i)
		for _, path := range []string{"/base/x", "/other", "/base/static/style.css"} {
			wantStatus(t, wrong+path, r.get(t, path, wrong, from), http.StatusUnauthorized)
		}
	}
	got := r.get(t, "/base/x")
	wantStatus(t, "no login", got, http.StatusUnauthorized)
	if ways := strings.Join(got.Header.Values("WWW-Authenticate"), " "); !strings.Contains(ways, "Basic ") || !strings.Contains(ways, "Bearer ") {
		t.Errorf("WWW-Authenticate is %q", ways)
	}
	for _, probe := range []string{"/livez", "/readyz", "/base/livez", "/base/readyz"} {
		wantStatus(t, probe, r.get(t, probe), http.StatusOK)
	}
	for _, secret := range []string{"pass:word", "geheimnis", token} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log has a secret: %s", r.log)
		}
	}
}

func TestTenWrongLoginsAMinute(t *testing.T) {
	r, c := startClosed(t)
	const here, there, here6, next6 = "X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 203.0.113.2", "X-Forwarded-For: 2001:db8::1", "X-Forwarded-For: 2001:db8::ffff"
	right, wrong := login("ada", "pass:word"), login("ada", "wrong")
	for range 10 {
		wantStatus(t, "wrong", r.get(t, "/base/", wrong, here), http.StatusUnauthorized)
		wantStatus(t, "wrong", r.get(t, "/base/", wrong, here6), http.StatusUnauthorized)
	}
	c.advance(20 * time.Second)
	got := r.get(t, "/base/", right, here)
	wantStatus(t, "even right", got, http.StatusTooManyRequests)
	if wait := got.Header.Get("Retry-After"); wait != "40" {
		t.Errorf("Retry-After is %q, want 40", wait)
	}
	wantStatus(t, "the same network", r.get(t, "/base/", right, next6), http.StatusTooManyRequests)
	wantStatus(t, "another address", r.get(t, "/base/", right, there), http.StatusOK)
	wantStatus(t, "no login", r.get(t, "/base/", here), http.StatusUnauthorized)
	if n := strings.Count(r.log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings in one minute, want 1:\n%s", n, r.log)
	}
	c.advance(41 * time.Second)
	wantStatus(t, "a minute later", r.get(t, "/base/", right, here), http.StatusOK)
	wantStatus(t, "wrong again", r.get(t, "/base/", wrong, here), http.StatusUnauthorized)
	if !strings.Contains(r.log.String(), "refused=20") {
		t.Errorf("the second warning does not count what came since the first:\n%s", r.log)
	}
}

func TestTheTableOfAddressesIsBounded(t *testing.T) {
	r, c := startClosed(t)
	for i := range serve.MostAddresses + 100 {
		r.get(t, "/base/", login("ada", "wrong"), fmt.Sprintf("X-Forwarded-For: 10.%d.%d.1", i/256, i%256))
		c.advance(time.Millisecond)
	}
	if n := r.Addresses(); n != serve.MostAddresses {
		t.Errorf("%d addresses are remembered, want %d", n, serve.MostAddresses)
	}
}

func TestParseCredentials_NamesTheLineAndNoSecret(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "no line has a login",
		"# only this\n\n":            "no line has a login",
		"ada:longenough\n:password1": "line 2 has no user",
		"ada:s3cret":                 "line 1 has a password with fewer than 8",
		"s3cret":                     "line 1 is a token with fewer than 16",
		"s3cret and a long sentence": "line 1 is a token with a blank",
	} {
		_, err := serve.ParseCredentials(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("ParseCredentials(%q) = %v, want %q", text, err, want)
		}
	}
}
