// Package apitest serves small APIs to the tests of a source's client, and checks
// that the client's errors are fit to be shown.
package apitest

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"liftoff"
)

// Serve starts an API that answers with handler until the test ends.
func Serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// ServeBytes starts a server that reads one request from each connection,
// sends answer unchanged, and closes. It returns the server's URL.
func ServeBytes(t *testing.T, answer string) string {
	t.Helper()
	return ServeConns(t, func(conn net.Conn) {
		_, _ = conn.Write([]byte(answer)) // The client may have left.
	})
}

// ServeConns starts a server that reads one request from each connection,
// hands the connection to answer, and closes it. It returns the server's URL.
func ServeConns(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var handlers sync.WaitGroup
	handlers.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handlers.Go(func() {
				defer func() { _ = conn.Close() }()
				if readRequest(conn) == nil {
					answer(conn)
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		handlers.Wait()
	})
	return "http://" + listener.Addr().String()
}

// readRequest reads the head of a request without a body.
func readRequest(conn net.Conn) error {
	var head []byte
	part := make([]byte, 4096)
	for !bytes.Contains(head, []byte("\r\n\r\n")) {
		n, err := conn.Read(part)
		if err != nil {
			return err
		}
		head = append(head, part[:n]...)
	}
	return nil
}

// WriteJSON sends an answer as a JSON API does.
func WriteJSON(w http.ResponseWriter, body string) {
	WriteAs(w, "application/json; charset=utf-8", http.StatusOK, body)
}

// WriteAs sends an answer of a type and status.
func WriteAs(w http.ResponseWriter, contentType string, status int, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // The client may have left.
}

// Noon is the time on the clock of test clients.
func Noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// Pauses records how long a client meant to wait, without waiting.
type Pauses struct {
	mutex sync.Mutex
	all   []time.Duration
}

// Wait takes the place of a timer.
func (p *Pauses) Wait(ctx context.Context, d time.Duration) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.all = append(p.all, d)
	return ctx.Err()
}

// Recorded returns the pauses so far.
func (p *Pauses) Recorded() []time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.all)
}

// WantError checks that err has a category, contains text, and is fit to be
// shown: one line, with a hint.
func WantError(t *testing.T, err error, category liftoff.Category, text string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", text)
	}
	if got := liftoff.CategoryOf(err); got != category {
		t.Errorf("category = %v, want %v; error: %v", got, category, err)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error = %q\nwant it to contain %q", err, text)
	}
	CheckShowable(t, err)
}

// CheckShowable checks what holds for every error with a category.
func CheckShowable(t *testing.T, err error) {
	t.Helper()
	for _, shown := range []string{err.Error(), liftoff.HintOf(err)} {
		if shown == "" || strings.ContainsAny(shown, "\n\r\x1b\x00") || len(shown) > 1000 {
			t.Errorf("not one short line: %q", shown)
		}
	}
	if strings.Contains(liftoff.HintOf(err), "$") {
		t.Errorf("the hint %q names no setting", liftoff.HintOf(err))
	}
	if strings.Contains(err.Error(), "failed to") {
		t.Errorf("error says %q", err)
	}
}

// LogTo returns a logger that writes lines of text without the time.
func LogTo(buffer io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(buffer, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// AuthorityOf returns a pool with nothing but a test server's certificate.
func AuthorityOf(server *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return pool
}
