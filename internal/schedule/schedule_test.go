package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/schedule"
)

// now is a Monday in winter.
var now = time.Date(2026, 11, 30, 22, 53, 20, 123_456_000, time.UTC)

// mustParse returns the schedule of a spec that is right.
func mustParse(t *testing.T, spec schedule.Spec) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(spec, now)
	if err != nil {
		t.Fatalf("Parse(%+v) = %v, hint %q", spec, err, liftoff.HintOf(err))
	}
	return s
}

// at returns a moment that is written as in RFC 3339, in UTC.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment.UTC()
}

func TestDue_OfAnInterval(t *testing.T) {
	s := mustParse(t, schedule.Spec{Every: 15 * time.Minute})
	first := s.First(now)
	if want := at(t, "2026-11-30T22:53:20Z"); first != want {
		t.Fatalf("First() = %s, want %s", first, want)
	}
	for after, want := range map[time.Duration]schedule.Slots{
		-time.Nanosecond:         {Next: first},
		-1000 * time.Hour:        {Next: first},
		0:                        {Count: 1, Latest: first, Next: first.Add(15 * time.Minute)},
		15*time.Minute - 1:       {Count: 1, Latest: first, Next: first.Add(15 * time.Minute)},
		15 * time.Minute:         {Count: 2, Latest: first.Add(15 * time.Minute), Next: first.Add(30 * time.Minute)},
		100*365*24*time.Hour + 1: {Count: 100*365*96 + 1, Latest: first.Add(100 * 365 * 24 * time.Hour), Next: first.Add(100*365*24*time.Hour + 15*time.Minute)},
	} {
		if diff := cmp.Diff(want, s.Due(first, first.Add(after))); diff != "" {
			t.Errorf("%s after the first slot: -want +got\n%s", after, diff)
		}
	}
	upcoming := []time.Time{first, first.Add(15 * time.Minute), first.Add(30 * time.Minute)}
	if diff := cmp.Diff(upcoming, s.Upcoming(first, 3)); diff != "" {
		t.Error(diff)
	}
}

func TestDue_OfAnExpression(t *testing.T) {
	s := mustParse(t, schedule.Spec{Cron: "7,37 9-17 * * mon-fri", TimeZone: "Europe/Berlin"})
	first := s.First(now)
	if want := at(t, "2026-12-01T08:07:00Z"); first != want {
		t.Fatalf("First() = %s, want %s", first, want)
	}
	for text, want := range map[string]schedule.Slots{
		"2026-12-01T08:06:59Z": {Next: first},
		"2026-12-01T08:07:00Z": {Count: 1, Latest: first, Next: at(t, "2026-12-01T08:37:00Z")},
		"2026-12-01T08:37:00Z": {Count: 2, Latest: at(t, "2026-12-01T08:37:00Z"), Next: at(t, "2026-12-01T09:07:00Z")},
		"2026-12-06T00:00:00Z": {Count: 4 * 18, Latest: at(t, "2026-12-04T16:37:00Z"), Next: at(t, "2026-12-07T08:07:00Z")},
	} {
		if diff := cmp.Diff(want, s.Due(first, at(t, text))); diff != "" {
			t.Errorf("at %s: -want +got\n%s", text, diff)
		}
	}
	if next := s.First(first); next != at(t, "2026-12-01T08:37:00Z") {
		t.Errorf("the first slot after a slot is %s", next)
	}
}

// A schedule that slept for a year says what it missed, without hanging.
func TestDue_AfterALongAbsence(t *testing.T) {
	for expression, want := range map[string]int64{
		"* * * * *": 365*24*60 + 1,
		// The hour that is left out in March is one slot, that of 03:00.
		"* 0-22 * * *": (365*23-1)*60 + 1,
	} {
		s := mustParse(t, schedule.Spec{Cron: expression, TimeZone: "America/New_York"})
		first := at(t, "2026-11-30T05:00:00Z")
		due := s.Due(first, first.AddDate(1, 0, 0))
		if due.Count != want {
			t.Errorf("%s: %d slots, want %d", expression, due.Count, want)
		}
	}
}

// A day that is rare is found at once.
func TestFirst_OfRareDays(t *testing.T) {
	for expression, want := range map[string]string{
		"0 0 29 2 *":    "2028-02-29T00:00:00Z",
		"0 0 29 2 */7":  "2032-02-29T00:00:00Z", // a Sunday
		"0 0 29 2 */5":  "2032-02-29T00:00:00Z", // a Sunday or Friday
		"59 23 31 12 *": "2026-12-31T23:59:00Z",
	} {
		s := mustParse(t, schedule.Spec{Cron: expression})
		begin := time.Now()
		first := s.First(now)
		if took := time.Since(begin); first != at(t, want) || took > 10*time.Millisecond {
			t.Errorf("%s: %s after %s, want %s", expression, first, took, want)
		}
	}
	// 2100 is no leap year: 40 years without a Sunday, 29 February.
	s := mustParse(t, schedule.Spec{Cron: "0 0 29 2 */7"})
	if first := s.First(at(t, "2088-02-29T00:00:00Z")); first != at(t, "2128-02-29T00:00:00Z") {
		t.Errorf("after 2088 it is %s", first)
	}
}

// Either day is enough when both are restricted; a field that begins with * is not.
func TestFirst_OfDaysAsInVixieCron(t *testing.T) {
	for expression, want := range map[string]string{
		"0 0 13 * 5":       "2026-12-04T00:00:00Z", // a Friday
		"0 0 2 * fri":      "2026-12-02T00:00:00Z",
		"0 0 */2 * 5":      "2026-12-11T00:00:00Z", // an odd Friday
		"0 0 13 * */5":     "2026-12-13T00:00:00Z", // a 13th that is a Sunday
		"0 0 * * 7":        "2026-12-06T00:00:00Z",
		"0 0 * * 0":        "2026-12-06T00:00:00Z",
		"0 0 * * SUN":      "2026-12-06T00:00:00Z",
		"0 0 * * 5-7":      "2026-12-04T00:00:00Z",
		"0 0 1 jan-mar *":  "2027-01-01T00:00:00Z",
		"10-50/20 1 * * *": "2026-12-01T01:10:00Z",
		"05 01 * * *":      "2026-12-01T01:05:00Z",
		"\t0 0\t 1  1 *\n": "2027-01-01T00:00:00Z",
	} {
		s := mustParse(t, schedule.Spec{Cron: expression})
		if first := s.First(now); first != at(t, want) {
			t.Errorf("%q: %s, want %s", expression, first, want)
		}
	}
}

func TestString(t *testing.T) {
	for want, spec := range map[string]schedule.Spec{
		"every 15m":                         {Every: 15 * time.Minute},
		"every 10s":                         {Every: 10 * time.Second},
		"every 1h":                          {Every: time.Hour},
		"every 168h":                        {Every: 7 * 24 * time.Hour},
		"every 1h30m":                       {Every: 90 * time.Minute},
		"every 1h0m10s":                     {Every: time.Hour + 10*time.Second},
		`cron "7 * * * *" in Europe/Berlin`: {Cron: " 7 *\t* * * ", TimeZone: "Europe/Berlin"},
		`cron "7 * * * *" in UTC`:           {Cron: "7 * * * *"},
	} {
		if got := mustParse(t, spec).String(); got != want {
			t.Errorf("String() = %s, want %s", got, want)
		}
	}
}

// The spec of a schedule is the same schedule.
func TestSpec_IsTheSameInItsPlainestForm(t *testing.T) {
	s := mustParse(t, schedule.Spec{Cron: " 7 *\t* * MON ", TimeZone: ""})
	want := schedule.Spec{Cron: "7 * * * MON", TimeZone: "UTC"}
	if s.Spec() != want || mustParse(t, s.Spec()).Spec() != want {
		t.Errorf("Spec() = %+v", s.Spec())
	}
}

func TestWords(t *testing.T) {
	for want, test := range map[string]struct{ zone, slot string }{
		"Tue 2026-12-01 00:07 CET (2026-11-30 23:07 UTC), in 13 minutes":   {"Europe/Berlin", "2026-11-30T23:07:00Z"},
		"Mon 2026-11-30 23:53:21 CET (22:53:21 UTC), now":                  {"Europe/Berlin", "2026-11-30T22:53:21Z"},
		"Wed 2026-07-01 12:00 CEST (10:00 UTC), 152 days ago":              {"Europe/Berlin", "2026-07-01T10:00:00Z"},
		"Mon 2026-11-30 22:55 UTC, in 99 seconds":                          {"", "2026-11-30T22:55:00Z"},
		"Mon 2026-11-30 22:53 UTC, 20 seconds ago":                         {"", "2026-11-30T22:53:00Z"},
		"Tue 2026-12-01 00:53:21 GMT (00:53:21 UTC), in 2 hours":           {"Europe/London", "2026-12-01T00:53:21Z"},
		"Thu 2026-12-03 09:53:21 +11 (2026-12-02 22:53:21 UTC), in 2 days": {"Australia/Lord_Howe", "2026-12-02T22:53:21Z"},
	} {
		s := mustParse(t, schedule.Spec{Every: time.Hour, TimeZone: test.zone})
		if got := s.Words(at(t, test.slot), now); got != want {
			t.Errorf("Words() = %s, want %s", got, want)
		}
	}
}

func TestParse_RefusesIntervals(t *testing.T) {
	for _, test := range []struct {
		spec       schedule.Spec
		says, hint string
	}{
		{schedule.Spec{}, "a schedule needs an interval of 10s or more, or a cron expression", "give --every 15m, or "},
		{schedule.Spec{Every: time.Hour, Cron: "7 * * * *"}, "a schedule has an interval or a cron expression, not both", "leave out --every or --cron"},
		{schedule.Spec{Every: 10*time.Second - 1}, "an interval of 9.999999999s is too short", "give 10s or more"},
		{schedule.Spec{Every: -time.Hour}, "an interval of -1h0m0s is too short", "give 10s or more"},
		{schedule.Spec{Every: 90*time.Minute + time.Millisecond}, "an interval of 1h30m0.001s is not in whole seconds", "give 1h30m"},
	} {
		_, err := schedule.Parse(test.spec, now)
		if err == nil || err.Error() != test.says || liftoff.CategoryOf(err) != liftoff.Usage || !strings.HasPrefix(liftoff.HintOf(err), test.hint) {
			t.Errorf("%+v: %v with the hint %q, want %q and %q", test.spec, err, liftoff.HintOf(err), test.says, test.hint)
		}
	}
}
