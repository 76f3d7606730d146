package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
)

// readLaunches returns the launches of a capture by id.
func readLaunches(t *testing.T, file string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(content, &list); err != nil {
		var one map[string]any
		if err := json.Unmarshal(content, &one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	launches := map[string]any{}
	for _, launch := range list {
		launches[fmt.Sprint(launch["id"])] = launch
	}
	return launches
}

// hanging is an API that takes a request and never answers.
type hanging struct {
	url string
	// asked is closed at the first request.
	asked chan struct{}
}

func startHanging(t *testing.T) hanging {
	t.Helper()
	asked := make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return hanging{url: server.URL, asked: asked}
}
