package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/serve"
)

var errTerminated = errors.New("SIGTERM")

// Those that ask get an answer, and a load balancer notices before nothing is taken any
// more.
func TestRun_SaysThatItEndsAndLetsRequestsFinish(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	r := start(t, serve.Options{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-leave
			_, _ = io.WriteString(w, "done")
		}),
		Linger: func(cause error) time.Duration {
			if !errors.Is(cause, errTerminated) {
				t.Errorf("the cause is %v", cause)
			}
			return time.Second
		},
	})
	wantStatus(t, "before", r.get(t, "/readyz"), http.StatusOK)
	slow := make(chan reply, 1)
	go func() { slow <- r.get(t, "/") }()
	<-entered
	r.signal(errTerminated)
	for end := time.Now().Add(patience); ; <-time.After(time.Millisecond) {
		if got := r.get(t, "/readyz"); got.StatusCode == http.StatusServiceUnavailable {
			wantStatus(t, "draining", got, http.StatusServiceUnavailable, `"draining","ok":false`)
			break
		} else if time.Now().After(end) {
			t.Fatal("/readyz does not say that the server ends")
		}
	}
	wantStatus(t, "alive", r.get(t, "/livez"), http.StatusOK)
	close(leave)
	wantStatus(t, "under way", <-slow, http.StatusOK, "done")
	if err := r.stop(); err != nil {
		t.Errorf("Run() = %v", err)
	}
	if _, err := net.Dial("tcp", r.address); err == nil {
		t.Error("the port is still open")
	}
}

func TestRun_CutsOffWhatDoesNotEnd(t *testing.T) {
	var ended atomic.Bool
	entered := make(chan struct{})
	r := start(t, serve.Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		close(entered)
		<-request.Context().Done()
		ended.Store(true)
	})})
	failed := make(chan error, 1)
	go func() {
		response, err := r.client.Get("http://" + r.address)
		if err == nil {
			response.Body.Close()
		}
		failed <- err
	}()
	<-entered
	began := time.Now()
	if err := r.stop(); err != nil {
		t.Errorf("Run() = %v", err)
	}
	if took := time.Since(began); took < 4*time.Second || took > 8*time.Second {
		t.Errorf("the end took %s, want 5 s", took)
	}
	if err := <-failed; err == nil || !ended.Load() {
		t.Errorf("the request was not cut off: %v, ended %t", err, ended.Load())
	}
}

// A browser opens connections ahead: they must not delay the end.
func TestRun_DoesNotWaitForConnectionsThatAskNothing(t *testing.T) {
	r := start(t, serve.Options{})
	for range 3 {
		conn, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	wantStatus(t, "a page", r.get(t, "/"), http.StatusOK)
	began := time.Now()
	if err := r.stop(); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("Run() = %v after %s", err, time.Since(began))
	}
}

// Slow clients take one another's place, and others get through at once.
func TestRun_SlowClientsLockOutNobody(t *testing.T) {
	r := start(t, serve.Options{})
	var conns []net.Conn
	defer func() {
		for _, conn := range conns {
			conn.Close()
		}
	}()
	for i := range 2 * serve.MostConnections {
		conn, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		// A header that never ends, or a second request after a first one.
		text := "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
		if i%2 == 1 {
			text = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT"
		}
		_, _ = io.WriteString(conn, text) // it may have been closed
	}
	for range 20 {
		began := time.Now()
		wantStatus(t, "an honest client", r.get(t, "/"), http.StatusOK)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("an honest client waited %s", took)
		}
		r.client.CloseIdleConnections()
	}
	if n := r.Connections(); n > serve.MostConnections {
		t.Errorf("%d connections, want %d at most", n, serve.MostConnections)
	}
}

// Those that read slowly, or hang in the handler, may not keep the others out for long
// either.
func TestRun_LongAnswersMakeRoom(t *testing.T) {
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	var waiting atomic.Int64
	r := start(t, serve.Options{Now: c.Now, Handler: http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/slow" {
			waiting.Add(1)
			<-request.Context().Done()
		}
	})})
	for range serve.MostConnections {
		conn, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(patience); waiting.Load() < serve.MostConnections; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %d requests are under way", waiting.Load())
		}
	}
	if response, err := r.client.Get("http://" + r.address); err == nil {
		response.Body.Close()
		t.Errorf("one more than the most got through at once: %s", response.Status)
	}
	c.advance(6 * time.Second)
	wantStatus(t, "after a while", r.get(t, "/"), http.StatusOK)
}

func TestReadyz_AsksOnceASecondAndListsTheChecks(t *testing.T) {
	var asked atomic.Int64
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	isReady := false
	r := start(t, serve.Options{Now: c.Now, Ready: func(ctx context.Context) []serve.Check {
		asked.Add(1)
		if _, isBounded := ctx.Deadline(); !isBounded {
			t.Error("the checks may take for ever")
		}
		return []serve.Check{{Name: "database", IsOK: isReady, Detail: "away"}}
	}})
	for range 50 {
		wantStatus(t, "away", r.get(t, "/readyz"), http.StatusServiceUnavailable,
			`{"status":"not ready","checks":[{"name":"draining","ok":true},{"name":"database","ok":false,"detail":"away"}]}`)
	}
	if asked.Load() != 1 {
		t.Errorf("the database was asked %d times in one second", asked.Load())
	}
	isReady = true
	c.advance(time.Second)
	wantStatus(t, "back", r.get(t, "/readyz"), http.StatusOK, `"status":"ready"`)
}

func TestListen_SaysWhatToDoAboutAPortInUse(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	for address, hint := range map[string]string{
		strings.TrimPrefix(taken.URL, "http://"): "stop the program that uses the port, or choose another with --listen",
		"192.0.2.1:80":                           "give --listen an address of this machine",
		"127.0.0.1:http-is-none":                 "give --listen an address of this machine",
	} {
		listener, err := serve.Listen(t.Context(), address, "--listen")
		if err == nil {
			listener.Close()
		}
		if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(liftoff.HintOf(err), hint) {
			t.Errorf("Listen(%s) = %v, hint %q", address, err, liftoff.HintOf(err))
		}
	}
}

func TestURL(t *testing.T) {
	for address, want := range map[string]string{"127.0.0.1:0": "http://127.0.0.1:%d/base/", "0.0.0.0:0": "http://127.0.0.1:%d/base/"} {
		listener, err := serve.Listen(t.Context(), address, "--listen")
		if err != nil {
			t.Fatal(err)
		}
		port := listener.Addr().(*net.TCPAddr).Port
		if got := serve.URL(listener, "/base"); got != fmt.Sprintf(want, port) {
			t.Errorf("URL(%s) = %s", address, got)
		}
		if serve.IsLoopback(listener) != (address == "127.0.0.1:0") {
			t.Errorf("IsLoopback(%s) is wrong", address)
		}
		listener.Close()
	}
}
