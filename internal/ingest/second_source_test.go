package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/pipeline"
)

// almanac is a source of another kind than the SpaceX API: it pages by date,
// its ids have no order, and it has no ranges, no references and no list tag.
type almanac struct {
	mutex    sync.Mutex
	entries  []entry
	failFrom int // the first page that fails; 0 for none
	asked    []liftoff.Query
}

// entry is one launch.
type entry struct {
	UUID     string    `json:"uuid"`
	Net      time.Time `json:"net"`
	Upcoming bool      `json:"upcoming"`
	Title    any       `json:"title"`
}

// launch returns the launch as a page has it.
func (e entry) launch() liftoff.Launch {
	raw, _ := json.Marshal(e) // such an entry can always be written
	launch := liftoff.Launch{ID: e.UUID, Raw: raw, IsUpcoming: e.Upcoming}
	if _, ok := e.Title.(string); !ok {
		launch.Drift = []string{"title is not a text"}
	}
	return launch
}

// newAlmanac returns a source of launches, one a month from 2020 on; every
// fifth is upcoming.
func newAlmanac(count int) *almanac {
	a := &almanac{}
	for n := range count {
		a.entries = append(a.entries, entry{
			UUID: fmt.Sprintf("%02x-flight/%d", (n*151)%256, n), Net: time.Date(2020, time.Month(n+1), 1, 0, 0, 0, 0, time.UTC),
			Upcoming: n%5 == 4, Title: "Flight",
		})
	}
	return a
}

func (a *almanac) Statistics() liftoff.SourceStatistics { return liftoff.SourceStatistics{} }

func (a *almanac) Name() string { return "Launch Almanac" }

func (a *almanac) CheckQuery(liftoff.Query) error { return nil }

func (a *almanac) ListTag(context.Context, string) (tag string, isUnchanged bool, err error) {
	return "", false, nil
}

func (a *almanac) References(_ context.Context, kind liftoff.ReferenceKind, _ []string) iter.Seq2[[]liftoff.Reference, error] {
	return func(yield func([]liftoff.Reference, error) bool) {
		yield(nil, liftoff.NewError(liftoff.Source, fmt.Errorf("fetch %s: %w", kind, liftoff.ErrNotFound), "leave them out"))
	}
}

func (a *almanac) DecodeLaunch(raw []byte) (liftoff.Launch, error) {
	var e entry
	err := json.Unmarshal(raw, &e)
	return e.launch(), err
}

// Launches yields pages of ten, the latest date first.
func (a *almanac) Launches(_ context.Context, query liftoff.Query) iter.Seq2[liftoff.Page, error] {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.asked = append(a.asked, query)
	var found []liftoff.Launch
	for _, e := range slices.SortedFunc(slices.Values(a.entries), func(a, b entry) int { return b.Net.Compare(a.Net) }) {
		isIn := true
		switch query.Selection {
		case liftoff.SelectSince:
			isIn = !e.Net.Before(query.Since)
		case liftoff.SelectNew:
			isIn = !e.Net.Before(query.Since) || slices.Contains(query.IDs, e.UUID)
		case liftoff.SelectIDs:
			isIn = slices.Contains(query.IDs, e.UUID)
		case liftoff.SelectUpcoming:
			isIn = e.Upcoming
		}
		if isIn {
			found = append(found, e.launch())
		}
	}
	return a.pages(found)
}

func (a *almanac) pages(launches []liftoff.Launch) iter.Seq2[liftoff.Page, error] {
	return func(yield func(liftoff.Page, error) bool) {
		number := 0
		for some := range slices.Chunk(launches, 10) {
			if number++; number == a.failFrom {
				yield(liftoff.Page{}, liftoff.NewError(liftoff.Source, errors.New("fetch page of the almanac: status 500"), "try again"))
				return
			}
			if !yield(liftoff.Page{Number: number, Launches: some, TotalLaunches: len(launches)}, nil) {
				return
			}
		}
		if number == 0 {
			yield(liftoff.Page{Number: 1}, nil)
		}
	}
}

// lastAsked returns the newest query.
func (a *almanac) lastAsked() liftoff.Query { return a.asked[len(a.asked)-1] }

// newAlmanacSetup returns a setup with an almanac for a source, in the database
// that has launches of the SpaceX API too.
func newAlmanacSetup(t *testing.T, count int) (setup, *almanac, setup) {
	t.Helper()
	spacex := newSetup(t, newAPI(t, synthetic(t, 40, 3)).url)
	spacex.succeed(t, selecting(liftoff.SelectAll))
	a := newAlmanac(count)
	s := setupOn(t, spacex.db, "http://127.0.0.1:1")
	s.Source, s.SourceKey = a, "https://almanac.test"
	return s, a, spacex
}

// wantForeign wants that no text mentions the other API.
func wantForeign(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), "spacex") {
			t.Errorf("it mentions another API: %s", text)
		}
	}
}

func TestSecondSource_EachSelection(t *testing.T) {
	t.Parallel()
	s, a, spacex := newAlmanacSetup(t, 60)
	state := func(sql string) string { return scan[string](t, s.db, "SELECT concat_ws(' ', "+sql+")") }
	if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Inserted != 60 || !a.lastAsked().Since.IsZero() {
		t.Errorf("the first run for new launches: %+v, asked for %+v", got.RunCounts, a.lastAsked())
	}
	if got := s.succeed(t, selecting(liftoff.SelectAll)).Summary; got.Unchanged != 60 {
		t.Errorf("all: %+v", got.RunCounts)
	}
	since := selecting(liftoff.SelectSince)
	since.Since = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := s.succeed(t, since).Summary; got.Unchanged != 12 {
		t.Errorf("since: %+v", got.RunCounts)
	}
	ids := selecting(liftoff.SelectIDs)
	ids.IDs = []string{a.entries[3].UUID, a.entries[50].UUID}
	for _, request := range []ingest.Request{ids, selecting(liftoff.SelectUpcoming), selecting(liftoff.SelectLatest)} {
		s.succeed(t, request)
	}

	// An upcoming launch of the past is asked for by its id, and none of the
	// other source's.
	a.entries[4].Upcoming, a.entries[4].Title = false, "Flight 4"
	if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Revised != 1 {
		t.Errorf("new: %+v", got.RunCounts)
	}
	var upcoming []string
	for n := 4; n < 60; n += 5 {
		upcoming = append(upcoming, a.entries[n].UUID)
	}
	slices.Sort(upcoming)
	if diff := cmp.Diff(upcoming, slices.Sorted(slices.Values(a.lastAsked().IDs))); diff != "" {
		t.Errorf("ids asked for (-want +got):\n%s", diff)
	}
	if got := spacex.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != 0 {
		t.Errorf("the other source: %+v", got.RunCounts)
	}

	// Nothing tells a launch that it does not send from one that is gone.
	a.entries = slices.DeleteFunc(a.entries, func(e entry) bool { return e.UUID == ids.IDs[0] })
	if got := s.succeed(t, selecting(liftoff.SelectAll)).Summary; got.Missing != 0 || got.Unchanged != 59 {
		t.Errorf("without a launch: %+v", got.RunCounts)
	}
	if got := state("(SELECT count(*) FROM raw_launches), (SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL)"); got != "100 0" {
		t.Errorf("launches and missing ones: %s", got)
	}
	wantForeign(t, s.log.String())
	if !strings.Contains(s.log.String(), "Successfully fetched new launches from Launch Almanac.") {
		t.Errorf("the log says:\n%s", s.log)
	}
}

func TestSecondSource_EveryTextIsItsOwn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		prepare  func(s *setup, a *almanac)
		request  func(ids []string) ingest.Request
		category liftoff.Category
		says     string
	}{
		{
			"a backfill", func(*setup, *almanac) {},
			func([]string) ingest.Request { return selecting(liftoff.SelectBackfill) },
			liftoff.Usage, "the launches of Launch Almanac cannot be shared out among workers",
		},
		{
			"a page that fails", func(_ *setup, a *almanac) { a.failFrom = 3 },
			func([]string) ingest.Request { return selecting(liftoff.SelectAll) },
			liftoff.Source, "fetch page of the almanac: status 500",
		},
		{
			"a source that has shrunk", func(_ *setup, a *almanac) { a.entries = a.entries[:5] },
			func([]string) ingest.Request { return selecting(liftoff.SelectAll) },
			liftoff.Guard, "the API announces 5 launches",
		},
		{
			"an unknown id", func(*setup, *almanac) {},
			func(ids []string) ingest.Request {
				r := selecting(liftoff.SelectIDs)
				r.IDs = []string{ids[0], "no such"}
				return r
			},
			liftoff.Source, "the API found 1 of 2 requested launches; not no such",
		},
		{
			"drift", func(_ *setup, a *almanac) { a.entries[0].Title = 17 },
			func([]string) ingest.Request { return selecting(liftoff.SelectAll) },
			liftoff.Quarantined, "1 of 60 launches drifted from the documented shape: title is not a text",
		},
		{
			"a frozen contract", func(s *setup, a *almanac) { a.entries[0].Title, s.Contract = 17, pipeline.ContractFreeze },
			func([]string) ingest.Request { return selecting(liftoff.SelectAll) },
			liftoff.Guard, "title is not a text",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, a, _ := newAlmanacSetup(t, 60)
			s.succeed(t, selecting(liftoff.SelectAll))
			ids := []string{a.entries[0].UUID}
			test.prepare(&s, a)
			result, err := ingest.New(s.Options).Run(t.Context(), test.request(ids))
			err = errors.Join(err, result.Shortcoming)
			wantError(t, err, test.category, test.says)
			wantForeign(t, s.log.String(), err.Error(), liftoff.HintOf(err))
			if n := scan[int](t, s.db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 {
				t.Errorf("%d launches are marked as missing", n)
			}
		})
	}
}

// A run that a page broke off is made up for by the next one.
func TestSecondSource_TheNextRunFetchesTheRest(t *testing.T) {
	t.Parallel()
	s, a, _ := newAlmanacSetup(t, 60)
	a.failFrom = 3
	result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectNew))
	wantError(t, err, liftoff.Source, "status 500")
	if result.Summary.Status != liftoff.RunPartial || result.Summary.Inserted != 20 {
		t.Errorf("Run() = %+v", result)
	}
	a.failFrom = 0
	if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Inserted != 40 || got.Unchanged != 20 {
		t.Errorf("the next run: %+v", got.RunCounts)
	}
}

func TestSecondSource_RetriesItsRecords(t *testing.T) {
	t.Parallel()
	s, a, _ := newAlmanacSetup(t, 20)
	a.entries[3].Title = 17
	quarantine(t, &s, 1)
	if result := s.succeed(t, selecting(liftoff.SelectQuarantine)); result.Summary.Inserted != 1 {
		t.Errorf("Run() = %+v", result)
	}
	wantForeign(t, s.log.String())
}
