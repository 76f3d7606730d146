package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReplayCheck(t *testing.T) {
	broken := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(broken.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	tests := []struct {
		name, url string
		code      int
		says      string
	}{
		{"a replay that serves is healthy", startReplay(t), 0, ""},
		{"a server that is no replay is not", broken.URL, 4, "404 Not Found"},
		{"nothing listening is not", closed.URL, 4, "connection refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			address := strings.TrimPrefix(test.url, "http://")
			r := newUser(t).run(t, "replay", "--check", "--listen", address)
			if r.code != test.code || !strings.Contains(r.stderr, test.says) || r.stdout != "" {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want it to say %q", r.code, test.code, r.stdout, r.stderr, test.says)
			}
		})
	}
	t.Run("a wildcard address is asked on the loopback one", func(t *testing.T) {
		_, port, _ := strings.Cut(strings.TrimPrefix(startReplay(t), "http://"), ":")
		newUser(t).succeed(t, "replay", "--check", "--listen", "0.0.0.0:"+port)
	})
}
