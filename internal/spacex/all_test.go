package spacex_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/spacex"
)

func TestAll_WalksEveryPage(t *testing.T) {
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
			options, _ := testOptions(serve(t, paged(c.launches, c.limit)).URL)
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

func TestAll_AsksForThePagesInOrder(t *testing.T) {
	var bodies []string
	handler := paged(5, 2)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v4/launches/query" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v: %v", r.Method, r.URL, r.Header, err)
		}
		bodies = append(bodies, string(body))
		r.Body = io.NopCloser(bytes.NewReader(body))
		handler(w, r)
	})
	options, _ := testOptions(server.URL)
	options.PageSize = 2
	if _, err := all(t.Context(), newClient(t, options)); err != nil {
		t.Fatal(err)
	}
	var want []string
	for page := 1; page <= 3; page++ {
		want = append(want, fmt.Sprintf(`{"query":{},"options":{"sort":{"_id":"asc"},"page":%d,"limit":2}}`, page))
	}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Errorf("request bodies (-want +got):\n%s", diff)
	}
}

func TestAll_FetchesNothingBeforeItIsReadNorAfterTheReaderStops(t *testing.T) {
	var requests atomic.Int32
	handler := paged(10, 2)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	})
	options, _ := testOptions(server.URL)
	options.PageSize = 2
	sequence := newClient(t, options).All(t.Context())
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

func TestAll_APageThatBreaksOffIsFetchedAgainWhole(t *testing.T) {
	var requests atomic.Int32
	handler := paged(6, 3)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1)%2 == 0 {
			handler(w, r)
			return
		}
		writeJSON(w, `{"docs":[`+documents(1)[0]+`,{"id":`)
	})
	options, _ := testOptions(server.URL)
	options.PageSize = 3
	pages, err := all(t.Context(), newClient(t, options))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(documents(6), rawOf(pages)); diff != "" {
		t.Errorf("launches (-want +got):\n%s", diff)
	}
}

func TestAll_ALaunchSentTwiceComesOnce(t *testing.T) {
	a, b, c := documents(3)[0], documents(3)[1], documents(3)[2]
	options, _ := testOptions(serve(t, scripted(
		envelope(1, 2, 5, a, b, b),
		envelope(2, 0, 5, c, c),
	)).URL)
	var logged bytes.Buffer
	options.Logger = logTo(&logged)
	pages, err := all(t.Context(), newClient(t, options))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{a, b, c}, rawOf(pages)); diff != "" {
		t.Errorf("launches (-want +got):\n%s", diff)
	}
	if got := strings.Count(logged.String(), "sends a launch twice"); got != 2 {
		t.Errorf("%d warnings, want 2:\n%s", got, &logged)
	}
}

func TestAll_LaunchesAddedDuringTheRunAreTaken(t *testing.T) {
	d := documents(4)
	options, _ := testOptions(serve(t, scripted(
		envelope(1, 2, 3, d[0], d[1]),
		envelope(2, 0, 4, d[2], d[3]),
	)).URL)
	pages, err := all(t.Context(), newClient(t, options))
	if err != nil || len(rawOf(pages)) != 4 {
		t.Errorf("%d launches, error %v", len(rawOf(pages)), err)
	}
}

func TestAll_RefusesPagesThatDoNotAddUp(t *testing.T) {
	d := documents(5)
	changed := strings.Replace(d[1], `"a"`, `"b"`, 1)
	cases := []struct {
		rule    string
		answers []string
		text    string
	}{
		{"a page repeats under its own number", []string{envelope(1, 2, 4, d[0], d[1]), envelope(1, 2, 4, d[0], d[1])}, "asked for page 2, got page 1"},
		{"a page repeats under the next number", []string{envelope(1, 2, 4, d[0], d[1]), envelope(2, 0, 4, d[0], d[1])}, "page 2 repeats page 1"},
		{"a page is skipped", []string{envelope(1, 2, 4, d[0]), envelope(3, 0, 4, d[1])}, "asked for page 2, got page 3"},
		{"the next page is this one", []string{envelope(1, 1, 4, d[0])}, "page 1 names page 1 as the next"},
		{"the next page is far off", []string{envelope(1, 7, 4, d[0])}, "page 1 names page 7 as the next"},
		{"another page follows an empty one", []string{envelope(1, 2, 4)}, "page 1 is empty, though another follows"},
		{"out of order within a page", []string{envelope(1, 0, 2, d[1], d[0])}, "the API does not keep to the order asked for"},
		{"out of order between pages", []string{envelope(1, 2, 4, d[1], d[3]), envelope(2, 0, 4, d[2])}, "the API does not keep to the order asked for"},
		{"an id twice with other bytes", []string{envelope(1, 0, 2, d[1], changed)}, "comes twice with different contents"},
		{"an id twice with other bytes, pages apart", []string{envelope(1, 2, 4, d[0], d[1]), envelope(2, 0, 4, changed, d[2])}, "comes twice with different contents"},
		{"fewer than announced", []string{envelope(1, 2, 4, d[0]), envelope(2, 0, 4, d[1])}, "the API announces 4 launches and sends 2"},
		{"more than announced", []string{envelope(1, 0, 1, d[0], d[1])}, "the API announces 1 launches and sends 2"},
		{"the number falls", []string{envelope(1, 2, 4, d[0], d[1]), envelope(2, 0, 3, d[2])}, "fell from 4 to 3"},
		{"no envelope, a list", []string{"[" + d[0] + "]"}, "the answer is an array without a page's envelope"},
		{"no envelope, null", []string{"null"}, "the answer is null without a page's envelope"},
		{"no envelope, a launch", []string{d[0]}, "the answer is no page: it lacks"},
		{"docs missing", []string{`{"totalDocs":0,"page":1,"hasNextPage":false}`}, "it lacks docs"},
		{"docs null", []string{`{"docs":null,"totalDocs":0,"page":1,"hasNextPage":false}`}, "the page's docs is null, not an array"},
		{"totalDocs missing", []string{`{"docs":[],"page":1,"hasNextPage":false}`}, "it lacks"},
		{"totalDocs text", []string{`{"docs":[],"totalDocs":"0","page":1,"hasNextPage":false}`}, "the page's totalDocs is a string, not a number"},
		{"totalDocs negative", []string{`{"docs":[],"totalDocs":-1,"page":1,"hasNextPage":false}`}, "the page's totalDocs is -1, not a count"},
		{"totalDocs huge", []string{`{"docs":[],"totalDocs":1e30,"page":1,"hasNextPage":false}`}, "not a count"},
		{"hasNextPage missing", []string{`{"docs":[],"totalDocs":0,"page":1}`}, "it lacks"},
		{"hasNextPage a number", []string{`{"docs":[],"totalDocs":0,"page":1,"hasNextPage":0}`}, "the page's hasNextPage is a number, not a boolean"},
		{"nextPage missing", []string{`{"docs":[],"totalDocs":0,"page":1,"hasNextPage":true}`}, "another page follows, but not which"},
		{"nextPage null", []string{`{"docs":[],"totalDocs":0,"page":1,"hasNextPage":true,"nextPage":null}`}, "another page follows, but not which"},
		{"a bad launch", []string{envelope(1, 0, 3, d[0], d[1], `{"id":7}`)}, "document 3 of the page: the launch's id is a number"},
		{"a launch that is none", []string{envelope(1, 0, 1, `null`)}, "document 1 of the page: the launch is null"},
		{"bad UTF-8", []string{envelope(1, 0, 1, "{\"id\":\"x\",\"name\":\"\xff\"}")}, "invalid UTF-8 at /docs/0/name"},
		{"docs twice", []string{`{"docs":[],"docs":[],"totalDocs":0,"page":1,"hasNextPage":false}`}, "duplicate object member name at /docs"},
		{"a second document", []string{envelope(1, 0, 1, d[0]) + "{}"}, "something follows the JSON document"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := serve(t, scripted(c.answers...))
			options, pauses := testOptions(server.URL)
			pages, err := all(t.Context(), newClient(t, options))
			wantError(t, err, liftoff.Source, c.text)
			prefix := fmt.Sprintf("fetch page %d of all launches from %s/v4/launches/query: ", len(c.answers), server.URL)
			wantError(t, err, liftoff.Source, prefix)
			if len(pages) != len(c.answers)-1 {
				t.Errorf("%d pages before the error, want %d", len(pages), len(c.answers)-1)
			}
			if len(pauses.recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

func TestAll_EndlessPagesEnd(t *testing.T) {
	var page atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		number := int(page.Add(1))
		launch := fmt.Sprintf(`{"id":"%024x"}`, number)
		writeJSON(w, envelope(number, number+1, 1_000_000, launch))
	})
	options, _ := testOptions(server.URL)
	pages, err := all(t.Context(), newClient(t, spacex.WithMaxPages(options, 20)))
	wantError(t, err, liftoff.Source, "there are more than 20 pages")
	if len(pages) != 19 {
		t.Errorf("%d pages came before the error, want 19", len(pages))
	}
}

func TestAll_NoContentIsAnError(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	options, _ := testOptions(server.URL)
	_, err := all(t.Context(), newClient(t, options))
	wantError(t, err, liftoff.Source, "status 204 No Content")
}

func TestAll_RealCapturesComeBackByteForByte(t *testing.T) {
	for _, file := range []string{"spacex-v4-2021-04-22-exchanges/bodies/launches.json", "spacex-v5-final-state/launches_v5.json"} {
		t.Run(file, func(t *testing.T) {
			want := sortedDocuments(t, readCapture(t, file))
			options, _ := testOptions(serve(t, pagesOf(want, 50)).URL)
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

func TestAll_ARealEnvelopeIsRead(t *testing.T) {
	body := readCapture(t, "spacex-v4-2021-04-22-exchanges", "bodies", "query_launches_with_empty_body.json")
	options, _ := testOptions(serve(t, scripted(string(body))).URL)
	pages, err := all(t.Context(), newClient(t, options))
	wantError(t, err, liftoff.Source, "asked for page 2, got page 1")
	if len(pages) != 1 || len(pages[0].Launches) != 10 || pages[0].TotalLaunches != 142 {
		t.Errorf("pages before the error: %+v, want one with 10 of 142 launches", pages)
	}
}

func TestAll_ARealEnvelopeWithoutResultIsRead(t *testing.T) {
	body := readCapture(t, "spacex-v4-2021-04-22-exchanges", "bodies", "query_launches_with_dates_that_does_not_return_results.json")
	options, _ := testOptions(serve(t, scripted(string(body))).URL)
	pages, err := all(t.Context(), newClient(t, options))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]liftoff.Page{{Number: 1, Launches: []liftoff.Launch{}}}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func ExampleClient_All() {
	server := httptest.NewServer(paged(5, 2))
	defer server.Close()
	client, err := spacex.New(spacex.Options{BaseURL: server.URL, UserAgent: "liftoff/1.0", PageSize: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdle()
	for page, err := range client.All(context.Background()) {
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
