package fetch_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

// TestMain fails the package when a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// document is what the test APIs have.
const document = `{"id":"62dd70d5202306255024d139","payloads":["a","b"]}`

// contextWithCancel returns a context that the test may end early.
func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// testOptions returns options for a client of the API at url that never
// waits and whose clock stands at noon.
func testOptions(url string) (fetch.Options, *apitest.Pauses) {
	p := &apitest.Pauses{}
	return fetch.Options{
		Name: "SpaceX API", URLSetting: "SPACEX_API_URL", CAFileSetting: "--spacex-ca-file",
		BaseURL: url, UserAgent: "liftoff", Timeout: 20 * time.Second, MaxAttempts: 6, MaxBodyBytes: 32 << 20,
		MaxConnections: 3, MaxRequestsPerSecond: 1_000_000, Clock: apitest.Noon, Wait: p.Wait, Logger: slog.New(slog.DiscardHandler),
	}, p
}

// newClient returns a client and closes its connections after the test.
func newClient(t *testing.T, options fetch.Options) *fetch.Client {
	t.Helper()
	client, err := fetch.New(options)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(client.CloseIdle)
	return client
}

// latest fetches one JSON document.
func latest(ctx context.Context, client *fetch.Client) ([]byte, error) {
	var document []byte
	err := client.Do(ctx, fetch.Call{
		What: "latest launch",
		URL:  client.Endpoint("v4/launches/latest"),
		Read: func(answer []byte) error {
			decoder := jsontext.NewDecoder(bytes.NewBuffer(answer))
			value, err := decoder.ReadValue()
			if err != nil {
				return err
			}
			document = bytes.Clone(value)
			return fetch.ExpectEnd(decoder)
		},
	})
	return document, err
}
