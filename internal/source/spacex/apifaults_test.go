package spacex_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"liftoff"
	"liftoff/internal/replay"
	"liftoff/internal/replay/fault"
	"liftoff/internal/testkit/apitest"
)

// faulty starts the replay with some launches and faults before it.
func faulty(t *testing.T, count int, faults ...string) (string, *fault.Handler) {
	t.Helper()
	server, err := replay.New(replay.Options{Count: count})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := fault.ParseAll(faults...)
	if err != nil {
		t.Fatal(err)
	}
	handler := fault.New(server, parsed...)
	return apitest.Serve(t, handler.ServeHTTP).URL, handler
}

// The deadlines that hold when nobody sets others.
func TestA5_A6_A7_Deadlines(t *testing.T) {
	const head = `{"id":"x","name":"`
	cases := []struct {
		rule, text string
		want       time.Duration
		handler    http.HandlerFunc
	}{
		{"A5 headers never come", "timeout awaiting response headers after 2 attempts", 15 * time.Second, func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}},
		{"A6 a byte every 200 ms", "no complete answer within 1m0s after 2 attempts", time.Minute, func(w http.ResponseWriter, r *http.Request) {
			apitest.WriteJSON(w, head)
			for {
				if _, err := io.WriteString(w, "x"); err != nil || http.NewResponseController(w).Flush() != nil {
					return
				}
				pause(r.Context(), 200*time.Millisecond)
			}
		}},
		{"A7 the body stands still", "the body stalled for 10s after 2 attempts", 10 * time.Second, func(w http.ResponseWriter, r *http.Request) {
			apitest.WriteJSON(w, head)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				options := bubbleOptions(t, c.handler)
				options.MaxAttempts = 2
				began := time.Now()
				_, err := latest(t.Context(), newClient(t, options))
				apitest.WantError(t, err, liftoff.Source, c.text)
				if took := time.Since(began); took < 2*c.want || took > 2*c.want+time.Second {
					t.Errorf("two attempts took %v, want %v and a pause of up to half a second", took, 2*c.want)
				}
			})
		})
	}
}

// 1 GB after an error costs no more than the 4 KiB that are looked at, however
// often it is tried.
func TestA13_AnErrorsBodyIsReadAndShownInPart(t *testing.T) {
	var sent atomic.Int64
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(1<<30))
		w.WriteHeader(http.StatusInternalServerError)
		for range 1 << 14 {
			n, err := io.WriteString(w, strings.Repeat("secret\n\x1b", 1<<13))
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	options, _ := testOptions(server.URL)
	options.MaxAttempts = 3
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "status 500 Internal Server Error: secret")
	if len(err.Error()) > 400 {
		t.Errorf("%d bytes are shown", len(err.Error()))
	}
	// What was on its way when the client hung up lies in the sockets' buffers.
	if sent.Load() > 3*32<<20 {
		t.Errorf("%d bytes were sent", sent.Load())
	}
}

// A page that is cut at every 997th byte is fetched again, and none is lost.
func TestA14_A15_APageCutAnywhereIsFetchedAgain(t *testing.T) {
	whole := pageSize(t, 12)
	for rule, kind := range map[string]string{"A14 with a length": "cut", "A15 in chunks": "cut-chunked", "A15 with a clean end": "truncate"} {
		t.Run(rule, func(t *testing.T) {
			for at := 0; at < whole; at += 997 {
				url, api := faulty(t, 12, fmt.Sprintf("%s=%d@1", kind, at))
				options, pauses := testOptions(url)
				pages, err := all(t.Context(), newClient(t, options))
				if err != nil || len(rawOf(pages)) != 12 || api.Requests() != 2 || len(pauses.Recorded()) != 1 {
					t.Fatalf("cut at %d: %d launches after %d requests, error %v", at, len(rawOf(pages)), api.Requests(), err)
				}
			}
		})
	}
}

// pageSize returns how long the answer with so many launches is.
func pageSize(t *testing.T, count int) int {
	t.Helper()
	url, _ := faulty(t, count)
	response, err := http.Post(url+"/v4/launches/query", "application/json", strings.NewReader(`{"options":{"limit":1000}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || len(body) < 10_000 {
		t.Fatalf("a page of %d bytes: %v", len(body), err)
	}
	return len(body)
}

func TestA16_A21_APageThatIsNoneIsRefused(t *testing.T) {
	for rule, c := range map[string]struct {
		fault, text string
		// requests is 2 for what is no JSON, which is asked for again.
		requests int
	}{
		"A16 two documents":    {"twice", "something follows the JSON document", 1},
		"A16 garbage":          {"garbage", "something follows the JSON document", 1},
		"A21 no gzip":          {"bad-gzip", "the answer is not valid gzip", 1},
		"A21 gzip twice":       {"double-gzip", "the answer is not valid JSON", 2},
		"A21 another encoding": {"encoding", `encoded as "br", which was not asked for`, 1},
	} {
		t.Run(rule, func(t *testing.T) {
			url, api := faulty(t, 5, c.fault)
			options, _ := testOptions(url)
			pages, err := all(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, c.text)
			if len(pages) != 0 || api.Requests() != c.requests {
				t.Errorf("%d pages after %d requests", len(pages), api.Requests())
			}
		})
	}
}

// An answer that is nested beyond the parser's limit is taken for what it might
// be: one record that is none.
func TestA22_NestedTooDeeply(t *testing.T) {
	for _, fault := range []string{"deep", "deep=1000000"} {
		t.Run("A22 "+fault, func(t *testing.T) {
			url, _ := faulty(t, 5, fault)
			options, _ := testOptions(url)
			pages, err := all(t.Context(), newClient(t, options))
			if err != nil {
				t.Fatal(err)
			}
			var rejected []liftoff.RejectedRecord
			for _, page := range pages {
				rejected = append(rejected, page.Rejected...)
			}
			if len(rawOf(pages)) != 0 || len(rejected) != 1 || rejected[0].Reason != liftoff.InvalidJSON || !strings.Contains(rejected[0].Detail, "exceeded max depth") {
				t.Errorf("%d launches, rejected %.200v", len(rawOf(pages)), rejected)
			}
		})
	}
}

func TestA47_AFloodOfHeaders(t *testing.T) {
	url, api := faulty(t, 5, "headers=1024")
	options, _ := testOptions(url)
	_, err := all(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "headers exceeded 65536 bytes; aborted after 6 attempts")
	if api.Requests() != 6 {
		t.Errorf("%d requests", api.Requests())
	}
	url, _ = faulty(t, 5, "headers=50")
	options, _ = testOptions(url)
	if _, err := all(t.Context(), newClient(t, options)); err != nil {
		t.Errorf("50 KiB of headers: %v", err)
	}
}
