package clitest

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ClosedPort is the address of an API that nothing listens at.
const ClosedPort = "http://127.0.0.1:1"

// StartReplay runs `liftoff replay` with more arguments and returns its URL.
func StartReplay(t testing.TB, args ...string) string {
	t.Helper()
	u := NewUser(t)
	cmd := u.Command(t.Context(), append([]string{"replay", "--listen", "127.0.0.1:0"}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
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

// StartAnswering serves one answer to every request, for faults that neither
// the replay nor a real API can be made to show, and returns its URL.
func StartAnswering(t testing.TB, status int, contentType, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Captures returns a file or folder of ../shared/data beside the project, or
// skips the test where there is none. CI has it.
func Captures(t testing.TB, name string) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	// Some tests are modules of their own, below the program's.
	for !isProgram(folder) && folder != filepath.Dir(folder) {
		folder = filepath.Dir(folder)
	}
	path := filepath.Join(folder, "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI must have the captures: %v", err)
		}
		t.Skipf("no captures of the real API here: %v", err)
	}
	return path
}

// isProgram reports whether a folder is that of the program's module.
func isProgram(folder string) bool {
	module, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	return err == nil && strings.HasPrefix(string(module), "module liftoff\n")
}

// LaunchDocument returns a launch document with one field changed; an empty
// value leaves the field out.
func LaunchDocument(field, value string) string {
	fields := []struct{ name, value string }{
		{"id", `"5eb87cd9ffd86e000604b32a"`},
		{"name", `"FalconSat"`},
		{"success", "true"},
		{"payloads", `["5eb0e4b5b6c3bb0006eeb1e1"]`},
		{"flight_number", "1"},
		{"date_utc", `"2006-03-24T22:30:00.000Z"`},
		{"date_precision", `"hour"`},
		{"upcoming", "false"},
		{"rocket", `"5e9d0d95eda69955f709d1eb"`},
		{"launchpad", `"5e9e4502f5090995de566f86"`},
	}
	var parts []string
	found := false
	for _, f := range fields {
		if f.name == field {
			f.value, found = value, true
		}
		if f.value != "" {
			parts = append(parts, fmt.Sprintf("%q: %s", f.name, f.value))
		}
	}
	if !found {
		parts = append(parts, fmt.Sprintf("%q: %s", field, value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
