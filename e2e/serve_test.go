package e2e_test

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

var servedURL = regexp.MustCompile(`The dashboard is serving\. .*url=(\S+)`)

// startServe starts the dashboard on a free port, and returns its address without a slash
// at the end.
func startServe(t *testing.T, u *clitest.User, args ...string) (*clitest.Running, string) {
	t.Helper()
	r := u.Start(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	r.WaitFor("The dashboard is serving.", time.Minute)
	return r, strings.TrimSuffix(servedURL.FindStringSubmatch(r.Stderr())[1], "/")
}

// wantPage wants an address to give a status and words within ten seconds, each time it is
// asked within three.
func wantPage(t *testing.T, url string, status int, words ...string) {
	t.Helper()
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	var got string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
		response, err := client.Get(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			return
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		got = response.Status + " " + string(body)
		isThere := err == nil && response.StatusCode == status
		for _, word := range words {
			isThere = isThere && strings.Contains(got, word)
		}
		if isThere {
			return
		}
	}
	t.Errorf("%s: %s; want %d and %q", url, got, status, words)
}

// wantEnd ends the dashboard as a signal does, and wants exit code 0.
func wantEnd(t *testing.T, r *clitest.Running, signal syscall.Signal) {
	t.Helper()
	r.Signal(signal)
	if result := r.Wait(); result.Code != 0 || !strings.Contains(result.LastLine(), "The dashboard has stopped.") {
		t.Errorf("%s: code %d: %s", signal, result.Code, result.Stderr)
	}
}

func TestServe_StaysUpWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.NewUser(t).On(db).Succeed(t, "migrate", "up")
	proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
	proxy.SetRefuse(true)
	u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT="+strconv.Itoa(proxy.Port()), "POSTGRES_DB="+db.Name,
		"POSTGRES_USER="+db.User, "POSTGRES_PASSWORD="+db.Password, "POSTGRES_SSLMODE=disable", "POSTGRES_WAIT=1m")
	r, url := startServe(t, u)
	wantAway := func() {
		t.Helper()
		wantPage(t, url+"/launches", http.StatusServiceUnavailable, "Next:")
		wantPage(t, url+"/api/v1/launches", http.StatusServiceUnavailable, `"status": 503`, `"next"`)
		wantPage(t, url+"/readyz", http.StatusServiceUnavailable, `"name":"database","ok":false`)
		wantPage(t, url+"/livez", http.StatusOK)
	}
	wantBack := func() {
		t.Helper()
		wantPage(t, url+"/readyz", http.StatusOK, `"name":"database","ok":true`)
		wantPage(t, url+"/", http.StatusOK)
	}
	wantAway()
	wantPage(t, url+"/", http.StatusServiceUnavailable, "Next:")
	proxy.SetRefuse(false)
	wantBack()
	proxy.SetBlackHole(true)
	proxy.CutAll()
	wantAway()
	// The overview is the one from before, and says so.
	wantPage(t, url+"/", http.StatusOK, "The database cannot be read since")
	proxy.SetBlackHole(false)
	wantBack()
	for _, secret := range []string{db.Password} {
		if strings.Contains(r.Stderr(), secret) {
			t.Error("the log has the password")
		}
	}
	wantEnd(t, r, syscall.SIGTERM)
}

func TestServe_SaysWhatComesNext(t *testing.T) {
	t.Parallel()
	empty, older, newer := pgtest.NewDatabase(t), pgtest.NewDatabase(t), pgtest.NewDatabase(t)
	for _, db := range []pgtest.Database{older, newer} {
		clitest.NewUser(t).On(db).Succeed(t, "migrate", "up")
	}
	clitest.Execute(t, older, "DELETE FROM liftoff_schema_version WHERE version_id = (SELECT max(version_id) FROM liftoff_schema_version)")
	clitest.Execute(t, newer, "INSERT INTO liftoff_schema_version (version_id, is_applied) VALUES (9000, TRUE)")
	t.Run("empty", func(t *testing.T) {
		u := clitest.NewUser(t).On(empty)
		r, url := startServe(t, u, "--max-age", "1h")
		wantPage(t, url+"/", http.StatusServiceUnavailable, "liftoff migrate up", "liftoff ingest --all")
		wantPage(t, url+"/readyz", http.StatusServiceUnavailable, `"name":"schema","ok":false`)
		u.Succeed(t, "migrate", "up")
		wantPage(t, url+"/", http.StatusOK)
		wantPage(t, url+"/readyz", http.StatusServiceUnavailable, `"schema","ok":true`, `{"name":"age","ok":false,"detail":"there is no good run yet"}`)
		wantEnd(t, r, syscall.SIGINT)
	})
	t.Run("older", func(t *testing.T) {
		_, url := startServe(t, clitest.NewUser(t).On(older))
		wantPage(t, url+"/", http.StatusServiceUnavailable, "liftoff migrate up")
	})
	t.Run("newer", func(t *testing.T) {
		u := clitest.NewUser(t).On(newer)
		_, url := startServe(t, u)
		wantPage(t, url+"/readyz", http.StatusOK)
		u.Succeed(t, "serve", "--check", "--listen", strings.TrimPrefix(url, "http://"))
	})
	if r := clitest.NewUser(t).Run(t, "serve", "--check", "--listen", "127.0.0.1:1"); r.Code != 8 {
		t.Errorf("--check of nothing ends with %d: %s", r.Code, r.LastLine())
	}
}

func TestServe_StartsAnEmbeddedServerWithoutADatabase(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	r, url := startServe(t, u)
	wantPage(t, url+"/", http.StatusServiceUnavailable, "liftoff ingest --all", "liftoff demo")
	u.Succeed(t, "migrate", "up")
	wantPage(t, url+"/", http.StatusOK)
	wantEnd(t, r, syscall.SIGINT)

	u.Succeed(t, "db", "start", "--port", clitest.FreePort(t))
	r, url = startServe(t, u)
	wantPage(t, url+"/", http.StatusOK)
	u.Run(t, "db", "stop", "--now")
	if result := r.Wait(); result.Code != 5 || !strings.Contains(result.LastLine(), "the embedded PostgreSQL is gone") {
		t.Errorf("code %d, want 5: %s", result.Code, result.LastLine())
	}
}

// Metrics are served at an address of their own, also while the database is away.
func TestServe_OffersMetrics(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.NewUser(t).On(db).Succeed(t, "migrate", "up")
	address := "127.0.0.1:" + clitest.FreePort(t)
	r, url := startServe(t, clitest.NewUser(t).On(db), "--metrics-listen", address)
	wantPage(t, "http://"+address+"/metrics", http.StatusOK, "\nliftoff_database_up 1", "\nprocess_resident_memory_bytes ")
	wantPage(t, url+"/metrics", http.StatusNotFound)
	wantEnd(t, r, syscall.SIGTERM)
}
