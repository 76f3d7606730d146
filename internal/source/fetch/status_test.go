package fetch_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// transient are the statuses that another attempt may get past. A 1xx is no
// answer: the server closes the connection after it.
func transient(status int) bool {
	switch status {
	case 408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524:
		return true
	default:
		return status < 200 && status != http.StatusSwitchingProtocols
	}
}

func TestA12_EveryStatus(t *testing.T) {
	var requests atomic.Int32
	var status atomic.Int32
	url := serveRaw(t, &requests, func() string {
		return fmt.Sprintf("HTTP/1.1 %d Some Text\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nsome text", status.Load())
	})
	options, _ := testOptions(url)
	options.MaxAttempts = 2
	client := newClient(t, options)
	for code := 100; code <= 599; code++ {
		requests.Store(0)
		status.Store(int32(code))
		_, err := latest(t.Context(), client)
		category, attempts := liftoff.Source, int32(1)
		switch {
		case code == 401 || code == 403 || code == 407:
			category = liftoff.Privilege
		case transient(code):
			attempts = 2
		}
		if err == nil {
			t.Errorf("status %d is a success", code)
			continue
		}
		if got := liftoff.CategoryOf(err); got != category {
			t.Errorf("status %d: category %v, want %v", code, got, category)
		}
		if got := requests.Load(); got != attempts {
			t.Errorf("status %d: %d attempts, want %d", code, got, attempts)
		}
		apitest.CheckShowable(t, err)
	}
}

// serveRaw counts requests and sends what answer returns to each of them.
func serveRaw(t *testing.T, requests *atomic.Int32, answer func() string) string {
	t.Helper()
	return apitest.ServeConns(t, func(conn net.Conn) {
		requests.Add(1)
		_, _ = conn.Write([]byte(answer())) // The client may have left.
	})
}

func TestLatest_ErrorTexts(t *testing.T) {
	const page = `<!DOCTYPE html><html><head><TITLE lang="en">
		api.example.org &amp; friends | 502: Bad gateway </TITLE></head></html>`
	cases := []struct {
		rule, contentType string
		status            int
		body              string
		category          liftoff.Category
		text              string
	}{
		{"the API's 404", "text/plain", 404, "Not Found", liftoff.Source, "latest: status 404 Not Found"},
		{"a 500 without a body", "", 500, "", liftoff.Source, "latest: status 500 Internal Server Error after 6 attempts"},
		{
			"a page of the CDN", "text/html; charset=UTF-8", 502, page, liftoff.Source,
			`status 502 Bad Gateway, an HTML page titled "api.example.org & friends | 502: Bad gateway" after 6 attempts`,
		},
		{"a page without a title", "text/html", 521, "<p>down", liftoff.Source, "status 521, an HTML page without a title after 6 attempts"},
		{
			"a challenge is not a login", "text/html", 403, "<title>Just a moment...</title>", liftoff.Source,
			`status 403 Forbidden, an HTML page titled "Just a moment..."`,
		},
		{"a missing login", "text/plain", 401, "no key", liftoff.Privilege, "status 401 Unauthorized: no key"},
		{"a bad filter", "text/plain", 400, "Cast to ObjectId failed for value", liftoff.Source, "status 400 Bad Request: Cast to ObjectId"},
		{"a body with tricks", "text/plain", 410, "a\x1b[2J\r\nb\x00\u202ec\xff", liftoff.Source, `status 410 Gone: a\x1b[2J b\x00\u202ec` + "\ufffd"},
		{"a long body", "text/plain", 410, strings.Repeat("long ", 100_000), liftoff.Source, "long long …"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteAs(w, c.contentType, c.status, c.body) })
			options, _ := testOptions(server.URL)
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, c.category, c.text)
		})
	}
}

func TestA8_A9_RetryAfter(t *testing.T) {
	const own = -1 // the client's own pause
	cases := []struct {
		rule, header string
		pause        time.Duration
		gives        string
	}{
		{"A8 seconds", "7", 7 * time.Second, ""},
		{"A8 zero: our own pause keeps the attempts apart", "0", own, ""},
		{"A8 spaces around", " 7 ", 7 * time.Second, ""},
		{"A8 the longest pause", "60", time.Minute, ""},
		{"A9 a date", "Mon, 23 Nov 2026 12:00:30 GMT", 30 * time.Second, ""},
		{"A9 an old form of date", "Monday, 23-Nov-26 12:00:30 GMT", 30 * time.Second, ""},
		{"A9 a date in the past: likewise", "Mon, 23 Nov 2026 11:00:00 GMT", own, ""},
		{"A9 negative is nonsense", "-5", own, ""},
		{"A9 a fraction is nonsense", "1.5", own, ""},
		{"A9 garbage", "soon", own, ""},
		{"A9 empty", "", own, ""},
		{"A9 too long in seconds", "61", 0, "; retry at 2026-11-23T12:01:01Z"},
		{"A9 too long as a date", "Mon, 23 Nov 2026 13:00:00 GMT", 0, "; retry at 2026-11-23T13:00:00Z"},
		{"A9 10^12 seconds", "1000000000000", 0, "; retry at 2319-"},
		{"A9 more digits than any number", strings.Repeat("9", 40), 0, "; retry at 2319-"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			var requests atomic.Int32
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if requests.Add(1) > 1 {
					apitest.WriteJSON(w, document)
					return
				}
				w.Header().Set("Retry-After", c.header)
				apitest.WriteAs(w, "text/plain", http.StatusTooManyRequests, "")
			})
			options, pauses := testOptions(server.URL)
			_, err := latest(t.Context(), newClient(t, options))
			if c.gives != "" {
				apitest.WantError(t, err, liftoff.Source, "status 429 Too Many Requests"+c.gives)
				if requests.Load() != 1 {
					t.Error("it was tried again")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := pauses.Recorded()
			if c.pause == own && len(got) == 1 && got[0] >= 0 && got[0] <= 500*time.Millisecond {
				return
			}
			if diff := cmp.Diff([]time.Duration{c.pause}, got); diff != "" {
				t.Errorf("pauses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestA11_PausesDoubleAndAreRandom(t *testing.T) {
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	options, pauses := testOptions(server.URL)
	client := newClient(t, options)
	const rounds = 40
	for range rounds {
		if _, err := latest(t.Context(), client); err == nil {
			t.Fatal("no error")
		}
	}
	highest, sum := [5]time.Duration{}, [5]time.Duration{}
	for i, pause := range pauses.Recorded() {
		highest[i%5] = max(highest[i%5], pause)
		sum[i%5] += pause
	}
	for i := range highest {
		limit := 500 * time.Millisecond << i
		// The mean of 40 uniform draws is within five standard deviations of
		// the middle; the highest of them is in the upper half.
		mean := sum[i] / rounds
		if highest[i] > limit || highest[i] < limit/2 || mean < limit/4 || mean > limit*3/4 {
			t.Errorf("pause %d: highest %v, mean %v, want 0 to %v", i+1, highest[i], mean, limit)
		}
	}
}

func TestLatest_TheFirstRetryIsAWarningAtOnce(t *testing.T) {
	var requests atomic.Int32
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) > 2 {
			apitest.WriteJSON(w, document)
			return
		}
		w.Header().Set("Retry-After", "2")
		apitest.WriteAs(w, "text/plain", http.StatusServiceUnavailable, "busy")
	})
	var log bytes.Buffer
	options, _ := testOptions(server.URL)
	options.Logger = apitest.LogTo(&log)
	if _, err := latest(t.Context(), newClient(t, options)); err != nil {
		t.Fatal(err)
	}
	// The test's clock stands still, so a second line would come too soon.
	const want = `level=WARN msg="A request to the API failed and is tried again." attempt=1 of=6` +
		` error="status 503 Service Unavailable: busy" wait=2s` + "\n" +
		`level=INFO msg="The API answers again." after=0s` + "\n"
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
