package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

func TestSend_AsksForThePathsInTurn(t *testing.T) {
	t.Parallel()
	var first, second, denied atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t" {
			denied.Add(1)
		}
		switch r.URL.RequestURI() {
		case "/":
			first.Add(1)
		case "/launches?search=a":
			second.Add(1)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	l := load{url: server.URL, paths: []string{"/", "/launches?search=a"}, token: "t", concurrency: 4, count: 101}
	took, err := l.send(t.Context())
	if err != nil || len(took) != 101 || first.Load() != 51 || second.Load() != 50 || denied.Load() != 0 {
		t.Errorf("%d and %d requests, %d without the token, %v", first.Load(), second.Load(), denied.Load(), err)
	}
	l.paths = []string{"/", "/none"}
	if _, err := l.send(t.Context()); err == nil || !strings.Contains(err.Error(), "/none has the status 404") {
		t.Errorf("send() = %v", err)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system has no /proc")
	}
	if text, err := memory(os.Getpid()); err != nil || !strings.HasSuffix(text, " MB") {
		t.Errorf("memory() = %q, %v", text, err)
	}
}
