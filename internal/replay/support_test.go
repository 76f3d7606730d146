package replay_test

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"liftoff/internal/replay"
)

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

const (
	exchanges2021 = "spacex-v4-2021-04-22-exchanges"
	finalState    = "spacex-v5-final-state"
)

// captures returns a folder of real captures. Without it the test is skipped,
// except in CI, where it has to be there.
func captures(t *testing.T, name string) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("no go.mod above the test")
		}
		folder = filepath.Dir(folder)
	}
	dir := filepath.Join(folder, "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("captures are required in CI: %v", err)
		}
		t.Skipf("captures are absent: %v", err)
	}
	return dir
}

func newServer(t *testing.T, opts replay.Options) *replay.Server {
	t.Helper()
	server, err := replay.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// synthetic returns a server with the usual 205 launches.
func synthetic(t *testing.T) *replay.Server {
	t.Helper()
	return newServer(t, replay.Options{Seed: 1})
}

// call sends one request and returns the recorded answer.
func call(t *testing.T, h http.Handler, method, path, body string, header ...string) *http.Response {
	t.Helper()
	// Not httptest's, which writes the request as text and parses it again.
	r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, response *http.Response) []byte {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// get returns the body of a GET that has to succeed.
func get(t *testing.T, h http.Handler, path string) []byte {
	t.Helper()
	response := call(t, h, http.MethodGet, path, "")
	body := bodyOf(t, response)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: status %d: %s", path, response.StatusCode, body)
	}
	return body
}

// post returns the body of a query that has to succeed.
func post(t *testing.T, h http.Handler, path, query string) []byte {
	t.Helper()
	response := call(t, h, http.MethodPost, path, query)
	body := bodyOf(t, response)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("POST %s %s: status %d: %s", path, query, response.StatusCode, body)
	}
	return body
}

// decode returns JSON as T.
func decode[T any](t *testing.T, body []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("decode %.200s: %v", body, err)
	}
	return value
}

type object = map[string]any

// page is a query's answer; only its documents are decoded.
type page struct {
	Docs jsontext.Value `json:"docs"`
}

// identified is a document, and only its id is decoded: that costs a
// fifth of the whole under the race detector.
type identified struct {
	ID string `json:"id"`
}

// idsOf returns the id of each document of a list.
func idsOf(t *testing.T, list []byte) []string {
	t.Helper()
	var ids []string
	for _, document := range decode[[]identified](t, list) {
		ids = append(ids, document.ID)
	}
	return ids
}

// docs returns the documents of a query's answer.
func docs(t *testing.T, h http.Handler, path, query string) []object {
	t.Helper()
	return decode[struct {
		Docs []object `json:"docs"`
	}](t, post(t, h, path, query)).Docs
}

// column returns one field of every document.
func column[T any](t *testing.T, documents []object, field string) []T {
	t.Helper()
	values := make([]T, len(documents))
	for i, document := range documents {
		value, ok := document[field].(T)
		if !ok {
			t.Fatalf("document %d: %s is %v", i, field, document[field])
		}
		values[i] = value
	}
	return values
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func sameBytes(t *testing.T, what string, want, got []byte) {
	t.Helper()
	if bytes.Equal(want, got) {
		return
	}
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	t.Errorf("%s: %d bytes, want %d; first difference at %d:\n want …%.120s\n got  …%.120s",
		what, len(got), len(want), at, want[max(at-20, 0):], got[max(at-20, 0):])
}
