package fetch_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

func TestLatest_RedirectsItFollows(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				hops := map[string]string{"/v4/launches/latest": "/a", "/a": "b", "/b": "/c?x=1"}
				if next, ok := hops[r.URL.Path]; ok {
					w.Header().Set("Location", next)
					w.WriteHeader(status)
					return
				}
				apitest.WriteJSON(w, document)
			})
			options, _ := testOptions(server.URL)
			if _, err := latest(t.Context(), newClient(t, options)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestA42_A43_RedirectsItRefuses(t *testing.T) {
	var strangers atomic.Int32
	stranger := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		strangers.Add(1)
		apitest.WriteJSON(w, document)
	})
	cases := []struct{ rule, location, text string }{
		{"A43 another port", stranger.URL + "/v4", "redirected to another host, " + stranger.URL},
		{"A43 another host", "http://metadata.internal/latest", "redirected to another host, http://metadata.internal"},
		{"A43 a metadata address", "http://169.254.169.254/latest/meta-data", "redirected to another host, http://169.254.169.254"},
		{"A43 a host without scheme", "//evil.example/x", "redirected to another host, http://evil.example"},
		{"A42 a file", "file:///etc/passwd", "redirected to another host, file://"},
		{"A42 gopher", "gopher://127.0.0.1/", "redirected to another host, gopher://127.0.0.1"},
		{"A42 data", "data:application/json,{}", "redirected to another host, data://"},
		{"A43 https on a port of its own", "https://127.0.0.1:8443/", "redirected to another host, https://127.0.0.1:8443"},
		{"A43 https on the default port, from a port of its own", "https://127.0.0.1/", "redirected to another host, https://127.0.0.1"},
		{"A43 a user and password", "http://user:canary@HOST/x", "redirected to a URL with a user or password"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", strings.ReplaceAll(c.location, "HOST", r.Host))
				w.WriteHeader(http.StatusFound)
			})
			options, pauses := testOptions(server.URL)
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, c.text)
			if len(pauses.Recorded()) != 0 {
				t.Error("it was tried again")
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the secret is shown: %v", err)
			}
		})
	}
	if strangers.Load() != 0 {
		t.Error("the stranger was asked")
	}
}

func TestA43_RedirectsEndAfterThree(t *testing.T) {
	var requests atomic.Int32
	server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.Redirect(w, r, "/v4/launches/latest", http.StatusFound)
	})
	options, _ := testOptions(server.URL)
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "more than 3 redirects")
	if got := requests.Load(); got != 4 {
		t.Errorf("%d requests, want the first and 3 redirects", got)
	}
}

func TestLatest_RedirectWithoutLocationIsAnError(t *testing.T) {
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	options, _ := testOptions(server.URL)
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "status 302 Found")
}

func TestLatest_UpgradeToHTTPSOnTheSameHost(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, document) }))
	t.Cleanup(secure.Close)
	plain := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+r.URL.Path, http.StatusMovedPermanently)
	})
	options, _ := testOptions("http://example.com")
	options.RootCAs = apitest.AuthorityOf(secure)
	client := newClient(t, fetch.WithDial(options, dialInstead(map[string]string{
		"example.com:80":  plain.Listener.Addr().String(),
		"example.com:443": secure.Listener.Addr().String(),
	})))
	if _, err := latest(t.Context(), client); err != nil {
		t.Error(err)
	}
}

func TestA43_DowngradeToHTTPIsRefused(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/", http.StatusMovedPermanently)
	}))
	t.Cleanup(secure.Close)
	options, _ := testOptions(secure.URL)
	options.RootCAs = apitest.AuthorityOf(secure)
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "redirected to another host, http://")
}

// dialInstead returns a dialler that knows only the given addresses.
func dialInstead(addresses map[string]string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		target, ok := addresses[address]
		if !ok {
			return nil, fmt.Errorf("unexpected dial to %s", address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, target)
	}
}
