package replay_test

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"liftoff/internal/replay"
)

// exchange is one recorded request and its answer.
type exchange struct {
	Request struct {
		Method  string
		URI     string
		Body    struct{ String string }
		Headers map[string][]string
	}
	Response struct {
		Status  struct{ Code int }
		Headers map[string][]string
		Body    struct{ String yamlText }
	}
}

// yamlText is a text that the recorder wrote as base64 where it is not ASCII.
type yamlText string

func (y *yamlText) UnmarshalYAML(node *yaml.Node) error {
	*y = yamlText(node.Value)
	if node.Tag != "!binary" {
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(node.Value), ""))
	*y = yamlText(decoded)
	return err
}

func readCassette(t *testing.T, path string) []exchange {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var cassette struct {
		Interactions []exchange `yaml:"http_interactions"`
	}
	if err := yaml.Unmarshal(content, &cassette); err != nil {
		t.Fatal(err)
	}
	return cassette.Interactions
}

// TestConformance_RecordedExchanges has no list of deviations, for there are
// none: all 56 answers are the same byte for byte. Where the API leaves the
// order open (a query without a sort) it was the order of the list.
func TestConformance_RecordedExchanges(t *testing.T) {
	dir := captures(t, exchanges2021)
	server := newServer(t, replay.Options{DataDir: dir})
	paths, err := filepath.Glob(filepath.Join(dir, "cassettes", "*.yml"))
	if err != nil || len(paths) != 56 {
		t.Fatalf("%d cassettes, error %v, want 56", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yml")
		t.Run(name, func(t *testing.T) {
			for _, recorded := range readCassette(t, path) {
				checkExchange(t, server, recorded)
			}
		})
	}
}

// checkExchange sends the recorded request and compares the answer. Headers
// that tell of the day (Date, cookies, Cloudflare's own) or of the state of
// the cache (Spacex-Api-Cache, Spacex-Api-Response-Time) are left out.
func checkExchange(t *testing.T, server http.Handler, recorded exchange) {
	t.Helper()
	uri, err := url.Parse(recorded.Request.URI)
	if err != nil {
		t.Fatal(err)
	}
	method := strings.ToUpper(recorded.Request.Method)
	r := httptest.NewRequestWithContext(t.Context(), method, uri.Path, strings.NewReader(recorded.Request.Body.String))
	r.Header = recorded.Request.Headers
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)

	want := recorded.Response
	if w.Code != want.Status.Code {
		t.Fatalf("%s %s: status %d, want %d: %s", method, uri.Path, w.Code, want.Status.Code, w.Body)
	}
	for _, name := range []string{
		"Content-Type", "Cache-Control", "Etag", "Vary", "Access-Control-Allow-Origin",
		"Access-Control-Expose-Headers", "Spacex-Api-Cache-Online", "X-Content-Type-Options",
	} {
		diff(t, name, strings.Join(want.Headers[name], ", "), w.Header().Get(name))
	}
	sameBytes(t, uri.Path, []byte(want.Body.String), unpacked(t, w))
}

// unpacked returns the body as the client sees it.
func unpacked(t *testing.T, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.Bytes()
	}
	reader, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
