package spacex_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

func TestFilter_IsWrittenAsTheAPITakesIt(t *testing.T) {
	moment := time.Date(2021, 4, 22, 5, 6, 7, 890_999_999, time.FixedZone("", 2*60*60))
	news := liftoff.Query{Selection: liftoff.SelectNew, Since: moment, NewestID: "b", Gaps: []liftoff.Gap{
		{AfterID: "c", BeforeID: "d"}, {AfterID: "e"}, {BeforeID: "f"}, {},
	}}
	cases := []struct {
		rule  string
		query spacex.Narrowed
	}{
		{"zero", spacex.Narrowed{}},
		{"everything", spacex.Narrowed{Query: liftoff.Query{}}},
		{"everything, after", spacex.Narrowed{After: "a", Query: liftoff.Query{}}},
		{"since, in UTC and cut to milliseconds", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectSince, Since: moment}}},
		{"since, after", spacex.Narrowed{After: "a", Query: liftoff.Query{Selection: liftoff.SelectSince, Since: moment}}},
		{"upcoming", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectUpcoming}}},
		{"ids", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectIDs, IDs: []string{"b", "a", `"<&>`}}}},
		{"no ids", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectIDs, IDs: nil}}},
		{"ids, after", spacex.Narrowed{After: "a", Query: liftoff.Query{Selection: liftoff.SelectIDs, IDs: []string{"b", "c"}}}},
		{"new since", spacex.Narrowed{Query: news}},
		{"new since, with ids, one impossible", spacex.Narrowed{Query: liftoff.Query{
			Selection: liftoff.SelectNew, Since: moment, NewestID: "b", IDs: []string{"by hand", "62dd70d5202306255024d139"},
		}}},
		{"new since, nothing missed", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectNew, Since: moment, NewestID: "b"}}},
		{"new since, nothing known", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectNew, Since: moment, Gaps: news.Gaps}}},
		{"new since, after", spacex.Narrowed{After: "a", Query: news}},
		{"within", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: "a", UpTo: "b"}}}},
		{"within, from the beginning", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{UpTo: "b"}}}},
		{"within, to the end", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: "a"}}}},
		{"within, all", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{}}}},
		{"within, after", spacex.Narrowed{After: "b", Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: "a", UpTo: "c"}}}},
		{"within, since", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: "a", UpTo: "b"}, Since: moment}}},
		{"within, since, all", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Since: moment}}},
	}
	var lines strings.Builder
	for _, c := range cases {
		text, err := c.query.FilterJSON()
		if err != nil {
			t.Fatal(err)
		}
		lines.WriteString(c.rule + "\n    " + text + "\n")
	}
	checkGolden(t, "filters.golden", lines.String())
}

// checkGolden compares a text with a file in testdata.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Each filter finds what the same condition in Go finds among all launches.
func TestLaunches_FiltersSelectWhatTheySay(t *testing.T) {
	for name, options := range sources() {
		t.Run(name, func(t *testing.T) {
			url := replayedURL(t, options(t))
			clientOptions, _ := testOptions(url)
			clientOptions.PageSize = 60
			client := newClient(t, clientOptions)
			all := list(t, url+"/v4/launches")
			for _, c := range selections(t, all) {
				t.Run(c.rule, func(t *testing.T) {
					want := chosen(all, c.holds)
					if len(want) == 0 || len(want) == len(all) != c.isAll {
						t.Fatalf("%d of %d launches: the filter tells nothing apart", len(want), len(all))
					}
					var pages []liftoff.Page
					for page, err := range client.LaunchesOf(t.Context(), c.query) {
						if err != nil {
							t.Fatal(err)
						}
						if page.TotalLaunches != len(want) {
							t.Errorf("announces %d launches, want %d", page.TotalLaunches, len(want))
						}
						pages = append(pages, page)
					}
					if diff := cmp.Diff(want, rawOf(pages)); diff != "" {
						t.Errorf("launches (-want +got):\n%s", diff)
					}
				})
			}
		})
	}
}

// selection is a filter and its condition in Go.
type selection struct {
	rule  string
	query spacex.Narrowed
	holds func(listed) bool
	isAll bool
}

func selections(t *testing.T, all []listed) []selection {
	t.Helper()
	id := func(share int) string { return all[len(all)*share/100].ID }
	byDate := slices.SortedFunc(slices.Values(all), func(a, b listed) int { return strings.Compare(a.DateUTC, b.DateUTC) })
	since, err := time.Parse(time.RFC3339, byDate[len(all)*2/3].DateUTC)
	if err != nil {
		t.Fatal(err)
	}
	// The captures have their dates in this form, which sorts as text.
	isSince := func(l listed) bool { return l.DateUTC >= since.UTC().Format("2006-01-02T15:04:05.000Z") }
	some := []string{id(90), id(10), "000000000000000000000000", id(50)}
	missed := liftoff.Gap{AfterID: id(10), BeforeID: id(30)}
	news := liftoff.Query{Selection: liftoff.SelectNew, Since: since, NewestID: id(80), Gaps: []liftoff.Gap{missed}}
	isNew := func(l listed) bool {
		return isSince(l) || l.Upcoming || l.ID > id(80) || l.ID > missed.AfterID && l.ID < missed.BeforeID
	}
	return []selection{
		{"everything", spacex.Narrowed{Query: liftoff.Query{}}, func(listed) bool { return true }, true},
		{"since a launch's own date", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectSince, Since: since}}, isSince, false},
		{"upcoming", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectUpcoming}}, func(l listed) bool { return l.Upcoming }, false},
		{"with ids, one unknown", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectIDs, IDs: some}}, func(l listed) bool { return slices.Contains(some, l.ID) }, false},
		{"new since", spacex.Narrowed{Query: news}, isNew, false},
		{"new since, nothing known", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectNew, Since: since}}, func(listed) bool { return true }, true},
		{"within", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: id(20), UpTo: id(60)}}}, func(l listed) bool { return l.ID > id(20) && l.ID <= id(60) }, false},
		{"within, from the beginning", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{UpTo: id(60)}}}, func(l listed) bool { return l.ID <= id(60) }, false},
		{"within, to the end", spacex.Narrowed{Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: id(60)}}}, func(l listed) bool { return l.ID > id(60) }, false},
		{"since, after", spacex.Narrowed{After: id(70), Query: liftoff.Query{Selection: liftoff.SelectSince, Since: since}}, func(l listed) bool { return isSince(l) && l.ID > id(70) }, false},
		{"new since, after", spacex.Narrowed{After: id(15), Query: news}, func(l listed) bool { return isNew(l) && l.ID > id(15) }, false},
		{"within, after", spacex.Narrowed{After: id(40), Query: liftoff.Query{Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: id(20), UpTo: id(60)}}}, func(l listed) bool { return l.ID > id(40) && l.ID <= id(60) }, false},
	}
}

func TestLaunches_AnAPIThatPassesOverAFilterIsNoticed(t *testing.T) {
	d := documents(9)
	queries := map[string]liftoff.Query{
		"ids":    {Selection: liftoff.SelectIDs, IDs: []string{idOf(d[0]), idOf(d[3])}},
		"within": {Selection: liftoff.SelectBackfill, Range: liftoff.IDRange{After: idOf(d[2]), UpTo: idOf(d[5])}},
	}
	for name, query := range queries {
		t.Run(name, func(t *testing.T) {
			options, _ := testOptions(apitest.Serve(t, pagesOf(d, 4)).URL)
			for page, err := range newClient(t, options).Launches(t.Context(), query) {
				if err == nil {
					t.Fatalf("page %+v, want an error", page)
				}
				apitest.WantError(t, err, liftoff.Source, "which was not asked for: it does not keep to the filter")
			}
		})
	}
}

func TestWithIDs_KeepsItsOwnCopy(t *testing.T) {
	ids := []string{"a", "b"}
	filterJSON := spacex.FilterOf(liftoff.Query{Selection: liftoff.SelectIDs, IDs: ids})
	ids[0] = "c"
	if text, err := filterJSON(); err != nil || text != `{"_id":{"$in":["a","b"]}}` {
		t.Errorf("filter %s, error %v", text, err)
	}
}
