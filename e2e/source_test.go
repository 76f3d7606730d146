package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// startReplay runs `liftoff replay` and returns its URL.
func startReplay(t *testing.T, args ...string) string {
	t.Helper()
	u := newUser(t)
	cmd := u.command(t.Context(), append([]string{"replay", "--listen", "127.0.0.1:0"}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		for lines.Scan() { // to the end, so that Wait may be called
			continue
		}
		_ = cmd.Wait()
	})
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	for lines.Scan() {
		if url := address.FindString(lines.Text()); url != "" {
			return url
		}
	}
	t.Fatal("the replay ended without naming its address")
	return ""
}

// captures returns a folder of ../shared/data, or skips the test where there
// is none. CI has it.
func captures(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "shared", "data", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI must have the captures: %v", err)
		}
		t.Skipf("no captures of the real API here: %v", err)
	}
	return path
}

// readLaunches returns the launches of a capture by id.
func readLaunches(t *testing.T, file string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(content, &list); err != nil {
		var one map[string]any
		if err := json.Unmarshal(content, &one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	launches := map[string]any{}
	for _, launch := range list {
		launches[fmt.Sprint(launch["id"])] = launch
	}
	return launches
}

// startAnswering serves one answer to every request, for faults that neither
// the replay nor a real API can be made to show.
func startAnswering(t *testing.T, status int, contentType, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// lastLine returns the last line of a text.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// hanging is an API that takes a request and never answers.
type hanging struct {
	url string
	// asked is closed at the first request.
	asked chan struct{}
}

func startHanging(t *testing.T) hanging {
	t.Helper()
	asked := make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return hanging{url: server.URL, asked: asked}
}
