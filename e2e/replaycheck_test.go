package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
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
		{"a replay that serves is healthy", clitest.StartReplay(t), 0, ""},
		{"a server that is no replay is not", broken.URL, 4, "404 Not Found"},
		{"nothing listening is not", closed.URL, 4, "no replay answers at " + closed.URL + ": connection refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			address := strings.TrimPrefix(test.url, "http://")
			r := clitest.NewUser(t).Run(t, "replay", "--check", "--listen", address)
			if r.Code != test.code || !strings.Contains(r.Stderr, test.says) || r.Stdout != "" {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want it to say %q", r.Code, test.code, r.Stdout, r.Stderr, test.says)
			}
		})
	}
	t.Run("a wildcard address is asked on the loopback one", func(t *testing.T) {
		_, port, _ := strings.Cut(strings.TrimPrefix(clitest.StartReplay(t), "http://"), ":")
		clitest.NewUser(t).Succeed(t, "replay", "--check", "--listen", "0.0.0.0:"+port)
	})
}
