//go:build linux

package api_test

import (
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
)

// Trouble that passes costs time and no launch.
func TestA8_A9_A11_A14_A15_A17_A18_TroubleThatPasses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		rule, fault string
		requests    int
		says        string
		atLeast     time.Duration
	}{
		{"A8 429 with seconds", "status=429;Retry-After:1@1", 2, "status 429 Too Many Requests", time.Second},
		{"A9 429 with a date in the past", "status=429;Retry-After:Sun, 06 Nov 1994 08:49:37 GMT@1", 2, "status 429 Too Many Requests", 0},
		{"A11 503", "status=503@1", 2, "status 503 Service Unavailable", 0},
		{"A14 cut", "cut=9970@1", 2, "the answer is cut short", 0},
		{"A14 reset", "reset@1", 2, "is tried again", 0},
		{"A15 chunks that break off", "cut-chunked=9970@1", 2, "the answer is cut short", 0},
		{"A15 a clean end", "truncate=9970@1", 2, "the answer is cut short", 0},
		{"A17 HTML", "html@1", 2, "Down for maintenance", 0},
		{"A18 JSON that says text", "type=text/plain", 1, "sends its JSON as plain text", 0},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			url, api := start(t, c.fault)
			u, db := ingesting(t, url)
			began := time.Now()
			r := u.Succeed(t, ingest()...)
			if took := time.Since(began); took < c.atLeast {
				t.Errorf("it took %v, want at least %v", took, c.atLeast)
			}
			if n := strings.Count(r.Stderr, " - WARNING - "); n != 1 || !strings.Contains(r.Stderr, c.says) {
				t.Errorf("%d warnings, want one with %q:\n%s", n, c.says, r.Stderr)
			}
			if api.Requests() != c.requests || stored(t, db) != launches {
				t.Errorf("%d requests, %d launches stored, want %d and %d", api.Requests(), stored(t, db), c.requests, launches)
			}
		})
	}
}

// `liftoff replay --fault` makes the same trouble as the tests do.
func TestA11_TheReplayMakesTrouble(t *testing.T) {
	t.Parallel()
	url := clitest.StartReplay(t, "--count", "60", "--fault", "status=503@1", "--fault", "cut=997@2")
	u, db := ingesting(t, url)
	r := u.With("SPACEX_MAX_ATTEMPTS=3").Succeed(t, ingest()...)
	if stored(t, db) != launches || !strings.Contains(r.Stderr, "status 503") {
		t.Errorf("%d launches stored:\n%s", stored(t, db), r.Stderr)
	}
	clitest.WantFailure(t, u.Run(t, "replay", "--fault", "nonsense"), 2, `there is no kind "nonsense"`)
}

// An API that is away is waited for, with a few lines and next to no work, and
// then the run goes on; without the patience for it the run ends.
func TestA11_AnAPIThatIsAwayIsWaitedFor(t *testing.T) {
	t.Parallel()
	const away = 6 * time.Second
	api := newAPI(t)
	url := serveAfter(t, away, api)
	u, db := ingesting(t, url)
	cmd := u.Command(t.Context(), ingest("--max-wait", "60s")...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v:\n%s", err, stderr.String())
	}
	took, busy := time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	t.Logf("%v, %v of CPU time", took, busy)
	if took < away || busy > time.Second {
		t.Errorf("it took %v and %v of CPU time", took, busy)
	}
	if n := strings.Count(stderr.String(), " - WARNING - "); n < 2 || n > 6 {
		t.Errorf("%d warnings:\n%s", n, stderr.String())
	}
	if !strings.Contains(stderr.String(), "The API answers again.") || stored(t, db) != launches {
		t.Errorf("%d launches stored:\n%s", stored(t, db), stderr.String())
	}
}

// A launch that is as deep as the parser goes is stored like any other: the
// database can take as much.
func TestA22_ADeepLaunchIsStored(t *testing.T) {
	t.Parallel()
	url, _ := start(t, "deep=9990")
	u, db := ingesting(t, url)
	r := u.Run(t, ingest()...)
	if r.Code != 3 || stored(t, db) != 1 || !strings.Contains(r.LastLine(), "1 of 1 launches drifted from the documented shape") {
		t.Errorf("exit code %d, %d launches stored: %s", r.Code, stored(t, db), r.LastLine())
	}
}

// The patience has an end.
func TestA11_AnAPIThatStaysAwayIsGivenUp(t *testing.T) {
	t.Parallel()
	u, db := ingesting(t, clitest.ClosedPort)
	began := time.Now()
	r := u.Run(t, ingest("--max-wait", "4s")...)
	clitest.WantFailure(t, r, 4, "connection refused after ")
	if took := time.Since(began); took < 4*time.Second || took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
	if n := stored(t, db); n != 0 {
		t.Errorf("%d launches are stored", n)
	}
}
