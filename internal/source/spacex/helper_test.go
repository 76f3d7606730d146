package spacex_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"liftoff"
	"liftoff/internal/source/spacex"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain fails the package when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// document is a launch as small as it may be.
const document = `{"id":"62dd70d5202306255024d139","payloads":["a","b"]}`

// noon is the time on the clock of every test client.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// contextWithCancel returns a context that the test may end early.
func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// pauses records how long a client meant to wait; nobody waits.
type pauses struct {
	mutex sync.Mutex
	all   []time.Duration
}

// wait takes the place of a timer.
func (p *pauses) wait(ctx context.Context, d time.Duration) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.all = append(p.all, d)
	return ctx.Err()
}

// recorded returns the pauses so far.
func (p *pauses) recorded() []time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.all)
}

// testOptions returns options for a client of the API at url that never
// waits and whose clock stands at noon.
func testOptions(url string) (spacex.Options, *pauses) {
	p := &pauses{}
	return spacex.Options{BaseURL: url, Clock: noon, Wait: p.wait, Timeout: 20 * time.Second, MaxRequestsPerSecond: 1_000_000}, p
}

// newClient returns a client and closes its connections after the test.
func newClient(t *testing.T, options spacex.Options) *spacex.Client {
	t.Helper()
	client, err := spacex.New(options)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(client.CloseIdle)
	return client
}

// serve starts an API that answers with handler.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// serveBytes starts a server that reads one request from each connection,
// sends answer as it is, and closes. It returns the server's URL.
func serveBytes(t *testing.T, answer string) string {
	t.Helper()
	return serveConns(t, func(conn net.Conn) {
		_, _ = conn.Write([]byte(answer)) // The client may have left.
	})
}

// serveConns starts a server that reads one request from each connection,
// hands the connection to answer, and closes it. It returns the server's URL.
func serveConns(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
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

// latest reads the sequence that Latest returns: one launch or an error.
func latest(ctx context.Context, client *spacex.Client) (liftoff.Launch, error) {
	var launches []liftoff.Launch
	for page, err := range client.Latest(ctx) {
		if err != nil {
			return liftoff.Launch{}, err
		}
		launches = append(launches, page.Launches...)
	}
	if len(launches) != 1 {
		return liftoff.Launch{}, fmt.Errorf("got %d launches, want 1", len(launches))
	}
	return launches[0], nil
}

// all reads the sequence of all launches up to its end or error.
func all(ctx context.Context, client *spacex.Client) ([]liftoff.Page, error) {
	var pages []liftoff.Page
	for page, err := range client.Launches(ctx, spacex.Everything()) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// wantError checks that err has a category, contains text, and is fit to be
// shown: one line, with a hint.
func wantError(t *testing.T, err error, category liftoff.Category, text string) {
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
	checkShowable(t, err)
}

// checkShowable checks what holds for every error with a category.
func checkShowable(t *testing.T, err error) {
	t.Helper()
	for _, shown := range []string{err.Error(), liftoff.HintOf(err)} {
		if shown == "" || strings.ContainsAny(shown, "\n\r\x1b\x00") || len(shown) > 1000 {
			t.Errorf("not one short line: %q", shown)
		}
	}
	if strings.Contains(err.Error(), "failed to") {
		t.Errorf("error says %q", err)
	}
}

// logTo returns a logger that writes lines of text without the time.
func logTo(buffer io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(buffer, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// capture returns the path of a file of recorded answers. The captures are
// beside the project, not in it: without them a test is skipped, in CI it
// fails.
func capture(t *testing.T, parts ...string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(root, "go.mod")) {
		root = filepath.Dir(root)
	}
	path := filepath.Join(append([]string{root, "..", "shared", "data"}, parts...)...)
	if !exists(path) {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is absent", path)
		}
		t.Skipf("%s is absent", path)
	}
	return path
}

// exists reports whether there is a file or folder at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// readCapture returns a recorded answer's bytes.
func readCapture(t *testing.T, parts ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(capture(t, parts...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
