package spacex_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

func TestLaunches_WalksEveryPage(t *testing.T) {
	cases := []struct {
		rule            string
		launches, limit int
		pages           []int
	}{
		{"no launches make one empty page", 0, 3, []int{0}},
		{"fewer than a page", 2, 3, []int{2}},
		{"exactly a page", 3, 3, []int{3}},
		{"one more than a page", 4, 3, []int{3, 1}},
		{"several pages", 7, 3, []int{3, 3, 1}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			options, _ := testOptions(apitest.Serve(t, paged(c.launches, c.limit)).URL)
			options.PageSize = c.limit
			pages, err := all(t.Context(), newClient(t, options))
			if err != nil {
				t.Fatal(err)
			}
			var sizes []int
			for i, page := range pages {
				sizes = append(sizes, len(page.Launches))
				if page.Number != i+1 || page.TotalLaunches != c.launches {
					t.Errorf("page %d: number %d, total %d", i+1, page.Number, page.TotalLaunches)
				}
			}
			if diff := cmp.Diff(c.pages, sizes); diff != "" {
				t.Errorf("launches a page (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(documents(c.launches), rawOf(pages)); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLaunches_PagesOverlapByOneLaunch(t *testing.T) {
	var mutex sync.Mutex
	var bodies []string
	handler := paged(5, 2)
	server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v4/launches/query" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v: %v", r.Method, r.URL, r.Header, err)
		}
		mutex.Lock()
		bodies = append(bodies, string(body))
		mutex.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		handler(w, r)
	})
	options, _ := testOptions(server.URL)
	options.PageSize = 2
	if _, err := all(t.Context(), newClient(t, options)); err != nil {
		t.Fatal(err)
	}
	slices.Sort(bodies)
	want := []string{
		`{"query":{},"options":{"sort":{"_id":"asc"},"offset":0,"limit":2}}`,
		`{"query":{},"options":{"sort":{"_id":"asc"},"offset":1,"limit":3}}`,
		`{"query":{},"options":{"sort":{"_id":"asc"},"offset":3,"limit":3}}`,
	}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Errorf("request bodies (-want +got):\n%s", diff)
	}
}

func TestLaunches_FetchesNothingBeforeItIsReadNorAfterTheReaderStops(t *testing.T) {
	var requests atomic.Int32
	handler := paged(10, 2)
	server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	})
	options, _ := testOptions(server.URL)
	options.PageSize = 2
	sequence := newClient(t, options).Launches(t.Context(), liftoff.Query{})
	if requests.Load() != 0 {
		t.Error("a request was sent before the sequence was read")
	}
	for range sequence {
		break
	}
	if got := requests.Load(); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
}

func TestLaunches_NoContentIsAnError(t *testing.T) {
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	options, _ := testOptions(server.URL)
	_, err := all(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "status 204 No Content")
}

func TestLaunches_RealCapturesComeBackByteForByte(t *testing.T) {
	for _, file := range []string{"spacex-v4-2021-04-22-exchanges/bodies/launches.json", "spacex-v5-final-state/launches_v5.json"} {
		t.Run(file, func(t *testing.T) {
			want := sortedDocuments(t, readCapture(t, file))
			options, _ := testOptions(apitest.Serve(t, pagesOf(want, 50)).URL)
			options.PageSize = 50
			pages, err := all(t.Context(), newClient(t, options))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, rawOf(pages)); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLaunches_ARealEnvelopeWithoutResultIsRead(t *testing.T) {
	body := readCapture(t, "spacex-v4-2021-04-22-exchanges", "bodies", "query_launches_with_dates_that_does_not_return_results.json")
	options, _ := testOptions(apitest.Serve(t, scripted(string(body))).URL)
	pages, err := all(t.Context(), newClient(t, options))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]liftoff.Page{{Number: 1, Launches: []liftoff.Launch{}}}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func ExampleClient_Launches() {
	server := httptest.NewServer(paged(5, 2))
	defer server.Close()
	options := apitest.Options(server.URL)
	options.PageSize = 2
	client, err := spacex.New(options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdle()
	for page, err := range client.Launches(context.Background(), liftoff.Query{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("page", page.Number, "has", len(page.Launches), "of", page.TotalLaunches)
	}
	// Output:
	// page 1 has 2 of 5
	// page 2 has 2 of 5
	// page 3 has 1 of 5
}
