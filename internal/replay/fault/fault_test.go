package fault_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/replay/fault"
)

const document = `{"id":"5eb87cd9ffd86e000604b32a","name":"FalconSat"}`

// serve starts an API with faults before it, and returns its URL.
func serve(t *testing.T, faults ...string) string {
	t.Helper()
	var parsed []fault.Fault
	for _, text := range faults {
		one, err := fault.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, one)
	}
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "question" {
			t.Errorf("the request's body is %q (%v)", body, err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, document)
	})
	server := httptest.NewServer(fault.New(next, parsed...))
	t.Cleanup(server.Close)
	return server.URL
}

// reply is what a client sees.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

// ask sends a request and returns the unchanged answer, if it comes in time.
func ask(t *testing.T, url string, within time.Duration) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("question"))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(body), err}
}

func TestHandler_Kinds(t *testing.T) {
	t.Parallel()
	isTimeout := func(r reply) bool { return errors.Is(r.err, context.DeadlineExceeded) }
	isCut := func(r reply, text string) bool {
		return errors.Is(r.err, io.ErrUnexpectedEOF) && r.body == text
	}
	cases := []struct {
		fault string
		holds func(r reply) bool
	}{
		{"status=429;Retry-After: 7", func(r reply) bool { return r.status == 429 && r.header.Get("Retry-After") == "7" }},
		{"status=304", func(r reply) bool { return r.status == 304 && r.body == "" }},
		{"redirect=file:///etc/passwd", func(r reply) bool { return r.status == 302 && r.header.Get("Location") == "file:///etc/passwd" }},
		{"html", func(r reply) bool { return r.status == 200 && strings.Contains(r.body, "<title>Down for maintenance") }},
		{"html=application/json", func(r reply) bool { return r.header.Get("Content-Type") == "application/json" }},
		{"type", func(r reply) bool { return r.header.Get("Content-Type") == "text/plain" && r.body == document }},
		{"hang", isTimeout},
		{"drip=100ms", func(r reply) bool { return isTimeout(r) && len(r.body) >= 1 && len(r.body) < 6 }},
		{"stall=9", func(r reply) bool { return isTimeout(r) && r.body == document[:9] }},
		{"cut=9", func(r reply) bool {
			return isCut(r, document[:9]) && r.header.Get("Content-Type") == "application/json"
		}},
		{"cut-chunked=9", func(r reply) bool { return isCut(r, document[:9]) }},
		{"truncate=9", func(r reply) bool { return r.err == nil && r.body == document[:9] }},
		{"reset", func(r reply) bool { return errors.Is(r.err, syscall.ECONNRESET) || errors.Is(r.err, io.EOF) }},
		{"reset=9", func(r reply) bool { return r.err != nil && !isTimeout(r) }},
		{"garbage", func(r reply) bool { return r.body == document+"<!-- -->" }},
		{"twice", func(r reply) bool { return r.body == document+document }},
		{"deep=3", func(r reply) bool { return strings.Contains(r.body, `[[[]]]`) }},
		{"huge=2", func(r reply) bool { return len(r.body) == 2<<20 }},
		{"bomb=2", func(r reply) bool { return len(r.body) < 10<<10 && unpackedSize(t, r.body) == 2<<20 }},
		{"bad-gzip", func(r reply) bool { return r.header.Get("Content-Encoding") == "gzip" && r.body == document }},
		{"double-gzip", func(r reply) bool { return unpackedSize(t, r.body) > 0 }},
		{"encoding", func(r reply) bool { return r.header.Get("Content-Encoding") == "br" }},
		{"headers=20", func(r reply) bool { return len(r.header) > 20 && r.body == document }},
	}
	for _, c := range cases {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			within := 30 * time.Second
			if isEndless.MatchString(c.fault) {
				within = 350 * time.Millisecond
			}
			if r := ask(t, serve(t, c.fault), within); !c.holds(r) {
				t.Errorf("status %d, headers %.300v, body %.100q, error %v", r.status, r.header, r.body, r.err)
			}
		})
	}
}

// isEndless matches the faults that only the client ends.
var isEndless = regexp.MustCompile("^(hang|drip|stall)")

// unpackedSize returns how long a gzip is when unpacked once.
func unpackedSize(t *testing.T, body string) int64 {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, reader)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHandler_Which(t *testing.T) {
	t.Parallel()
	for which, want := range map[string]string{
		"": "xxxxxxx", "@1": "x......", "@3": "..x....", "@-3": "xxx....", "@3-": "..xxxxx", "@2-5": ".xxxx..", "@/3": "..x..x.", "@9": ".......",
	} {
		url, got := serve(t, "status=500"+which), ""
		for range want {
			got += map[bool]string{true: "x", false: "."}[ask(t, url, 30*time.Second).status == 500]
		}
		if got != want {
			t.Errorf("%q matches %s, want %s", which, got, want)
		}
	}
}

func TestHandler_TheFirstFaultThatMatchesApplies(t *testing.T) {
	t.Parallel()
	url := serve(t, "status=500@1", "status=501@-2", "status=502@2-")
	for _, want := range []int{500, 501, 502} {
		if got := ask(t, url, 30*time.Second).status; got != want {
			t.Errorf("status %d, want %d", got, want)
		}
	}
}

func TestParse_RefusesInvalidFaults(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                     `there is no kind ""`,
		"flood":                `there is no kind "flood"`,
		"hang=1":               "it takes no value",
		"status=abc":           `"abc" is not a status`,
		"status=20":            `"20" is not a status`,
		"status=429;Retry":     `"Retry" is not a header`,
		"cut=-1":               `"-1" is not a number of 0 or more`,
		"drip=fast":            `"fast" is not a duration`,
		"type=":                "the value is empty",
		"redirect=http://\x7f": "invalid control character",
		"hang@":                "no number after the @",
		"hang@-":               "no number after the @",
		"hang@0":               `"0" is not a number of 1 or more`,
		"hang@/x":              `"x" is not a number of 1 or more`,
		"hang@1-x":             `"x" is not a number of 1 or more`,
	} {
		if _, err := fault.Parse(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
}

// Each kind that Usage lists can be used as it stands there, and is explained
// in the documentation in the same words.
func TestUsage_ListsWhatCanBeParsed(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../../../docs/replay.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(fault.Usage()) {
		_, help, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if help = strings.TrimSpace(help); !strings.Contains(strings.ReplaceAll(string(docs), "`", ""), help) {
			t.Errorf("docs/replay.md does not say %q", help)
		}
		if _, err := fault.Parse(strings.Fields(line)[0]); err != nil {
			t.Error(err)
		}
	}
}
