package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/ingest"
)

const (
	crew5 = "62dd70d5202306255024d139"
	first = "5eb87cd9ffd86e000604b32a"
)

// now is when the tests ask, in a zone other than UTC.
func now() time.Time {
	return time.Date(2024, 4, 27, 19, 2, 3, 0, time.FixedZone("Madrid", 2*3600))
}

// text is a request in a form that can be compared.
func text(request ingest.Request) string { return fmt.Sprintf("%+v", request) }

func TestParse_EachSelection(t *testing.T) {
	t.Parallel()
	moment := time.Date(2020, 1, 31, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		flags app.IngestFlags
		want  ingest.Request
	}{
		{
			"nothing",
			app.IngestFlags{},
			ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectLatest}, Command: "ingest"},
		},
		{
			"all",
			app.IngestFlags{All: true},
			ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectAll}, Command: "ingest --all"},
		},
		{
			"new",
			app.IngestFlags{New: true},
			ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectNew}, Command: "ingest --new"},
		},
		{
			"upcoming",
			app.IngestFlags{Upcoming: true},
			ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectUpcoming}, Command: "ingest --upcoming"},
		},
		{
			"since",
			app.IngestFlags{Since: "2020-01-31"},
			ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectSince, Since: moment}, Command: "ingest --since 2020-01-31"},
		},
		{
			"ids, each once and in order",
			app.IngestFlags{IDs: []string{crew5, first, crew5}},
			ingest.Request{
				Query: liftoff.Query{Selection: liftoff.SelectIDs, IDs: []string{first, crew5}}, Command: "ingest --id " + first + "," + crew5,
			},
		},
		{
			"what is not about the selection",
			app.IngestFlags{Upcoming: true, IsDry: true, SkipsAnalytics: true, AcceptsDrift: true},
			ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectUpcoming}, Command: "ingest --upcoming", IsDry: true, AcceptsDrift: true},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := app.Parse(test.flags, now())
			if err != nil || text(got) != text(test.want) {
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
			got, err := app.Parse(app.IngestFlags{Since: test.since}, now())
			if err != nil {
				t.Fatal(err)
			}
			want, err := time.Parse(time.RFC3339, test.want)
			if err != nil {
				t.Fatal(err)
			}
			if got.Selection != liftoff.SelectSince || !got.Since.Equal(want) || got.Since.Location() != time.UTC {
				t.Errorf("--since %s asks for %s, want %s", test.since, got.Since, test.want)
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
		name  string
		flags app.IngestFlags
		says  string
	}{
		{"all and new", app.IngestFlags{All: true, New: true}, "more than one of"},
		{"since and upcoming", app.IngestFlags{Since: "30d", Upcoming: true}, "more than one of"},
		{"ids and all", app.IngestFlags{IDs: []string{crew5}, All: true}, "more than one of"},
		{"accept-shrink of the new ones", app.IngestFlags{AcceptsShrink: true, New: true}, "--accept-shrink goes with --all only"},
		{"a year of five digits", app.IngestFlags{Since: "9999-12-31T23:59:59-23:00"}, `--since "9999-12-31T23:59:59-23:00"`},
		{"a month for a date", app.IngestFlags{Since: "2020-01"}, `--since "2020-01"`},
		{"a day that does not exist", app.IngestFlags{Since: "2021-02-30"}, "not a date, a moment or a duration"},
		{"a moment without a zone", app.IngestFlags{Since: "2020-01-31T12:00:00"}, "not a date, a moment or a duration"},
		{"a time to come", app.IngestFlags{Since: "-30h"}, "not a date, a moment or a duration"},
		{"no time at all", app.IngestFlags{Since: "0s"}, "not a date, a moment or a duration"},
		{"a number without a unit", app.IngestFlags{Since: "30"}, "not a date, a moment or a duration"},
		{"an unknown unit", app.IngestFlags{Since: "30y"}, "not a date, a moment or a duration"},
		{"more days than there are digits", app.IngestFlags{Since: "100000d"}, "not a date, a moment or a duration"},
		{"nonsense", app.IngestFlags{Since: "yesterday"}, "not a date, a moment or a duration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := app.Parse(test.flags, now())
			if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), test.says) || liftoff.HintOf(err) == "" {
				t.Errorf("Parse() = %v (%v), want a usage error that says %q and names a next step", err, liftoff.CategoryOf(err), test.says)
			}
		})
	}
}
