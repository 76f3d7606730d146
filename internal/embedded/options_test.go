//go:build unix

package embedded_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/embedded"
)

func TestOptions_FoldersFollowXDG(t *testing.T) {
	home := map[string]string{"data": "/home/ada/.local/share/liftoff", "cache": "/home/ada/.cache/liftoff"}
	if os.Geteuid() == 0 {
		home = map[string]string{"data": "/var/lib/liftoff", "cache": "/var/cache/liftoff"}
	}
	for _, test := range []struct {
		name       string
		data, xdg  string
		wantData   string
		wantCache  string
		cacheGiven string
	}{
		{"nothing set", "", "", home["data"], home["cache"], ""},
		{"XDG set", "", "/xdg", "/xdg/liftoff", "/xdg/liftoff", ""},
		{"a relative XDG path is ignored", "", "xdg", home["data"], home["cache"], ""},
		{"given", "/given", "/xdg", "/given", "/mine", "/mine"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("HOME", "/home/ada")
			t.Setenv("XDG_DATA_HOME", test.xdg)
			t.Setenv("XDG_CACHE_HOME", test.xdg)
			data, cache, err := embedded.ResolvedDirs(embedded.Options{DataDir: test.data, CacheDir: test.cacheGiven})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.wantData, test.wantCache}, []string{data, cache}); diff != "" {
				t.Errorf("folders (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConnection_TextLeavesThePasswordOut(t *testing.T) {
	t.Parallel()
	c := embedded.Connection{Host: "127.0.0.1", Port: 5433, Database: "d b", User: "u", Password: "p/w"}
	for got, want := range map[string]string{
		c.String():            "postgres://u@127.0.0.1:5433/d%20b?sslmode=disable",
		c.LogValue().String(): "postgres://u@127.0.0.1:5433/d%20b?sslmode=disable",
		c.DSN():               "postgres://u:p%2Fw@127.0.0.1:5433/d%20b?sslmode=disable",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
