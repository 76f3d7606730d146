package trino_test

import (
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff/internal/trino"
)

// Wherever a coordinator sends the client, the password goes to the configured
// address only.
func TestG4_ThePasswordGoesToTheConfiguredTrinoOnly(t *testing.T) {
	var strangers atomic.Int32
	stranger := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers.Add(1) }))
	t.Cleanup(stranger.Close)
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusOK} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", stranger.URL)
				w.WriteHeader(status)
				reply(w, map[string]any{"id": queryID(1), "nextUri": stranger.URL + "/v1/statement/executing/x/y/1"})
			}))
			server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			t.Cleanup(server.Close)
			roots := x509.NewCertPool()
			roots.AddCert(server.Certificate())
			engine := engineWith(t, trino.Options{URL: server.URL, User: "me", Password: "s3cret", RootCAs: roots})
			_, err := engine.Answer(t.Context(), one)
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v, want one without the password", err)
			}
		})
	}
	if strangers.Load() != 0 {
		t.Error("another server was asked")
	}
}
