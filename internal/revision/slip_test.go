package revision_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/revision"
)

func state(date, precision string) []byte {
	return fmt.Appendf(nil, `{"date_utc": %q, "date_precision": %q}`, date, precision)
}

func TestSlipBetween(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to string
		want     revision.Slip
	}{
		{"2022-10-05T16:00:00.000Z", "2022-10-05T16:00:00.000Z", 0},
		{"2022-10-05T16:00:00.000Z", "2022-10-06T18:30:00Z", 26*60 + 30},
		{"2022-10-05T16:00:00.000Z", "2022-10-05T15:59:00.000Z", -1},
		{"2022-10-05T16:00:00.000Z", "2022-10-05T16:00:30.000Z", 1},
		{"2022-10-05T16:00:00.000Z", "2022-10-05T15:59:30.000Z", -1},
		{"2022-10-05T16:00:00.000Z", "2022-10-05T16:00:29.9999999Z", 0},
		// More than a Duration can hold.
		{"0001-01-01T00:00:00Z", "9999-12-31T23:59:00Z", 5258964959},
	} {
		got, ok := revision.SlipBetween(state(test.from, "hour"), state(test.to, "hour"))
		if !ok || got != test.want {
			t.Errorf("slip from %s to %s = %d, %v, want %d", test.from, test.to, int64(got), ok, int64(test.want))
		}
	}
}

func TestSlipBetween_NeedsTwoDatesToTheHour(t *testing.T) {
	t.Parallel()
	good := state("2022-10-05T16:00:00.000Z", "hour")
	if _, ok := revision.SlipBetween(good, good); !ok {
		t.Fatal("two good dates give no slip")
	}
	for _, other := range []string{
		string(state("2022-10-01T00:00:00.000Z", "month")), string(state("2022-10-01T00:00:00.000Z", "HOUR")),
		string(state("2022-02-30T00:00:00Z", "hour")), string(state("0000-01-01T00:00:00Z", "hour")),
		string(state("2022-10-01T00:00:00", "hour")), string(state("2022-10-01T00:00:00+00:00Z", "hour")),
		string(state("2022-10-01T0:00:00Z", "hour")), string(state("2022-10-01T00:00:00.Z", "hour")),
		string(state("2022-10-01T00:00:00,5Z", "hour")), string(state("2022-10-01T00:00:00.1234567890Z", "hour")),
		string(state("2022-10-01 00:00:00Z", "hour")), string(state("2022-10-01T24:00:00Z", "hour")), string(state("", "hour")),
		`{"date_utc": 5, "date_precision": "hour"}`, `{"date_utc": "2022-10-05T16:00:00.000Z"}`, `{}`, `null`, `[]`, ``, `{`,
	} {
		if slip, ok := revision.SlipBetween(good, []byte(other)); ok {
			t.Errorf("a slip of %v to %s", slip, other)
		}
		if slip, ok := revision.SlipBetween([]byte(other), good); ok {
			t.Errorf("a slip of %v from %s", slip, other)
		}
	}
}

// The same launches in April 2021 and in the API's last state: two states as
// two runs would have seen them.
func TestSlipBetween_OfRealLaunches(t *testing.T) {
	t.Parallel()
	last := map[string]json.RawMessage{}
	for _, launch := range captured(t, "spacex-v5-final-state/launches_v5.json") {
		last[idOf(t, launch)] = launch
	}
	got := map[string]string{}
	for _, before := range realLaunches(t) {
		after := last[idOf(t, before)]
		changes, err := revision.Changes(before, after)
		if err != nil {
			t.Fatal(err)
		}
		if slip, ok := revision.SlipBetween(before, after); ok && hasPath(changes, "date_utc") && hasPath(changes, "date_unix") {
			got[idOf(t, before)] = slip.String()
		}
	}
	// SARah 1 and the others whose first date was a month or a day are not
	// there; neither are the launches whose date was right already.
	want := map[string]string{
		"5eb87d4effd86e000604b390": "-5 h 51 min",  // GPS III SV05
		"5fe3af58b3467846b324215f": "+23 h 38 min", // Crew-2
		"5fe3af6db3467846b3242160": "+5 d 1 min",   // SXM-8
		"5fe3af84b3467846b3242161": "+29 min",      // CRS-22
		"605b4b6aaa5433645e37d03f": "+23 h 39 min", // Starlink-24
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("slips (-want +got):\n%s", diff)
	}
}

func idOf(t *testing.T, launch []byte) string {
	t.Helper()
	var head struct{ ID string }
	if err := json.Unmarshal(launch, &head); err != nil {
		t.Fatal(err)
	}
	return head.ID
}

func TestSlip_String(t *testing.T) {
	t.Parallel()
	for slip, want := range map[revision.Slip]string{
		0: "0 min", 1: "+1 min", -90: "-1 h 30 min", 1440: "+1 d", 1441: "+1 d 1 min", 26*60 + 30: "+1 d 2 h 30 min", 60: "+1 h",
	} {
		if got := slip.String(); got != want {
			t.Errorf("Slip(%d) = %q, want %q", int64(slip), got, want)
		}
	}
}
