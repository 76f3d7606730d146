//go:build linux

package api_test

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
)

// serveAfter serves an API at an address where nothing listens before a while
// has passed.
func serveAfter(t *testing.T, away time.Duration, api http.Handler) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: api, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	timer := time.AfterFunc(away, func() {
		defer close(done)
		again, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		_ = server.Serve(again) // It ends with the test.
	})
	t.Cleanup(func() {
		if timer.Stop() {
			return
		}
		_ = server.Close()
		<-done
	})
	return "http://" + address
}

func TestA1_A2_A3_TheAPICannotBeReached(t *testing.T) {
	t.Parallel()
	cases := []struct {
		rule, url, says string
		least, most     time.Duration
	}{
		{"A1 unknown host", "http://api.invalid", "the host api.invalid is not found", 0, 10 * time.Second},
		{"A2 nothing listens", clitest.ClosedPort, "connection refused after 2 attempts", 0, 2 * time.Second},
		{"A3 nobody answers", "http://" + faultproxy.FullListener(t), "i/o timeout after 2 attempts", 10 * time.Second, 12 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			u, db := ingesting(t, c.url)
			u.Succeed(t, "migrate", "up")
			began := time.Now()
			r := u.Run(t, ingest()...)
			clitest.WantFailure(t, r, 4, c.says)
			if took := time.Since(began); took < c.least || took > c.most {
				t.Errorf("it took %v, want %v to %v", took, c.least, c.most)
			}
			if n := stored(t, db); n != 0 {
				t.Errorf("%d launches are stored", n)
			}
		})
	}
}

// A certificate that nobody vouches for is refused at once, and accepted when
// its authority is named; no setting switches the check off.
func TestA4_AnUnknownCertificate(t *testing.T) {
	t.Parallel()
	var handshakes atomic.Int32
	server := httptest.NewUnstartedServer(newAPI(t))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			handshakes.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	u, db := ingesting(t, server.URL)
	clitest.WantFailure(t, u.Run(t, ingest()...), 4, "the server's certificate is not accepted: x509: certificate signed by unknown authority. Next: name the certificate authority's file with --spacex-ca-file")
	if handshakes.Load() != 1 || stored(t, db) != 0 {
		t.Errorf("%d connections, %d launches stored, want 1 and 0", handshakes.Load(), stored(t, db))
	}
	authority := filepath.Join(u.Folder, "authority.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o644); err != nil {
		t.Fatal(err)
	}
	u.Succeed(t, ingest("--spacex-ca-file", authority)...)
	if n := stored(t, db); n != launches {
		t.Errorf("%d launches are stored", n)
	}
	help := u.Succeed(t, "ingest", "--help").Stdout
	for _, word := range []string{"insecure", "skip-verify", "no-verify"} {
		if strings.Contains(help, word) {
			t.Errorf("there is a setting %q", word)
		}
	}
}

// The address of a redirect is not even called.
func TestA43_AnotherPortIsNotCalled(t *testing.T) {
	t.Parallel()
	stranger, strangers := start(t)
	url, api := start(t, "redirect="+stranger+"/v4/launches/query")
	u, db := ingesting(t, url)
	clitest.WantFailure(t, u.Run(t, ingest()...), 4, "redirected to another host, "+stranger)
	if strangers.Requests() != 0 || api.Requests() != 1 || stored(t, db) != 0 {
		t.Errorf("the stranger was asked %d times, the API %d times, %d launches stored", strangers.Requests(), api.Requests(), stored(t, db))
	}
}

// The proxy of the environment is used, and named without its login.
func TestA45_AProxy(t *testing.T) {
	t.Parallel()
	var logins atomic.Int32
	api := newAPI(t)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "api.example.org" && r.Header.Get("Proxy-Authorization") != "" {
			logins.Add(1)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	address := strings.TrimPrefix(proxy.URL, "http://")
	u, db := ingesting(t, "http://api.example.org")
	u = u.With("HTTP_PROXY=http://user:s3cret@" + address)
	doctor := u.Succeed(t, "doctor")
	if !strings.Contains(doctor.Stdout, "  http://***@"+address+" stands before the API\n") {
		t.Errorf("the doctor does not name the proxy:\n%s", doctor.Stdout)
	}
	r := u.Succeed(t, ingest()...)
	if stored(t, db) != launches || logins.Load() == 0 {
		t.Errorf("%d launches stored, %d requests with a login", stored(t, db), logins.Load())
	}
	down := u.With("HTTP_PROXY=http://user:s3cret@127.0.0.1:1").Run(t, ingest()...)
	clitest.WantFailure(t, down, 4, "proxy: connection refused after 2 attempts. Next: check HTTP_PROXY")
	for _, text := range []string{doctor.Stdout, doctor.Stderr, r.Stderr, down.Stderr, u.ReadFile(t, "ingestion.log")} {
		if strings.Contains(text, "s3cret") {
			t.Errorf("the password is shown:\n%s", text)
		}
	}
}

// That nothing has changed is believed only by a database that has it all.
func TestA46_NothingHasChangedAndNothingIsStored(t *testing.T) {
	t.Parallel()
	t.Run("A46 rows were deleted", func(t *testing.T) {
		t.Parallel()
		url, api := start(t)
		u, db := ingesting(t, url)
		u.Succeed(t, ingest()...)
		u.Succeed(t, "ingest", "--new", "--skip-analytics")
		before := api.Requests()
		if r := u.Succeed(t, "ingest", "--new", "--skip-analytics"); api.Requests() != before {
			t.Fatalf("%d requests for an unchanged list, want none but its head:\n%s", api.Requests()-before, r.Stderr)
		}
		clitest.Execute(t, db, "TRUNCATE raw_launches, known_launches")
		u.Succeed(t, "ingest", "--new", "--skip-analytics")
		if n := stored(t, db); n != launches {
			t.Errorf("%d launches are stored, want all %d again", n, launches)
		}
	})
	t.Run("A46 304 to everything", func(t *testing.T) {
		t.Parallel()
		url, _ := start(t, "status=304")
		u, db := ingesting(t, url)
		clitest.WantFailure(t, u.Run(t, "ingest", "--new", "--skip-analytics"), 4, "status 304 Not Modified")
		if n := stored(t, db); n != 0 {
			t.Errorf("%d launches are stored", n)
		}
	})
}
