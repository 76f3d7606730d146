package spacex_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// API v4 wants no token, so no request has one, nor anything else by which
// somebody could be known, also when the answers ask for it.
func TestG4_NoRequestHasACredential(t *testing.T) {
	allowed := []string{"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "If-None-Match", "Referer", "User-Agent"}
	var mutex sync.Mutex
	var names []string
	ask := func(t *testing.T, answer http.HandlerFunc) error {
		t.Helper()
		server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			mutex.Lock()
			for name := range r.Header {
				names = append(names, name)
			}
			mutex.Unlock()
			w.Header().Add("Set-Cookie", "session=canary")
			answer(w, r)
		})
		options, _ := testOptions(server.URL)
		client := newClient(t, options)
		_, err := latest(t.Context(), client)
		_, _ = latest(t.Context(), client) // would send the cookie
		_, _ = all(t.Context(), client)
		return err
	}
	if err := ask(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, document) }); err != nil {
		t.Error(err)
	}
	err := ask(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Basic realm=x")
		w.WriteHeader(http.StatusUnauthorized)
	})
	apitest.WantError(t, err, liftoff.Privilege, "401")
	err = ask(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/moved") {
			apitest.WriteJSON(w, document)
			return
		}
		http.Redirect(w, r, "/moved"+r.URL.Path, http.StatusTemporaryRedirect)
	})
	if err != nil {
		t.Error(err)
	}
	if len(names) == 0 {
		t.Error("no request came")
	}
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			t.Errorf("a request has the header %s", name)
		}
	}
}
