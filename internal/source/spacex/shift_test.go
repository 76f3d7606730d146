package spacex_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

// changing answers queries over launches that change: before each answer,
// change may return other ones. Requests come one at a time.
func changing(t *testing.T, launches []string, limit int, change func(request int, launches []string) []string) string {
	t.Helper()
	var mutex sync.Mutex
	request := 0
	return apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		request++
		launches = change(request, launches)
		answerQuery(w, r, launches, limit+1)
	}).URL
}

func launchesOf(t *testing.T, url string, size int) ([]liftoff.Page, error) {
	t.Helper()
	options, _ := testOptions(url)
	options.PageSize, options.Concurrency = size, 3
	return all(t.Context(), newClient(t, options))
}

// Whatever comes or goes between two answers, each launch that is there all
// the time comes exactly once.
func TestA39_ShiftingPagesLoseAndDuplicateNothing(t *testing.T) {
	base := documents(40)
	odd := func(position int) string { // sorts behind documents(40)[position]
		return strings.Replace(base[position], `","payloads`, `a","payloads`, 1)
	}
	for _, size := range []int{1, 3, 7} {
		for _, request := range []int{2, 3, 5, 8} {
			for _, position := range []int{0, 1, 12, 39} {
				changes := map[string]func([]string) []string{
					"removed":       func(l []string) []string { return slices.Delete(slices.Clone(l), position, position+1) },
					"three removed": func(l []string) []string { return slices.Delete(slices.Clone(l), max(0, position-2), position+1) },
					"added":         func(l []string) []string { return slices.Insert(slices.Clone(l), position+1, odd(position)) },
					"added at end":  func(l []string) []string { return append(slices.Clone(l), documents(41)[40]) },
					"moved to be new": func(l []string) []string {
						return append(slices.Delete(slices.Clone(l), position, position+1), documents(41)[40])
					},
				}
				for name, change := range changes {
					t.Run(fmt.Sprintf("%s at %d before request %d, pages of %d", name, position, request, size), func(t *testing.T) {
						after := change(base)
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
						checkShift(t, base, after, rawOf(pages))
						last := after[len(after)-1]
						if request <= 3 && !slices.Contains(rawOf(pages), last) {
							t.Errorf("the last launch %s, there before the end was asked for, did not come", last)
						}
					})
				}
			}
		}
	}
}

func checkShift(t *testing.T, before, after, got []string) {
	t.Helper()
	seen := map[string]int{}
	for _, document := range got {
		seen[document]++
		if seen[document] > 1 {
			t.Errorf("%s came %d times", document, seen[document])
		}
	}
	for _, document := range before {
		if slices.Contains(after, document) && seen[document] != 1 {
			t.Errorf("%s was there all the time and came %d times", document, seen[document])
		}
	}
}

func TestLaunches_AnAPIThatGivesFewerAtOnceIsReadWhole(t *testing.T) {
	for _, most := range []int{1, 2, 4, 6} {
		url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) { answerQuery(w, r, documents(23), most) }).URL
		pages, err := launchesOf(t, url, 5)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(documents(23), rawOf(pages)); diff != "" {
			t.Errorf("at most %d at once (-want +got):\n%s", most, diff)
		}
	}
}

func TestA29_OneBadRecordCostsOneRecordOnPagesOfAnySize(t *testing.T) {
	d := documents(9)
	bad := []string{
		`{"id":7}`, `null`, "{\"id\":\"x\",\"name\":\"\xff\"}", `{"id":"x","id":"x"}`, `{"id":"","a":1}`, `{"name":"no id"}`,
		`{"id":"x","a":"\u0000"}`, `{"id":"x","a":1e200000}`, `{"id":"x","payloads":1}`, `{"id":"x","a":"\ud800"}`,
	}
	reasons := []liftoff.RejectReason{
		liftoff.InvalidID, liftoff.NotAnObject, liftoff.InvalidJSON, liftoff.InvalidJSON, liftoff.MissingID, liftoff.MissingID,
		liftoff.NotStorable, liftoff.NotStorable, liftoff.InvalidPayloads, liftoff.InvalidJSON,
	}
	for i, document := range bad {
		for _, size := range []int{2, 3, 50} {
			for position := range d {
				records := slices.Insert(slices.Clone(d), position, document)
				url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) { answerQuery(w, r, records, size+1) }).URL
				pages, err := launchesOf(t, url, size)
				if err != nil {
					t.Fatalf("%s at %d, pages of %d: %v", document, position, size, err)
				}
				var rejected []liftoff.RejectedRecord
				for _, page := range pages {
					rejected = append(rejected, page.Rejected...)
				}
				if len(rejected) != 1 || rejected[0].Reason != reasons[i] || string(rejected[0].Body) != document || rejected[0].URL != url+"/v4/launches/query" {
					t.Errorf("%s at %d, pages of %d: rejected %+v", document, position, size, rejected)
				}
				if diff := cmp.Diff(d, rawOf(pages)); diff != "" {
					t.Errorf("%s at %d, pages of %d: launches (-want +got):\n%s", document, position, size, diff)
				}
			}
		}
	}
}

func TestA27_ALaunchSentTwiceComesOnce(t *testing.T) {
	d := documents(6)
	records := slices.Insert(slices.Clone(d), 2, d[2])
	for _, size := range []int{1, 2, 3, 9} {
		url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) { answerQuery(w, r, records, size+1) }).URL
		pages, err := launchesOf(t, url, size)
		if err != nil {
			t.Fatalf("pages of %d: %v", size, err)
		}
		repeated := 0
		for _, page := range pages {
			repeated += page.Repeated
		}
		if diff := cmp.Diff(d, rawOf(pages)); diff != "" || repeated != 1 {
			t.Errorf("pages of %d: %d repeated, launches (-want +got):\n%s", size, repeated, diff)
		}
	}
}

// Whichever of two contents comes first: what comes out is the same.
func TestA28_InAnyOrderBothAreSetApart(t *testing.T) {
	d := documents(20)
	random := rand.New(rand.NewPCG(28, 28))
	var want string
	for try := range 100 {
		var records []string
		for n, document := range d {
			same := []string{document}
			if n%5 == 2 {
				same = append(same, strings.Replace(document, `"a"`, `"b"`, 1), strings.Replace(document, `"a"`, `"c"`, 1))
			}
			random.Shuffle(len(same), func(i, j int) { same[i], same[j] = same[j], same[i] })
			records = append(records, same...)
		}
		url := apitest.Serve(t, scripted(envelope(1, 0, len(records), records...))).URL
		pages, err := launchesOf(t, url, 50)
		if err != nil {
			t.Fatal(err)
		}
		var rejected []string
		for _, record := range pages[0].Rejected {
			rejected = append(rejected, string(record.Reason)+" "+string(record.Body))
		}
		slices.Sort(rejected)
		got := strings.Join(append(rawOf(pages), rejected...), "\n")
		if want == "" {
			want = got
		}
		if got != want || len(rejected) != 12 {
			t.Fatalf("order %d gives %d rejected and another result than the first:\n%s", try, len(rejected), cmp.Diff(want, got))
		}
	}
}

func TestA28_ALaunchThatContradictsItselfIsSetApart(t *testing.T) {
	d := documents(3)
	other := strings.Replace(d[1], `"a"`, `"b"`, 1)
	url := apitest.Serve(t, scripted(envelope(1, 0, 4, d[0], d[1], other, d[2]))).URL
	pages, err := launchesOf(t, url, 50)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{d[0], d[2]}, rawOf(pages)); diff != "" {
		t.Errorf("launches (-want +got):\n%s", diff)
	}
	if r := pages[0].Rejected; len(r) != 2 || string(r[0].Body) != d[1] || string(r[1].Body) != other || r[0].Reason != liftoff.ConflictingDuplicate {
		t.Errorf("rejected %+v, want both", r)
	}
}

func TestLaunches_APageThatFailsIsLeftOutAndNamed(t *testing.T) {
	d := documents(12)
	cases := []struct {
		rule    string
		offsets []string
		missed  []liftoff.Gap
		want    []string
	}{
		{"in the middle", []string{`"offset":5,`}, []liftoff.Gap{{AfterID: idOf(d[5]), BeforeID: idOf(d[8])}}, append(slices.Clone(d[:6]), d[8:]...)},
		{"two in a row", []string{`"offset":2,`, `"offset":5,`}, []liftoff.Gap{{AfterID: idOf(d[2]), BeforeID: idOf(d[8])}}, append(slices.Clone(d[:3]), d[8:]...)},
		{"the last one", []string{`"offset":8,`}, []liftoff.Gap{{AfterID: idOf(d[8])}}, d[:9]},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			url := apitest.Serve(t, failing(c.offsets, d, 3)).URL
			pages, err := launchesOf(t, url, 3)
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
	t.Run("three in a row end the walk", func(t *testing.T) {
		url := apitest.Serve(t, failing([]string{`"offset":2,`, `"offset":5,`, `"offset":8,`}, d, 3)).URL
		_, err := launchesOf(t, url, 3)
		apitest.WantError(t, err, liftoff.Source, "status 500")
	})
	t.Run("the first ends the walk", func(t *testing.T) {
		_, err := launchesOf(t, apitest.Serve(t, failing([]string{`"offset":0,`}, d, 3)).URL, 3)
		apitest.WantError(t, err, liftoff.Source, "all launches, number 1 and up")
	})
}

// failing answers with a 500 to the requests that have one of the texts.
func failing(texts, launches []string, limit int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for _, text := range texts {
			if strings.Contains(string(body), text) {
				apitest.WriteAs(w, "text/plain", http.StatusInternalServerError, "broken")
				return
			}
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		answerQuery(w, r, launches, limit+1)
	}
}

func TestLaunches_APageThatBreaksOffIsFetchedAgainWhole(t *testing.T) {
	var requests atomic.Int32
	handler := paged(6, 3)
	server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1)%2 == 0 {
			handler(w, r)
			return
		}
		apitest.WriteJSON(w, `{"docs":[`+documents(1)[0]+`,{"id":`)
	})
	pages, err := launchesOf(t, server.URL, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(documents(6), rawOf(pages)); diff != "" {
		t.Errorf("launches (-want +got):\n%s", diff)
	}
}

func TestLaunches_RefusesAnswersThatAreNoPages(t *testing.T) {
	d := documents(5)
	cases := []struct {
		rule    string
		answers []string
		text    string
	}{
		{"a page repeats", []string{envelope(1, 2, 4, d[0], d[1]), envelope(1, 2, 4, d[0], d[1])}, "does not keep to the filter asked for"},
		{"a page repeats again and again", []string{envelope(1, 2, 40, d[0], d[1]), envelope(1, 2, 40, d[0], d[1])}, "the pages repeat earlier ones"},
		{"out of order within a page", []string{envelope(1, 0, 2, d[1], d[0])}, "the API does not keep to the order asked for"},
		{"no envelope, a list", []string{"[" + d[0] + "]"}, "the answer is an array without a page's envelope"},
		{"no envelope, null", []string{"null"}, "the answer is null without a page's envelope"},
		{"no envelope, a launch", []string{d[0]}, "the answer is not a page: "},
		{"docs missing", []string{`{"totalDocs":0}`}, "docs or totalDocs is missing"},
		{"docs null", []string{`{"docs":null,"totalDocs":0}`}, "the page's docs is null, not an array"},
		{"totalDocs missing", []string{`{"docs":[]}`}, "docs or totalDocs is missing"},
		{"totalDocs text", []string{`{"docs":[],"totalDocs":"0"}`}, "the page's totalDocs is a string, not a number"},
		{"totalDocs negative", []string{`{"docs":[],"totalDocs":-1}`}, "the page's totalDocs is -1, not a count"},
		{"totalDocs huge", []string{`{"docs":[],"totalDocs":1e30}`}, "not a count"},
		{"totalDocs absurd", []string{envelope(1, 0, 1_000_000_000_000, d[0], d[1])}, "the API announces 1000000000000 launches, which is more than 10000 pages of 2"},
		{"docs twice", []string{`{"docs":[],"docs":[],"totalDocs":0}`}, "the answer has docs twice"},
		{"a second document", []string{envelope(1, 0, 1, d[0]) + "{}"}, "something follows the JSON document"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := apitest.Serve(t, scripted(c.answers...))
			options, pauses := testOptions(server.URL)
			options.PageSize = 2
			_, err := all(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, c.text)
			apitest.WantError(t, err, liftoff.Source, "fetch all launches")
			if len(pauses.Recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

// An API that announces more than it has, page after page, is read to the
// point where nothing comes any more.
func TestA39_AnAnnouncementThatGrowsIsNotFollowedForEver(t *testing.T) {
	var requests atomic.Int32
	d := documents(4)
	url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := int(requests.Add(1))
		var records []string
		if n == 1 {
			records = d
		}
		apitest.WriteJSON(w, envelope(1, 0, n*1000, records...))
	}).URL
	pages, err := launchesOf(t, url, 4)
	if err != nil || len(rawOf(pages)) != 4 || requests.Load() > 8 {
		t.Errorf("%d launches after %d requests, error %v", len(rawOf(pages)), requests.Load(), err)
	}
}

// endless answers every request with as many new launches as it asks for, or
// with one, and announces more than that.
func endless(t *testing.T, most int, announce func(request int) int) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = &atomic.Int64{}
	var mutex sync.Mutex
	last := 0
	return apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		var records []string
		for range min(queryOf(r).Options.Limit, most) {
			last++
			records = append(records, fmt.Sprintf(`{"id":"%024x"}`, last))
		}
		apitest.WriteJSON(w, envelope(1, 0, announce(int(requests.Add(1))), records...))
	}).URL, requests
}

func TestA39_EndlessPagesEnd(t *testing.T) {
	const absurd = 1 << 62
	cases := []struct {
		rule     string
		most     int
		announce func(request int) int
		text     string
	}{
		{"an announcement that nobody can believe", 10, func(int) int { return absurd }, "announces 4611686018427387904 launches, which is more than 20 pages of 10"},
		{"an announcement that grows", 10, func(n int) int { return n*10 + 1 }, "more than 20 pages"},
		{"an announcement that turns absurd", 10, func(n int) int { return 40 + n/3*(absurd>>16) }, "more than 20 pages"},
		{"one launch at once, for ever", 1, func(n int) int { return 19 }, ""},
		{"one launch at once, absurdly many", 1, func(n int) int { return absurd }, "more than 20 pages"},
	}
	for _, c := range cases {
		for _, concurrency := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s, %d at once", c.rule, concurrency), func(t *testing.T) {
				url, requests := endless(t, c.most, c.announce)
				options, _ := testOptions(url)
				options.PageSize, options.Concurrency = 10, concurrency
				_, err := all(t.Context(), newClient(t, spacex.WithMaxPages(options, 20)))
				switch {
				case c.text == "" && err != nil:
					t.Error(err)
				case c.text != "" && concurrency == 1:
					apitest.WantError(t, err, liftoff.Source, c.text)
				case c.text != "": // Launches that come as they are asked for may also repeat or shift.
					apitest.WantError(t, err, liftoff.Source, "")
				}
				if got := requests.Load(); got > 50 {
					t.Errorf("%d requests", got)
				}
			})
		}
	}
}

// After an empty page nothing is asked for by offset any more; what an API
// sends by id, and makes up as it goes, is bounded all the same.
func TestLaunches_WhatIsMadeUpByIDEnds(t *testing.T) {
	var request atomic.Int64
	url := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n := request.Add(1)
		if n == 2 {
			apitest.WriteJSON(w, envelope(1, 0, 1<<62))
			return
		}
		apitest.WriteJSON(w, envelope(1, 0, 15, fmt.Sprintf(`{"id":"%024x"}`, 2*n), fmt.Sprintf(`{"id":"%024x"}`, 2*n+1)))
	}).URL
	options, _ := testOptions(url)
	options.PageSize, options.Concurrency = 2, 1
	_, err := all(t.Context(), newClient(t, spacex.WithMaxPages(options, 20)))
	apitest.WantError(t, err, liftoff.Source, "the API sends more and more launches, after more than 20 pages")
	if got := request.Load(); got > 25 {
		t.Errorf("%d requests", got)
	}
}
