package fetch_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

func TestA17_A18_ContentTypes(t *testing.T) {
	const maintenance = "<html><head><title>We are down</title></head></html>"
	cases := []struct {
		rule, contentType, body string
		text                    string // "" means success
		warns, retried          bool
	}{
		{rule: "JSON", contentType: "application/json; charset=utf-8", body: document},
		{rule: "JSON in capitals", contentType: "Application/JSON", body: document},
		{rule: "JSON without parameters that parse", contentType: "application/json", body: document},
		{rule: "A18 plain text that is JSON", contentType: "text/plain; charset=utf-8", body: document, warns: true},
		{rule: "no type", contentType: "", body: document, warns: true},
		{rule: "plain text that is none", contentType: "text/plain", body: "OK", text: "the answer is text, not JSON: OK"},
		{
			rule: "A17 HTML", contentType: "text/html", body: maintenance, retried: true,
			text: `the answer is not JSON, an HTML page titled "We are down" after 6 attempts`,
		},
		{
			rule: "A18 HTML that says JSON", contentType: "application/json", body: "\n " + maintenance, retried: true,
			text: `the answer is not JSON, an HTML page titled "We are down" after 6 attempts`,
		},
		{rule: "an image", contentType: "image/png", body: "\x89PNG", text: `the answer is of type "image/png", not JSON`},
		{rule: "a binary that says JSON", contentType: "application/json", body: "\x1f\x8b\x08", text: "the answer is not valid JSON"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil // no guessing
				if c.contentType != "" {
					w.Header().Set("Content-Type", c.contentType)
				}
				_, _ = io.WriteString(w, c.body) // The client may have left.
			})
			var log bytes.Buffer
			options, pauses := testOptions(server.URL)
			options.Logger = apitest.LogTo(&log)
			_, err := latest(t.Context(), newClient(t, options))
			if c.text != "" {
				apitest.WantError(t, err, liftoff.Source, c.text)
			} else if err != nil {
				t.Fatal(err)
			}
			if got := len(pauses.Recorded()) > 0; got != c.retried {
				t.Errorf("tried again: %v, want %v", got, c.retried)
			}
			if got := strings.Contains(log.String(), "plain text"); got != c.warns {
				t.Errorf("warned: %v, want %v; log: %s", got, c.warns, &log)
			}
		})
	}
}

func TestA21_ContentEncodings(t *testing.T) {
	whole := gzipped(t, []byte(document))
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 0xff
	cases := []struct {
		rule, encoding string
		body           []byte
		text           string // "" means success
	}{
		{"gzip", "gzip", whole, ""},
		{"gzip in capitals", "GZIP", whole, ""},
		{"its old name", "x-gzip", whole, ""},
		{"identity", "identity", []byte(document), ""},
		{"gzip that is none", "gzip", []byte(document), "the answer is not valid gzip"},
		{"a wrong checksum", "gzip", flipped, "the answer is not valid gzip"},
		{"a broken stream", "gzip", append(bytes.Clone(whole[:10]), bytes.Repeat([]byte{0xff}, 50)...), "the answer is not valid gzip"},
		{"garbage after it", "gzip", append(bytes.Clone(whole), "garbage after it"...), "the answer is not valid gzip"},
		{"gzip twice", "gzip", gzipped(t, whole), "the answer is not valid JSON"},
		{"gzip twice, honestly", "gzip, gzip", gzipped(t, whole), `encoded as "gzip, gzip", which was not asked for`},
		{"brotli", "br", []byte("\x0b\x02"), `encoded as "br", which was not asked for`},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", c.encoding)
				apitest.WriteJSON(w, string(c.body))
			})
			options, pauses := testOptions(server.URL)
			launch, err := latest(t.Context(), newClient(t, options))
			if c.text != "" {
				apitest.WantError(t, err, liftoff.Source, c.text)
			} else if err != nil || string(launch) != document {
				t.Errorf("launch = %s, error = %v", launch, err)
			}
			if len(pauses.Recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

func TestLatest_ErrorPageMayBeGzipped(t *testing.T) {
	page := gzipped(t, []byte("<title>Bad gateway</title>"))
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		apitest.WriteAs(w, "text/html", http.StatusBadGateway, string(page))
	})
	options, _ := testOptions(server.URL)
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, `an HTML page titled "Bad gateway"`)
}

func TestA19_A20_BodyLimit(t *testing.T) {
	padded := func(size int) []byte {
		return []byte(`{"id":"x","a":"` + strings.Repeat("a", size-len(`{"id":"x","a":""}`)) + `"}`)
	}
	cases := []struct {
		rule, encoding string
		body           []byte
		text           string // "" means success
	}{
		{"A20 as large as the limit", "", padded(1 << 16), ""},
		{"A20 a byte larger", "", padded(1<<16 + 1), "the answer is larger than the limit of 65536 bytes"},
		{"A19 unpacked as large as the limit", "gzip", gzipped(t, padded(1<<16)), ""},
		{"A19 unpacked a byte larger", "gzip", gzipped(t, padded(1<<16+1)), "the answer is larger than the limit of 65536 bytes"},
		{"A19 a gzip bomb", "gzip", gzipped(t, padded(8<<20)), "the answer is larger than the limit of 65536 bytes"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				apitest.WriteJSON(w, string(c.body))
			})
			options, pauses := testOptions(server.URL)
			options.MaxBodyBytes = 1 << 16
			_, err := latest(t.Context(), newClient(t, options))
			if c.text != "" {
				apitest.WantError(t, err, liftoff.Source, c.text)
			} else if err != nil {
				t.Fatal(err)
			}
			if len(pauses.Recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

func TestA20_EndlessBodyStopsAtTheLimit(t *testing.T) {
	for name, start := range map[string]string{
		"spaces": " ", "a string": `{"id":"`, "an array": `{"id":"x","payloads":[[`,
	} {
		t.Run(name, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				apitest.WriteJSON(w, start)
				filler := bytes.Repeat([]byte(" "), 64<<10)
				for {
					if _, err := w.Write(filler); err != nil {
						return
					}
				}
			})
			options, _ := testOptions(server.URL)
			options.MaxBodyBytes = 1 << 16
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, "the answer is larger than the limit of 65536 bytes")
		})
	}
}

func TestA19_EndlessGzipOfNothingStopsAtTheLimit(t *testing.T) {
	// An empty stored block of deflate unpacks to nothing, however many come.
	blocks := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 10_000)
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		apitest.WriteJSON(w, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
		for {
			if _, err := w.Write(blocks); err != nil {
				return
			}
		}
	})
	options, _ := testOptions(server.URL)
	options.MaxBodyBytes, options.MaxAttempts, options.Timeout = 1<<16, 1, 5*time.Second
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "the answer is larger than the limit of 65536 bytes")
}

func TestA13_EndlessErrorBodyIsNotRead(t *testing.T) {
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		for {
			if _, err := io.WriteString(w, strings.Repeat("x", 64<<10)); err != nil {
				return
			}
		}
	})
	options, _ := testOptions(server.URL)
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "status 418 I'm a teapot: xxx")
}

// gzipped returns content packed.
func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
