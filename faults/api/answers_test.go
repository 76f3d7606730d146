//go:build linux

package api_test

import (
	"regexp"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// Each of these ends the run with one line that names the trouble, nothing is
// stored, and what cannot get better is asked once.
func TestA5_A6_A7_A9_A11_A12_A14_A15_A16_A17_A18_A19_A20_A21_A22_A42_A43_A47_AnAPIInTrouble(t *testing.T) {
	t.Parallel()
	cases := []struct {
		rule, fault string
		code        int
		says        string
		// requests is how many the API gets; two attempts are allowed.
		requests int
	}{
		{"A5 no headers", "hang", 4, "no complete answer within 1s after 2 attempts", 2},
		{"A6 a byte now and then", "drip", 4, "no complete answer within 1s after 2 attempts", 2},
		{"A7 stands still", "stall=1000", 4, "no complete answer within 1s after 2 attempts", 2},
		{"A9 429 for an hour", "status=429;Retry-After:3600", 4, "; retry at 20", 1},
		{"A9 429 with garbage", "status=429;Retry-After:soon", 4, "status 429 Too Many Requests: A fault was asked for. after 2 attempts", 2},
		{"A11 500", "status=500", 4, "status 500 Internal Server Error: A fault was asked for. after 2 attempts", 2},
		{"A11 502", "status=502", 4, "status 502 Bad Gateway: A fault was asked for. after 2 attempts", 2},
		{"A11 503", "status=503", 4, "status 503 Service Unavailable: A fault was asked for. after 2 attempts", 2},
		{"A11 504", "status=504", 4, "status 504 Gateway Timeout: A fault was asked for. after 2 attempts", 2},
		{"A12 400", "status=400", 4, "status 400 Bad Request", 1},
		{"A12 401", "status=401", 7, "status 401 Unauthorized", 1},
		{"A12 403", "status=403", 7, "status 403 Forbidden", 1},
		{"A12 404", "status=404", 4, "status 404 Not Found", 1},
		{"A12 410", "status=410", 4, "status 410 Gone", 1},
		{"A14 cut", "cut=5000", 4, "the answer is cut short after 2 attempts", 2},
		{"A15 chunks that break off", "cut-chunked=5000", 4, "the answer is cut short after 2 attempts", 2},
		{"A15 a clean end", "truncate=5000", 4, "the answer is cut short after 2 attempts", 2},
		{"A16 two documents", "twice", 4, "something follows the JSON document", 1},
		{"A16 garbage", "garbage", 4, "something follows the JSON document", 1},
		{"A17 HTML", "html", 4, `an HTML page titled "Down for maintenance" after 2 attempts`, 2},
		{"A18 HTML that says JSON", "html=application/json", 4, `an HTML page titled "Down for maintenance" after 2 attempts`, 2},
		{"A19 gzip bomb", "bomb=512", 4, "the answer is larger than the limit of 32 MiB", 1},
		{"A20 10 GB", "huge=10240", 4, "the answer is larger than the limit of 32 MiB", 1},
		{"A21 no gzip", "bad-gzip", 4, "the answer is not valid gzip", 1},
		{"A21 brotli", "encoding=br", 4, `encoded as "br", which was not asked for`, 1},
		{"A21 gzip twice", "double-gzip", 4, "the answer is not valid JSON", 2},
		{"A22 20,000 deep", "deep=20000", 3, "exceeded max depth", 2},
		{"A42 file", "redirect=file:///etc/passwd", 4, "redirected to another host, file://", 1},
		{"A42 gopher", "redirect=gopher://127.0.0.1/", 4, "redirected to another host, gopher://127.0.0.1", 1},
		{"A42 data", "redirect=data:application/json,[]", 4, "redirected to another host, data://", 1},
		{"A43 another host", "redirect=http://metadata.internal/", 4, "redirected to another host, http://metadata.internal", 1},
		{"A43 a metadata address", "redirect=http://169.254.169.254/latest", 4, "redirected to another host, http://169.254.169.254", 1},
		{"A47 1 MiB of headers", "headers=1024", 4, "headers exceeded 65536 bytes", 2},
	}
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("REFERENCES=false")
	u.Succeed(t, "migrate", "up")
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			url, api := start(t, c.fault)
			u := u.With("SPACEX_API_URL=" + url)
			if isSlow.MatchString(c.rule) {
				u = u.With("SPACEX_TIMEOUT=1s")
			}
			var stdout, stderr strings.Builder
			cmd := u.Command(t.Context(), ingest("--log-file", "-")...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			most := runMeasured(t, cmd)
			clitest.WantFailure(t, clitest.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}, c.code, c.says)
			if got := api.Requests(); got != c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
			if n := stored(t, db); n != 0 {
				t.Errorf("%d launches are stored", n)
			}
			// An answer that is too large is not kept until that shows.
			if most > 192 {
				t.Errorf("%d MiB of memory, want at most 192", most)
			}
			if isLarge.MatchString(c.rule) {
				t.Logf("%d MiB of memory", most)
			}
		})
	}
}

// isSlow names the cases that would take long, isLarge those that would take
// much memory.
var (
	isSlow  = regexp.MustCompile("^A[567] ")
	isLarge = regexp.MustCompile("^A(19|20|22) ")
)
