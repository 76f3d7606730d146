package spacex_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// An API with a page limit of its own costs no more than the pages it takes:
// they are made smaller so that they overlap.
func TestLaunches_AnAPIsOwnPageLimitIsKeptTo(t *testing.T) {
	cases := []struct {
		most, size int
		requests   int32
	}{
		{4, 5, 1 + 12 + 1}, // 4, then 3 new ones a page
		{2, 5, 1 + 38 + 1},
		{1, 5, 40 + 2}, // no room for an overlap: by id
		{5, 5, 1 + 10 + 4},
		{100, 5, 8},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d of %d", c.most, c.size), func(t *testing.T) {
			server, requests := counting(t, func(w http.ResponseWriter, r *http.Request) { answerQuery(w, r, documents(40), c.most) })
			pages, err := launchesOf(t, server.URL, c.size)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(documents(40), rawOf(pages)); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
			if got := requests.Load(); got > c.requests {
				t.Errorf("%d requests, want at most %d", got, c.requests)
			}
		})
	}
}

// An API that passes over limits or offsets is read whole by ids.
func TestLaunches_AnAPIThatPassesOverOptionsIsReadWhole(t *testing.T) {
	d := documents(23)
	after := func(r *http.Request) (query, []string) {
		q := queryOf(r)
		return q, slices.DeleteFunc(slices.Clone(d), func(document string) bool { return idOf(document) <= q.Query.ID.After })
	}
	t.Run("limit", func(t *testing.T) {
		server, requests := counting(t, func(w http.ResponseWriter, r *http.Request) {
			q, found := after(r)
			apitest.WriteJSON(w, envelope(1, 0, len(found), found[min(q.Options.Offset, len(found)):]...))
		})
		pages, err := launchesOf(t, server.URL, 5)
		if diff := cmp.Diff(d, rawOf(pages)); diff != "" || err != nil {
			t.Errorf("error %v, launches (-want +got):\n%s", err, diff)
		}
		if requests.Load() != 1 {
			t.Errorf("%d requests, want 1", requests.Load())
		}
	})
	t.Run("offset, few pages", func(t *testing.T) {
		url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			q, found := after(r)
			apitest.WriteJSON(w, envelope(1, 0, len(found), found[:min(q.Options.Limit, len(found))]...))
		}).URL
		pages, err := launchesOf(t, url, 10)
		if diff := cmp.Diff(d, rawOf(pages)); diff != "" || err != nil {
			t.Errorf("error %v, launches (-want +got):\n%s", err, diff)
		}
	})
	t.Run("offset, many pages", func(t *testing.T) {
		url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			q, found := after(r)
			apitest.WriteJSON(w, envelope(1, 0, len(found), found[:min(q.Options.Limit, len(found))]...))
		}).URL
		_, err := launchesOf(t, url, 3)
		apitest.WantError(t, err, liftoff.Source, "the pages repeat earlier ones")
	})
}

// Bad records with the same bytes are as many as came, wherever the borders
// of the pages are.
func TestLaunches_BadRecordsOfTheSameBytesAreCounted(t *testing.T) {
	for count := 1; count <= 4; count++ {
		for _, size := range []int{1, 2, 3, 4, 50} {
			for position := range 8 {
				records := slices.Insert(documents(8), position, slices.Repeat([]string{"null"}, count)...)
				pages, err := launchesOf(t, apitest.Serve(t, pagesOf(records, size)).URL, size)
				if err != nil {
					t.Fatalf("%d at %d, pages of %d: %v", count, position, size, err)
				}
				rejected := 0
				for _, page := range pages {
					rejected += len(page.Rejected)
				}
				if rejected != count || !slices.Equal(rawOf(pages), documents(8)) {
					t.Errorf("%d at %d, pages of %d: %d rejected, %d launches", count, position, size, rejected, len(rawOf(pages)))
				}
			}
		}
	}
}

// Records that are no launches shift like the others.
func TestLaunches_BadRecordsAndShiftsTogetherLoseNothing(t *testing.T) {
	base := documents(30)
	// Pairs of bad documents, which have their places in the order of ids.
	for i := 1; i+1 < len(base); i += 4 {
		base[i] = strings.Replace(base[i], `["a"]`, `7`, 1)
		base[i+1] = strings.Replace(base[i+1], `["a"]`, `8`, 1)
	}
	first := strings.Replace(base[0], idOf(base[0]), strings.Repeat("0", 24), 1)
	changes := map[string][]string{"added at the beginning": slices.Insert(slices.Clone(base), 0, first)}
	for position := range base {
		changes[fmt.Sprintf("%d removed", position)] = slices.Delete(slices.Clone(base), position, position+1)
	}
	for _, size := range []int{2, 3, 5} {
		for _, request := range []int{2, 4} {
			for name, after := range changes {
				t.Run(fmt.Sprintf("%s from request %d on, pages of %d", name, request, size), func(t *testing.T) {
					url := changing(t, base, size, func(n int, l []string) []string {
						if n >= request {
							return after
						}
						return l
					})
					pages, err := launchesOf(t, url, size)
					if err != nil {
						t.Fatal(err)
					}
					got := rawOf(pages)
					for _, page := range pages {
						for _, rejected := range page.Rejected {
							got = append(got, string(rejected.Body))
						}
					}
					checkShift(t, base, after, got)
				})
			}
		}
	}
}

func TestLaunches_OutOfOrderWithinTheOverlapIsNoticed(t *testing.T) {
	d := documents(9)
	answers := scripted(
		envelope(1, 0, 9, d[0], d[1], d[4]),
		envelope(1, 0, 9, d[3], d[7], d[2]), // d[7] is new, d[2] would hide it
	)
	_, err := launchesOf(t, apitest.Serve(t, answers).URL, 3)
	apitest.WantError(t, err, liftoff.Source, "the API does not keep to the order asked for")
}

func TestLaunches_WhatIsMissedBeforeABadRecordEndsAtTheNextLaunch(t *testing.T) {
	for bad := 1; bad <= 5; bad++ { // 5 are more than a page
		d := documents(12)
		for i := range bad {
			d[5+i] = fmt.Sprintf(`{"name":"no id, %d"}`, i)
		}
		pages, err := launchesOf(t, apitest.Serve(t, failing([]string{`"offset":2,`}, d, 3)).URL, 3)
		if err != nil {
			t.Fatal(err)
		}
		var missed []liftoff.Gap
		for _, page := range pages {
			missed = append(missed, page.Gaps...)
		}
		want := []liftoff.Gap{{AfterID: idOf(d[2]), BeforeID: idOf(d[5+bad])}}
		if diff := cmp.Diff(want, missed); diff != "" {
			t.Errorf("%d bad records: missed (-want +got):\n%s", bad, diff)
		}
	}
}

// A page that fails and whose launches have gone, so that the next one begins
// before it, leaves nothing out.
func TestLaunches_WhatHasGoneIsNotMissed(t *testing.T) {
	d := documents(12)
	url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		switch {
		case strings.Contains(string(body), `"offset":2,`):
			apitest.WriteAs(w, "text/plain", http.StatusBadRequest, "broken")
		case strings.Contains(string(body), `"offset":5,`): // as if there were three more before
			apitest.WriteJSON(w, envelope(1, 0, 12, d[2], d[3], d[4], d[5]))
		default:
			answerQuery(w, r, d, 4)
		}
	}).URL
	pages, err := launchesOf(t, url, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if len(page.Gaps) > 0 {
			t.Errorf("missed %v", page.Gaps)
		}
	}
	if diff := cmp.Diff(d, rawOf(pages)); diff != "" {
		t.Errorf("launches (-want +got):\n%s", diff)
	}
}

// What cannot be fetched by its id is missed like a page.
func TestLaunches_AGapThatCannotBeFilledIsNamed(t *testing.T) {
	d := documents(12)
	cases := []struct {
		rule   string
		gone   int
		missed []liftoff.Gap
		want   []string
	}{
		{"between pages", 0, []liftoff.Gap{{AfterID: idOf(d[2]), BeforeID: idOf(d[4])}}, append(slices.Clone(d[:3]), d[4:]...)},
		{"at the end", -1, []liftoff.Gap{{AfterID: idOf(d[9])}}, d[:10]},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			first := true
			url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				launches := d
				switch {
				case strings.Contains(string(body), "$gt"):
					apitest.WriteAs(w, "text/plain", http.StatusBadRequest, "no filters today")
					return
				case c.gone == 0 && !first: // two launches at the beginning have gone
					launches = d[2:]
				case c.gone < 0 && strings.Contains(string(body), `"offset":8,`): // the last page is too short
					apitest.WriteJSON(w, envelope(1, 0, 12, d[8], d[9]))
					return
				}
				first = false
				answerQuery(w, r, launches, 4)
			}).URL
			options, _ := testOptions(url)
			options.PageSize, options.Concurrency = 3, 1
			pages, err := all(t.Context(), newClient(t, options))
			if err != nil {
				t.Fatal(err)
			}
			var missed []liftoff.Gap
			for _, page := range pages {
				missed = append(missed, page.Gaps...)
			}
			if diff := cmp.Diff(c.missed, missed); diff != "" {
				t.Errorf("missed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, rawOf(pages)); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
		})
	}
}

// What comes after a launch by its id begins with all bad records behind it.
func TestLaunches_BadRecordsComeOnceWhenAGapIsFilled(t *testing.T) {
	d := documents(4)
	server := apitest.Serve(t, scripted(
		envelope(1, 0, 6, d[0], "null", "null"),
		envelope(1, 0, 6, d[2], d[3]),
		envelope(1, 0, 5, "null", "null", d[1], d[2]),
	))
	options, _ := testOptions(server.URL)
	options.PageSize, options.Concurrency = 3, 1
	pages, err := all(t.Context(), newClient(t, options))
	if err != nil {
		t.Fatal(err)
	}
	rejected := 0
	for _, page := range pages {
		rejected += len(page.Rejected)
	}
	if diff := cmp.Diff(d, rawOf(pages)); diff != "" || rejected != 2 {
		t.Errorf("%d rejected, launches (-want +got):\n%s", rejected, diff)
	}
}
