package replay_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"liftoff/internal/replay"
)

func TestLatency_RequestsWaitSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, replay.Options{Seed: 1, Latency: 100 * time.Millisecond})
		started := time.Now()
		var group sync.WaitGroup
		for _, path := range []string{"/v4/launches", "/v4/launches/latest", "/v4/nothing", "/v4/admin/health"} {
			for range 3 {
				group.Go(func() { call(t, server, http.MethodGet, path, "") })
			}
		}
		group.Wait()
		diff(t, "twelve at once took", 100*time.Millisecond, time.Since(started))
		post(t, server, "/v4/launches/query", "{}")
		diff(t, "with another one after them", 200*time.Millisecond, time.Since(started))
	})
}

func TestLatency_EndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, replay.Options{Seed: 1, Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started, w := time.Now(), httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/v4/launches", http.NoBody))
		diff(t, "took", time.Second, time.Since(started))
		diff(t, "body", 0, w.Body.Len())
	})
}

// A client that goes away while its query waits ends the wait, which is only
// seen once the body of the query is read.
func TestLatency_EndsWithTheConnection(t *testing.T) {
	server := newServer(t, replay.Options{Seed: 1, Latency: time.Hour})
	ended := make(chan struct{})
	listener := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		server.ServeHTTP(w, r)
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, listener.URL()+"/v4/launches/query", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(r); err == nil {
		t.Error(response.Body.Close(), "there is an answer")
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the request still waits")
	}
}
