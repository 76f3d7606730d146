package replay_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/replay"
)

// listen serves a handler on a free port and closes it after the test.
func listen(t *testing.T, h http.Handler) *replay.Listener {
	t.Helper()
	listener, err := replay.Listen(t.Context(), "127.0.0.1:0", h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := listener.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return listener
}

// fetch reads a URL with a client of its own, which leaves no goroutine.
func fetch(ctx context.Context, t *testing.T, url string) ([]byte, error) {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	return body, errors.Join(err, response.Body.Close())
}

func TestListen_ServesOverTheNetwork(t *testing.T) {
	server := synthetic(t)
	listener := listen(t, server)
	body, err := fetch(t.Context(), t, listener.URL()+"/v4/launches")
	if err != nil {
		t.Fatal(err)
	}
	sameBytes(t, "launches", get(t, server, "/v4/launches"), body)
}

func TestListen_WildcardAddressGivesLoopbackURL(t *testing.T) {
	listener, err := replay.Listen(t.Context(), ":0", synthetic(t))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(listener.URL(), "http://127.0.0.1:") {
		t.Errorf("URL %s", listener.URL())
	}
	if err := listener.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestListen_UnusableAddressIsAUsageError(t *testing.T) {
	taken := strings.TrimPrefix(listen(t, synthetic(t)).URL(), "http://")
	for addr, hint := range map[string]string{taken: "port 0 takes a free one", "no-port": "127.0.0.1:8100"} {
		_, err := replay.Listen(t.Context(), addr, synthetic(t))
		if err == nil {
			t.Fatalf("%s: no error", addr)
		}
		diff(t, "category", liftoff.Usage, liftoff.CategoryOf(err))
		if !strings.Contains(err.Error(), addr) || !strings.Contains(liftoff.HintOf(err), hint) {
			t.Errorf("%s: error %q, hint %q", addr, err, liftoff.HintOf(err))
		}
	}
}

func TestClose_CutsARequestThatOutlivesItsContext(t *testing.T) {
	entered := make(chan struct{})
	listener, err := replay.Listen(t.Context(), "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}))
	if err != nil {
		t.Fatal(err)
	}
	fetched := make(chan error, 1)
	go func() {
		_, err := fetch(context.WithoutCancel(t.Context()), t, listener.URL())
		fetched <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := listener.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close: %v, want %v", err, context.Canceled)
	}
	if err := <-fetched; err == nil {
		t.Error("the request came to an end")
	}
	address := strings.TrimPrefix(listener.URL(), "http://")
	var dialer net.Dialer
	if connection, err := dialer.DialContext(t.Context(), "tcp", address); err == nil {
		_ = connection.Close()
		t.Error("the port is still open")
	}
}

func TestListen_RefusalInTheMiddleOfAStreamNeverLooksWhole(t *testing.T) {
	listener := listen(t, http.HandlerFunc(replay.RefuseLate))
	if body, err := fetch(t.Context(), t, listener.URL()); err == nil {
		t.Errorf("%d bytes look whole", len(body))
	}
}

func TestListen_StreamThatBreaksOffNeverLooksWhole(t *testing.T) {
	server := newServer(t, replay.Options{Count: 100_000, Seed: 1})
	for name, plain := range map[string]bool{"plain": true, "gzip": false} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			listener, err := replay.Listen(ctx, "127.0.0.1:0", server)
			if err != nil {
				t.Fatal(err)
			}
			transport := &http.Transport{DisableCompression: plain}
			defer transport.CloseIdleConnections()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, listener.URL()+"/v4/launches", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := (&http.Client{Transport: transport}).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			if _, err := io.Copy(io.Discard, response.Body); err == nil {
				t.Error("the stream looks whole")
			}
			if err := errors.Join(response.Body.Close(), listener.Close(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
}
