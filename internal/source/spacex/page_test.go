package spacex_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

// The documents of a page are parts of one answer: writing behind one of them
// must not reach the next.
func TestReadPage_ADocumentCanBeAppendedTo(t *testing.T) {
	d := documents(2)
	bad := `{"name":"no id"}`
	page, err := spacex.ReadPage([]byte(envelope(1, 0, 4, d[0], bad, `[]`, d[1])))
	if err != nil {
		t.Fatal(err)
	}
	_ = append(page.Launches[0].Raw, "XXXXXXXX"...)
	_ = append(page.Rejected[0].Body, "XXXXXXXX"...)
	got := []string{string(page.Launches[0].Raw), string(page.Rejected[0].Body), string(page.Rejected[1].Body), string(page.Launches[1].Raw)}
	if diff := cmp.Diff([]string{d[0], bad, `[]`, d[1]}, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// Whatever comes, a page leaves the answer as it is, and each of its documents is
// judged as it is by itself.
func FuzzReadPage(f *testing.F) {
	d := documents(2)
	for _, seed := range []string{
		envelope(1, 0, 2, d...), envelope(1, 0, 0), `{"totalDocs":1,"docs":[{"id":"x","a":"\ud83d\ude80"}]}`,
		envelope(1, 0, 3, `null`, `{"id":"x","id":"y"}`, "{\"id\":\"\xff\"}"), `{"docs":[],"docs":[],"totalDocs":0}`,
		envelope(1, 0, 1<<62, `{"id":"\u0000"}`, `{"id":"x","a":1e200000}`, `{"id":"x","payloads":7}`), ``, `[]`, `null`, "{\"\xff\":1}",
		` {"docs" : [ {"\u0069d":"x"} , 1 ] , "totalDocs" : 2 } `, `{"docs":[],"totalDocs":-1}`, `{"docs":[{}`, envelope(1, 0, 1, d[0]) + `{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		before := bytes.Clone(answer)
		page, err := spacex.ReadPage(answer)
		leniently, lenientErr := spacex.ReadPageLeniently(answer)
		if !bytes.Equal(before, answer) {
			t.Error("the answer was written to")
		}
		if diff := cmp.Diff(leniently, page); diff != "" || (err == nil) != (lenientErr == nil) {
			t.Errorf("%q: %v, leniently %v (-leniently +as usual):\n%s", answer, err, lenientErr, diff)
		}
		if err != nil {
			return
		}
		for _, launch := range page.Launches {
			again, err := spacex.DecodeLaunch(launch.Raw)
			if err != nil {
				t.Fatalf("a launch of the page is refused by itself: %v", err)
			}
			if diff := cmp.Diff(launch, again); diff != "" {
				t.Errorf("launch (-of the page +by itself):\n%s", diff)
			}
		}
		for _, rejected := range page.Rejected {
			if _, err := spacex.DecodeLaunch(rejected.Body); err == nil {
				t.Errorf("%q was rejected (%s), and is good by itself", rejected.Body, rejected.Detail)
			}
		}
	})
}

func BenchmarkReadPage(b *testing.B) {
	launch := `{"id":"%024x","name":"x","flight_number":%d,"date_utc":"d","date_precision":"hour","upcoming":false,"success":true,` +
		`"rocket":"r","launchpad":"p","payloads":["a"],"links":[` + strings.TrimSuffix(strings.Repeat(`{"small":"https://images.example.org/a.png","n":12.5},`, 25), ",") + `]}`
	var d []string
	for i := range 500 {
		d = append(d, fmt.Sprintf(launch, i+1, i+1))
	}
	for _, c := range []struct{ name, extra string }{{"usual", ""}, {"one ambiguous document", `{"id":"x","id":"x"}`}} {
		b.Run(c.name, func(b *testing.B) {
			records := d
			if c.extra != "" {
				records = append(records[:len(d):len(d)], c.extra)
			}
			answer := []byte(envelope(1, 0, len(records), records...))
			b.SetBytes(int64(len(answer)))
			for b.Loop() {
				if page, err := spacex.ReadPage(answer); err != nil || len(page.Launches) != 500 {
					b.Fatal(err)
				}
			}
		})
	}
}

// A page that never ends is given up by its size, or by the time that an
// answer may take, however steadily it drips.
func TestA39_APageThatNeverEndsIsGivenUp(t *testing.T) {
	cases := []struct {
		rule     string
		interval time.Duration
		text     string
		took     time.Duration
	}{
		{"it rushes", 0, "the answer is larger than the limit of 1 MiB", 0},
		{"it drips", 5 * time.Second, "no complete answer within 1m0s after 2 attempts", 2 * time.Minute},
		{"it stalls", time.Hour, "the body stalled for 10s after 2 attempts", 20 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				options := bubbleOptions(t, func(w http.ResponseWriter, r *http.Request) { drip(w, r, c.interval) })
				options.MaxBodyBytes, options.MaxAttempts = 1<<20, 2
				options.Wait = func(context.Context, time.Duration) error { return nil }
				began := time.Now()
				_, err := all(t.Context(), newClient(t, options))
				apitest.WantError(t, err, liftoff.Source, c.text)
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
			})
		})
	}
}

// drip sends a page whose documents never end, one after each interval.
func drip(w http.ResponseWriter, r *http.Request, interval time.Duration) {
	_ = queryOf(r)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"totalDocs":1,"docs":[`))
	for n := 1; r.Context().Err() == nil; n++ {
		if _, err := fmt.Fprintf(w, `{"id":"%024x"},`, n); err != nil {
			return
		}
		if interval > 0 {
			_ = http.NewResponseController(w).Flush()
			pause(r.Context(), interval)
		}
	}
}
