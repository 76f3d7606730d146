package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestInterceptor_TakesTheArchiveOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	const jar = "PK and so on"
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string // the last line of the error; "" means success
	}{
		"a good answer": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(jar)) }, ""},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/archive" {
				http.Redirect(w, r, "/elsewhere", http.StatusFound)
				return
			}
			_, _ = w.Write([]byte(jar))
		}, ""},
		"no such archive": {http.NotFound, "the download server does not offer it"},
		"an outage": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "the download server answers 503 Service Unavailable"},
		"half an archive": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(jar))
		}, "the download broke off"},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "no connection to the download server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.answer)
			defer server.Close()
			var out bytes.Buffer
			begun := 0
			i := &interceptor{next: server.Client().Transport, out: &out, begin: func() { begun++ }}
			client := &http.Client{Transport: i}
			answer, err := client.Get(server.URL + "/archive")
			if err == nil {
				t.Errorf("the library gets an answer: %s", errors.Join(answer.Body.Close(), errors.New(answer.Status)))
			}
			if begun == 0 {
				t.Error("begin was not called")
			}
			if test.want == "" {
				if !errors.Is(i.err, errComplete) || out.String() != jar {
					t.Errorf("took %q, error %v", out.String(), i.err)
				}
				return
			}
			lines := strings.Split(i.err.Error(), "\n")
			if got := lines[len(lines)-1]; got != test.want {
				t.Errorf("reason is %q, want %q", got, test.want)
			}
		})
	}
}

func TestNamesVersion(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]bool{"18.6.0": true, "": false, "--help": false, "-h": false, "18.6.0 x": false} {
		if got := namesVersion(append([]string{"program"}, strings.Fields(arguments)...)); got != want {
			t.Errorf("namesVersion(%q) = %t", arguments, got)
		}
	}
}
