package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/source/spacex"
)

const (
	crew5 = "62dd70d5202306255024d139"
	first = "5eb87cd9ffd86e000604b32a"
)

// now is when the tests ask, in a zone other than UTC.
func now() time.Time {
	return time.Date(2024, 4, 27, 19, 2, 3, 0, time.FixedZone("Madrid", 2*3600))
}

// text is a filter in a form that can be compared: it may hold functions.
func text(filter spacex.Filter) string { return fmt.Sprintf("%+v", filter) }

func isSame(a, b app.Asked) bool {
	return a.Selection == b.Selection && a.Name == b.Name && a.Command == b.Command &&
		text(a.Filter) == text(b.Filter) && slices.Equal(a.IDs, b.IDs)
}

func TestParse_EachSelection(t *testing.T) {
	t.Parallel()
	moment := time.Date(2020, 1, 31, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name    string
		request app.IngestRequest
		want    app.Asked
	}{
		{
			"nothing",
			app.IngestRequest{},
			app.Asked{Selection: liftoff.SelectLatest, Name: "latest launch data", Command: "ingest"},
		},
		{
			"all",
			app.IngestRequest{All: true},
			app.Asked{Selection: liftoff.SelectAll, Name: "launches", Command: "ingest --all", Filter: spacex.Everything()},
		},
		{
			"new",
			app.IngestRequest{New: true},
			app.Asked{Selection: liftoff.SelectNew, Name: "new launches", Command: "ingest --new", Filter: spacex.Everything()},
		},
		{
			"upcoming",
			app.IngestRequest{Upcoming: true},
			app.Asked{Selection: liftoff.SelectUpcoming, Name: "upcoming launches", Command: "ingest --upcoming", Filter: spacex.Upcoming()},
		},
		{
			"since",
			app.IngestRequest{Since: "2020-01-31"},
			app.Asked{
				Selection: liftoff.SelectSince, Name: "launches since 2020-01-31 00:00:00 UTC",
				Command: "ingest --since 2020-01-31", Filter: spacex.Since(moment),
			},
		},
		{
			"ids, each once and in order",
			app.IngestRequest{IDs: []string{crew5, first, crew5}},
			app.Asked{
				Selection: liftoff.SelectIDs, Name: "2 launches", Command: "ingest --id " + first + "," + crew5,
				Filter: spacex.WithIDs([]string{first, crew5}), IDs: []string{first, crew5},
			},
		},
		{
			"what is not about the selection",
			app.IngestRequest{Upcoming: true, IsDry: true, SkipsAnalytics: true, Waits: true},
			app.Asked{Selection: liftoff.SelectUpcoming, Name: "upcoming launches", Command: "ingest --upcoming", Filter: spacex.Upcoming()},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := app.Parse(test.request, now())
			if err != nil || !isSame(got, test.want) {
				t.Errorf("Parse() = %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

func TestParse_SinceInEveryForm(t *testing.T) {
	t.Parallel()
	tests := []struct{ since, want string }{
		{"2020-01-31", "2020-01-31T00:00:00Z"},
		{"2020-01-31T12:00:00Z", "2020-01-31T12:00:00Z"},
		{"2020-01-31T12:00:00+02:00", "2020-01-31T10:00:00Z"},
		{"2030-01-01", "2030-01-01T00:00:00Z"},
		{"720h", "2024-03-28T17:02:03Z"},
		{"1h30m", "2024-04-27T15:32:03Z"},
		{"30d", "2024-03-28T17:02:03Z"},
		{"4w", "2024-03-30T17:02:03Z"},
		{"0d", "2024-04-27T17:02:03Z"},
		{"99999d", "1750-07-14T17:02:03Z"},
	}
	for _, test := range tests {
		t.Run(test.since, func(t *testing.T) {
			t.Parallel()
			got, err := app.Parse(app.IngestRequest{Since: test.since}, now())
			if err != nil {
				t.Fatal(err)
			}
			want, err := time.Parse(time.RFC3339, test.want)
			if err != nil {
				t.Fatal(err)
			}
			if text(got.Filter) != text(spacex.Since(want)) {
				t.Errorf("--since %s asks for %s, want %s", test.since, got.Name, test.want)
			}
			if got.Command != "ingest --since "+test.since {
				t.Errorf("the ledger gets %q", got.Command)
			}
		})
	}
}

func TestParse_WhatMakesNoSense(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		request app.IngestRequest
		says    string
	}{
		{"all and new", app.IngestRequest{All: true, New: true}, "more than one of"},
		{"since and upcoming", app.IngestRequest{Since: "30d", Upcoming: true}, "more than one of"},
		{"ids and all", app.IngestRequest{IDs: []string{crew5}, All: true}, "more than one of"},
		{"a worker of the latest", app.IngestRequest{IsWorker: true}, "--worker goes with --all only"},
		{"a worker of the new ones", app.IngestRequest{IsWorker: true, New: true}, "--worker goes with --all only"},
		{"accept-shrink of the new ones", app.IngestRequest{AcceptsShrink: true, New: true}, "--accept-shrink goes with --all only"},
		{"an id that is too short", app.IngestRequest{IDs: []string{crew5, "62dd70d5"}}, `--id "62dd70d5"`},
		{"an id in capitals", app.IngestRequest{IDs: []string{strings.ToUpper(crew5)}}, "is no launch id"},
		{"an id that is no hexadecimal number", app.IngestRequest{IDs: []string{"62dd70d5202306255024d13z"}}, "is no launch id"},
		{"an id with a line break", app.IngestRequest{IDs: []string{crew5 + "\n"}}, "is no launch id"},
		{"an empty id", app.IngestRequest{IDs: []string{""}}, `--id ""`},
		{"a year of five digits", app.IngestRequest{Since: "9999-12-31T23:59:59-23:00"}, `--since "9999-12-31T23:59:59-23:00"`},
		{"a month for a date", app.IngestRequest{Since: "2020-01"}, `--since "2020-01"`},
		{"a day that does not exist", app.IngestRequest{Since: "2021-02-30"}, "neither a date nor how long ago"},
		{"a moment without a zone", app.IngestRequest{Since: "2020-01-31T12:00:00"}, "neither a date nor how long ago"},
		{"a time to come", app.IngestRequest{Since: "-30h"}, "neither a date nor how long ago"},
		{"no time at all", app.IngestRequest{Since: "0s"}, "neither a date nor how long ago"},
		{"a number without a unit", app.IngestRequest{Since: "30"}, "neither a date nor how long ago"},
		{"a unit that is none", app.IngestRequest{Since: "30y"}, "neither a date nor how long ago"},
		{"more days than there are digits", app.IngestRequest{Since: "100000d"}, "neither a date nor how long ago"},
		{"nonsense", app.IngestRequest{Since: "yesterday"}, "neither a date nor how long ago"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := app.Parse(test.request, now())
			if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), test.says) || liftoff.HintOf(err) == "" {
				t.Errorf("Parse() = %v (%v), want a usage error that says %q and names a next step", err, liftoff.CategoryOf(err), test.says)
			}
		})
	}
}
