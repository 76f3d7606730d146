package spacex_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/apitest"
)

// ofSize asks for ranges with so many launches each.
func ofSize(size int) liftoff.Division {
	return liftoff.Division{Parts: 1, MinSize: size, MaxSize: size}
}

func TestRanges_DivideTheLaunchesEvenly(t *testing.T) {
	id := func(n int) string { return idOf(documents(n)[n-1]) }
	cases := []struct {
		rule           string
		launches, size int
		want           []liftoff.IDRange
		requests       int32
	}{
		{"no launches", 0, 3, []liftoff.IDRange{{}}, 1},
		{"fewer than a range", 2, 3, []liftoff.IDRange{{}}, 1},
		{"exactly one range", 3, 3, []liftoff.IDRange{{}}, 1},
		{"one more", 4, 3, []liftoff.IDRange{{UpTo: id(3)}, {After: id(3)}}, 2},
		{"several", 7, 3, []liftoff.IDRange{{UpTo: id(3)}, {After: id(3), UpTo: id(6)}, {After: id(6)}}, 3},
		{"one launch each", 2, 1, []liftoff.IDRange{{UpTo: id(1)}, {After: id(1)}}, 2},
		{"of no size", 2, 0, []liftoff.IDRange{{UpTo: id(1)}, {After: id(1)}}, 2},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server, requests := counting(t, paged(c.launches, 3))
			options, _ := testOptions(server.URL)
			ranges, total, err := newClient(t, options).Ranges(t.Context(), ofSize(c.size))
			if err != nil || total != c.launches {
				t.Fatalf("%d launches, error %v", total, err)
			}
			if diff := cmp.Diff(c.want, ranges); diff != "" {
				t.Errorf("ranges (-want +got):\n%s", diff)
			}
			if got := requests.Load(); got > c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
		})
	}
}

// Whatever comes or goes between the borders or afterwards, each id is in
// exactly one range.
func TestRanges_CoverEverythingOnce(t *testing.T) {
	var mutex sync.Mutex
	var answer http.HandlerFunc
	server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		answer(w, r)
	})
	options, _ := testOptions(server.URL)
	client := newClient(t, options)
	rapid.Check(t, func(t *rapid.T) {
		// Few positions make states that differ by what is added or has gone.
		positions := rapid.SliceOfNDistinct(rapid.IntRange(0, 60), 0, 40, rapid.ID[int])
		// More than three could move one launch along with the borders, which
		// looks like an API that passes over the offset.
		states := rapid.SliceOfN(positions, 1, 3).Draw(t, "states of the API")
		request := 0
		answer = func(w http.ResponseWriter, r *http.Request) {
			launches := at(states[min(request, len(states)-1)])
			request++
			answerQuery(w, r, launches, 10)
		}
		ranges, _, err := client.Ranges(t.Context(), ofSize(rapid.IntRange(1, 10).Draw(t, "size")))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range positions.Draw(t, "launches afterwards") {
			id := idOf(at([]int{n})[0])
			in := 0
			for _, each := range ranges {
				if id > each.After && (each.UpTo == "" || id <= each.UpTo) {
					in++
				}
			}
			if in != 1 {
				t.Errorf("launch %s is in %d of the ranges %v", id, in, ranges)
			}
		}
	})
}

// at returns launches with ids at some positions, in order.
func at(positions []int) []string {
	positions = slices.Sorted(slices.Values(positions))
	launches := make([]string, 0, len(positions))
	for _, n := range positions {
		launches = append(launches, fmt.Sprintf(`{"id":"%024x"}`, n))
	}
	return launches
}

// The parts of a backfill are together all launches, each once.
func TestRanges_ReadTogetherAreEverything(t *testing.T) {
	for _, name := range []string{"synthetic", "v4 captures"} {
		t.Run(name, func(t *testing.T) {
			client := replayed(t, sources()[name](t))
			everything, err := all(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			ranges, total, err := client.Ranges(t.Context(), ofSize(17))
			if err != nil || total != len(rawOf(everything)) || len(ranges) < 3 {
				t.Fatalf("%d ranges of %d launches, error %v", len(ranges), total, err)
			}
			var parts []liftoff.Page
			for _, each := range ranges {
				for page, err := range client.Launches(t.Context(), liftoff.Query{Selection: liftoff.SelectBackfill, Range: each}) {
					if err != nil {
						t.Fatal(err)
					}
					parts = append(parts, page)
				}
			}
			if diff := cmp.Diff(rawOf(everything), rawOf(parts)); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRanges_OfLaterLaunchesAreTheLastOne(t *testing.T) {
	server, err := replay.New(replay.Options{Count: 30, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	options, _ := testOptions(apitest.Serve(t, server.ServeHTTP).URL)
	client := newClient(t, options)
	ranges, _, err := client.Ranges(t.Context(), ofSize(10))
	if err != nil {
		t.Fatal(err)
	}
	before, err := all(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.SetRevision(replay.MaxRevision); err != nil {
		t.Fatal(err)
	}
	after, err := all(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	var parts []liftoff.Page
	for _, each := range ranges {
		for page, err := range client.Launches(t.Context(), liftoff.Query{Selection: liftoff.SelectBackfill, Range: each}) {
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, page)
		}
	}
	if diff := cmp.Diff(rawOf(after), rawOf(parts)); diff != "" || cmp.Equal(rawOf(before), rawOf(after)) {
		t.Errorf("launches after the revision (-want +got):\n%s", diff)
	}
}

func TestRanges_ABorderThatIsNoLaunchMakesARangeLarger(t *testing.T) {
	d := documents(9)
	records := slices.Clone(d)
	records[3] = `{"name":"no id"}`
	options, _ := testOptions(apitest.Serve(t, pagesOf(records, 9)).URL)
	ranges, total, err := newClient(t, options).Ranges(t.Context(), ofSize(2))
	want := []liftoff.IDRange{{UpTo: idOf(d[1])}, {After: idOf(d[1]), UpTo: idOf(d[5])}, {After: idOf(d[5]), UpTo: idOf(d[7])}, {After: idOf(d[7])}}
	if diff := cmp.Diff(want, ranges); diff != "" || err != nil || total != 9 {
		t.Errorf("%d launches, error %v, ranges (-want +got):\n%s", total, err, diff)
	}
}

func TestRanges_RefusesAnAPIThatDoesNotGoOn(t *testing.T) {
	d := documents(3)
	cases := []struct {
		rule, answer, text string
		most               int32
	}{
		{"the offset is passed over", envelope(1, 0, 1000, d...), `the API sends launch "000000000000000000000001" again and again`, 17},
		{"an absurd number", envelope(1, 0, 1<<62, d...), "the API announces 4611686018427387904 launches, which is more than 10000 ranges of 2", 1},
		{"no page", `[]`, "without a page's envelope", 1},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server, requests := counting(t, scripted(c.answer))
			options, _ := testOptions(server.URL)
			ranges, _, err := newClient(t, options).Ranges(t.Context(), ofSize(2))
			apitest.WantError(t, err, liftoff.Source, c.text)
			if len(ranges) != 0 || requests.Load() > c.most {
				t.Errorf("%d ranges after %d requests", len(ranges), requests.Load())
			}
		})
	}
}

// Launches that come before a border while another one is asked for move it back; no
// range begins before the end of the one before. The two borders are asked for at once,
// so either may see the launches that come.
func TestRanges_BordersOnlyGoForward(t *testing.T) {
	d := documents(12)
	url := changing(t, d[6:], 10, func(request int, l []string) []string {
		if request == 3 {
			return d
		}
		return l
	})
	options, _ := testOptions(url)
	ranges, _, err := newClient(t, options).Ranges(t.Context(), ofSize(2))
	if err != nil || len(ranges) < 2 {
		t.Fatalf("%d ranges, error %v", len(ranges), err)
	}
	last := ""
	for i, each := range ranges {
		if isLast := i == len(ranges)-1; each.After != last || (each.UpTo <= last) != isLast {
			t.Errorf("range %d is %+v after a border at %q", i, each, last)
		}
		last = each.UpTo
	}
}

// Borders are not asked for one after the other.
func TestRanges_AskForBordersAtTheSameTime(t *testing.T) {
	const together = 8
	var mutex sync.Mutex
	waiting, all := 0, make(chan struct{})
	answer := paged(2*together+1, 100)
	server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		if waiting++; waiting == together+1 { // after the one that asks how many there are
			close(all)
		}
		isFirst := waiting == 1
		mutex.Unlock()
		if !isFirst {
			select {
			case <-all:
			case <-r.Context().Done():
				return
			}
		}
		answer(w, r)
	})
	options, _ := testOptions(server.URL)
	options.Timeout, options.MaxAttempts = 5*time.Second, 1
	ranges, _, err := newClient(t, options).Ranges(t.Context(), ofSize(2))
	if err != nil || len(ranges) != together+1 {
		t.Errorf("%d ranges, error %v", len(ranges), err)
	}
}

// A division bounds how many launches a range has, and full pages come before as many
// parts as were asked for.
func TestRanges_HaveTheSizeThatIsAskedFor(t *testing.T) {
	const launches = 100
	for _, c := range []struct {
		division          liftoff.Division
		pageSize, longest int
	}{
		{liftoff.Division{Parts: 10, MinSize: 1, MaxSize: 100}, 50, 10},
		{liftoff.Division{Parts: 7, MinSize: 1, MaxSize: 100}, 50, 15},
		{liftoff.Division{Parts: 10, MinSize: 25, MaxSize: 100}, 50, 25},
		{liftoff.Division{Parts: 1, MinSize: 1, MaxSize: 20}, 50, 20},
		{liftoff.Division{Parts: 0, MinSize: 1, MaxSize: 100}, 200, 100},
		{liftoff.Division{Parts: 3, MinSize: 1, MaxSize: 100}, 10, 30},
		{liftoff.Division{Parts: 3, MinSize: 1, MaxSize: 100}, 1, 34},
	} {
		server := apitest.Serve(t, paged(launches, 200))
		options, _ := testOptions(server.URL)
		options.PageSize = c.pageSize
		ranges, total, err := newClient(t, options).Ranges(t.Context(), c.division)
		if want := (launches + c.longest - 1) / c.longest; err != nil || total != launches || len(ranges) != want {
			t.Errorf("%+v, pages of %d: %d ranges of %d launches, error %v; want %d", c.division, c.pageSize, len(ranges), total, err, want)
		}
		if at := idOf(documents(launches)[c.longest-1]); len(ranges) > 1 && ranges[0].UpTo != at {
			t.Errorf("%+v, pages of %d: the first range ends at %s, want %s", c.division, c.pageSize, ranges[0].UpTo, at)
		}
	}
}

// A division may leave out what is dated before.
func TestRanges_SinceADate(t *testing.T) {
	server, err := replay.New(replay.Options{Count: 200, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	options, _ := testOptions(apitest.Serve(t, server.ServeHTTP).URL)
	client := newClient(t, options)
	since := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	collect := func(query liftoff.Query) (pages []liftoff.Page) {
		for page, err := range client.Launches(t.Context(), query) {
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, page)
		}
		return pages
	}
	want := collect(liftoff.Query{Selection: liftoff.SelectSince, Since: since})
	division := ofSize(10)
	division.Since = since
	ranges, total, err := client.Ranges(t.Context(), division)
	if err != nil || total != len(rawOf(want)) || total == 200 || total < 30 {
		t.Fatalf("%d launches, error %v", total, err)
	}
	var parts []liftoff.Page
	for _, each := range ranges {
		parts = append(parts, collect(liftoff.Query{Selection: liftoff.SelectBackfill, Range: each, Since: since})...)
	}
	if diff := cmp.Diff(rawOf(want), rawOf(parts)); diff != "" || len(ranges) != (total+9)/10 {
		t.Errorf("%d ranges, launches (-want +got):\n%s", len(ranges), diff)
	}
}
