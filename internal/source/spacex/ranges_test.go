package spacex_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/apitest"
)

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
		{"exactly one range", 3, 3, []liftoff.IDRange{{UpTo: id(3)}, {After: id(3)}}, 1},
		{"one more", 4, 3, []liftoff.IDRange{{UpTo: id(3)}, {After: id(3)}}, 2},
		{"several", 7, 3, []liftoff.IDRange{{UpTo: id(3)}, {After: id(3), UpTo: id(6)}, {After: id(6)}}, 3},
		{"one launch each", 2, 1, []liftoff.IDRange{{UpTo: id(1)}, {After: id(1), UpTo: id(2)}, {After: id(2)}}, 2},
		{"of no size", 2, 0, []liftoff.IDRange{{UpTo: id(1)}, {After: id(1), UpTo: id(2)}, {After: id(2)}}, 2},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server, requests := counting(t, paged(c.launches, 3))
			options, _ := testOptions(server.URL)
			ranges, total, err := newClient(t, options).Ranges(t.Context(), c.size)
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
		ranges, _, err := client.Ranges(t.Context(), rapid.IntRange(1, 10).Draw(t, "size"))
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
			ranges, total, err := client.Ranges(t.Context(), 17)
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
	ranges, _, err := client.Ranges(t.Context(), 10)
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
	ranges, total, err := newClient(t, options).Ranges(t.Context(), 2)
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
		{"the offset is passed over", envelope(1, 0, 1000, d...), `the API sends launch "000000000000000000000001" again and again`, 5},
		{"an absurd number", envelope(1, 0, 1<<62, d...), "the API announces 4611686018427387904 launches, which is more than 10000 ranges of 2", 1},
		{"no page", `[]`, "without a page's envelope", 1},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server, requests := counting(t, scripted(c.answer))
			options, _ := testOptions(server.URL)
			ranges, _, err := newClient(t, options).Ranges(t.Context(), 2)
			apitest.WantError(t, err, liftoff.Source, c.text)
			if len(ranges) != 0 || requests.Load() > c.most {
				t.Errorf("%d ranges after %d requests", len(ranges), requests.Load())
			}
		})
	}
}

// Launches that come before a border while the next one is asked for move it
// back; no range begins before the end of the one before.
func TestRanges_BordersOnlyGoForward(t *testing.T) {
	d := documents(12)
	url := changing(t, d[6:], 10, func(request int, l []string) []string {
		if request == 2 {
			return d
		}
		return l
	})
	options, _ := testOptions(url)
	ranges, _, err := newClient(t, options).Ranges(t.Context(), 2)
	want := []liftoff.IDRange{
		{UpTo: idOf(d[7])}, {After: idOf(d[7]), UpTo: idOf(d[9])}, {After: idOf(d[9]), UpTo: idOf(d[11])}, {After: idOf(d[11])},
	}
	if diff := cmp.Diff(want, ranges); diff != "" || err != nil {
		t.Errorf("error %v, ranges (-want +got):\n%s", err, diff)
	}
}
