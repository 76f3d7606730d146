package fetch_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

// childURL is the variable that makes TestProxyChild fetch from its value.
const childURL = "LIFTOFF_TEST_PROXY_CHILD"

// TestProxyChild is the child process of the tests below: net/http reads the
// proxy variables once in a process.
func TestProxyChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("it is run by the tests of the proxy")
	}
	options, _ := testOptions(url)
	options.MaxAttempts = 2
	_, err := latest(t.Context(), newClient(t, options))
	fmt.Printf("category=%v error=%v hint=%v\n", liftoff.CategoryOf(err), err, liftoff.HintOf(err))
}

func TestA45_Proxy(t *testing.T) {
	var logins atomic.Value
	proxy := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		logins.Store(r.Header.Get("Proxy-Authorization"))
		switch {
		case r.Method == http.MethodConnect && r.Host == "login.example.org:443":
			w.WriteHeader(http.StatusProxyAuthRequired)
		case r.Method == http.MethodConnect:
			w.WriteHeader(http.StatusBadGateway)
		default:
			apitest.WriteJSON(w, document)
		}
	})
	withLogin := strings.Replace(proxy.URL, "http://", "http://user:canary@", 1)
	cases := []struct{ rule, proxy, url, want string }{
		{"it is used", withLogin, "http://api.example.org", "category=internal error=<nil>"},
		{
			"it wants a login", withLogin, "https://login.example.org",
			"category=privilege error=fetch latest launch from https://login.example.org/v4/launches/latest: " +
				"the proxy answers status 407 Proxy Authentication Required hint=check HTTP_PROXY",
		},
		{
			"it cannot connect", withLogin, "https://api.example.org",
			"the proxy answers status 502 Bad Gateway after 2 attempts hint=check HTTP_PROXY",
		},
		{
			"it is down", "http://user:canary@127.0.0.1:1", "http://api.example.org",
			"proxy: connection refused after 2 attempts hint=check HTTP_PROXY",
		},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyChild$", "-test.v")
			child.Env = []string{"HTTP_PROXY=" + c.proxy, "HTTPS_PROXY=" + c.proxy, childURL + "=" + c.url, "GORACE=atexit_sleep_ms=0"}
			output, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			if !strings.Contains(string(output), c.want) {
				t.Errorf("got %s\nwant %s", output, c.want)
			}
			if strings.Contains(string(output), "canary") {
				t.Errorf("the secret is shown: %s", output)
			}
		})
	}
	if got := logins.Load(); got != "Basic dXNlcjpjYW5hcnk=" {
		t.Errorf("the proxy got the login %q", got)
	}
}

func TestNew_NoSecretOfTheURLIsEverShown(t *testing.T) {
	for _, url := range []string{
		"http://user:canary@127.0.0.1:1", "http://canary@127.0.0.1:1", "https://user:canary@host:bad", "http://user:can%zzary@host",
		"http://user:1/canary@host", "http://user:canary?x@host", "http://user:canary#x@host", "user:canary@host",
	} {
		t.Run(url, func(t *testing.T) {
			_, err := fetch.New(fetch.Options{Name: "SpaceX API", URLSetting: "SPACEX_API_URL", BaseURL: url})
			apitest.WantError(t, err, liftoff.Usage, "the SpaceX API URL")
			for _, shown := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), liftoff.HintOf(err)} {
				if strings.Contains(shown, "canary") {
					t.Errorf("the secret is shown: %s", shown)
				}
			}
		})
	}
}
