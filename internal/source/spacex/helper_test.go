package spacex_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain fails the package when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// document is a launch as small as it may be.
const document = `{"id":"62dd70d5202306255024d139","payloads":["a","b"]}`

// contextWithCancel returns a context that the test may end early.
func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// testOptions returns options for a client of the API at url that never
// waits and whose clock stands at apitest.Noon.
func testOptions(url string) (spacex.Options, *apitest.Pauses) {
	p := &apitest.Pauses{}
	options := apitest.Options(url)
	options.Clock, options.Wait, options.Timeout, options.MaxRequestsPerSecond = apitest.Noon, p.Wait, 20*time.Second, 1_000_000
	return options, p
}

// bubbleOptions starts an API in the test's synctest bubble and returns
// options for a client of it, which waits by the bubble's clock.
func bubbleOptions(t *testing.T, handler http.HandlerFunc) spacex.Options {
	t.Helper()
	options := apitest.Options("http://127.0.0.1")
	options.Dial = apitest.ServeInBubble(t, handler)
	return options
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

// latest reads the sequence that Latest returns: one launch or an error.
func latest(ctx context.Context, client *spacex.Client) (liftoff.Launch, error) {
	var launches []liftoff.Launch
	for page, err := range client.Launches(ctx, liftoff.Query{Selection: liftoff.SelectLatest}) {
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
	for page, err := range client.Launches(ctx, liftoff.Query{}) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, page)
	}
	return pages, nil
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
