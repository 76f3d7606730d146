package schedule_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"liftoff/internal/schedule"
)

// What three cron libraries make of days on which the clocks are changed differs:
// each of these comes out as it should here.
func TestFirst_WhereTheClocksChange(t *testing.T) {
	for rule, test := range map[string]struct {
		zone, expression, after string
		want                    []string
	}{
		"a time in the gap comes at once after it": {
			"America/New_York", "30 2 * * *", "2026-03-07T12:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"},
		},
		"a time in the overlap comes the first time": {
			"America/New_York", "30 1 * * *", "2026-10-31T12:00:00-04:00",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
		},
		"and not again after the first time": {
			"America/New_York", "30 1 * * *", "2026-11-01T01:10:00-05:00",
			[]string{"2026-11-02T01:30:00-05:00"},
		},
		"every half hour in the overlap is real time": {
			"America/New_York", "*/30 * * * *", "2026-11-01T00:59:00-04:00",
			[]string{
				"2026-11-01T01:00:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00",
				"2026-11-01T02:00:00-05:00",
			},
		},
		"every hour in the gap is real time": {
			"America/New_York", "30 * * * *", "2026-03-08T01:00:00-05:00",
			[]string{"2026-03-08T01:30:00-05:00", "2026-03-08T03:30:00-04:00"},
		},
		"every second hour keeps the one in the gap": {
			"America/New_York", "0 */2 * * *", "2026-03-08T00:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"},
		},
		"times in one gap are one slot": {
			"America/New_York", "*/10 2-3 * * *", "2026-03-08T00:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-08T03:10:00-04:00"},
		},
		"a midnight in the gap": {
			"Africa/Cairo", "0 0 * * *", "2026-04-23T12:00:00+02:00",
			[]string{"2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"},
		},
		"a gap of half an hour": {
			"Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"},
		},
		"an overlap of half an hour": {
			"Australia/Lord_Howe", "45 1 * * *", "2026-04-04T12:00:00+11:00",
			[]string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"},
		},
		"a day that is left out": {
			"Pacific/Apia", "0 12 30 12 *", "2011-01-01T00:00:00-10:00",
			[]string{"2011-12-31T00:00:00+14:00", "2012-12-30T12:00:00+14:00"},
		},
		"its midnight is that of the next day": {
			"Pacific/Apia", "0 0 * * *", "2011-12-29T12:00:00-10:00",
			[]string{"2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"},
		},
	} {
		s := mustParse(t, schedule.Spec{Cron: test.expression, TimeZone: test.zone})
		var want []time.Time
		for _, text := range test.want {
			want = append(want, at(t, text))
		}
		if diff := cmp.Diff(want, s.Upcoming(s.First(at(t, test.after)), len(want))); diff != "" {
			t.Errorf("%s: %s in %s: -want +got\n%s", rule, test.expression, test.zone, diff)
		}
	}
}

// Three years in zones that change their clocks in odd ways: each slot comes exactly
// once, as a walk through all minutes of the years finds them.
func TestB11_EachSlotOfThreeYearsExactlyOnce(t *testing.T) {
	for _, test := range []struct{ zone, begin string }{
		{"America/New_York", "2025-01-01T00:00:00Z"},
		{"Africa/Cairo", "2025-01-01T00:00:00Z"},
		{"Australia/Lord_Howe", "2025-01-01T00:00:00Z"},
		{"Pacific/Apia", "2010-01-01T00:00:00Z"},
		// From 2038 on the changes are computed from a rule. 2040 is a leap year.
		{"America/New_York", "2038-01-01T00:00:00Z"},
	} {
		t.Run(test.zone+test.begin[:4], func(t *testing.T) {
			t.Parallel()
			zone, begin := test.zone, at(t, test.begin)
			minutes := walk(t, zone, begin, begin.AddDate(3, 0, 0))
			for _, expression := range []string{
				"30 2 * * *", "30 1 * * *", "0 0 * * *", "30 * * * *", "*/30 * * * *", "15 2 * * *", "45 1 * * *", "30 23 * * *", "0 */2 * * *",
				"*/10 1-3 * * *", "59 23 * * sun", "0 0 * * 0", "30 2 * * 7", "0 0 29-31 * *", "30 2 1 * *", "0 12 30 12 *", "0 0 13 * 5", "0 0 */3 * 1-5", "17 * 8 3 *",
			} {
				s := mustParse(t, schedule.Spec{Cron: expression, TimeZone: zone})
				checkSlots(t, s, slotsOf(expression, minutes), minutes)
			}
		})
	}
}

// As above, for any expression, zone and two months.
func TestDue_HasEachSlotExactlyOnce(t *testing.T) {
	zones := []string{
		"America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana", "Antarctica/Troll", "Europe/London", "Africa/Casablanca",
		"Asia/Kathmandu", "America/Nuuk", "UTC",
	}
	rapid.Check(t, func(rt *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(rt, "zone")
		begin := time.Date(rapid.IntRange(2005, 2045).Draw(rt, "year"), 1, rapid.IntRange(1, 366).Draw(rt, "day"), 0, 0, 0, 0, time.UTC)
		var fields []string
		for _, bounds := range [][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}} {
			fields = append(fields, drawField(rt, bounds[0], bounds[1]))
		}
		expression := strings.Join(fields, " ")
		s, err := schedule.Parse(schedule.Spec{Cron: expression, TimeZone: zone}, begin)
		if err != nil {
			if strings.Contains(err.Error(), "never comes due") {
				rt.Skip()
			}
			rt.Fatal(err)
		}
		minutes := walk(t, zone, begin, begin.AddDate(0, 2, 0))
		checkSlots(rt, s, slotsOf(expression, minutes), minutes)
	})
}

// drawField returns a field with values from low to high.
func drawField(rt *rapid.T, low, high int) string {
	from := rapid.IntRange(low, high).Draw(rt, "from")
	to := rapid.IntRange(from, high).Draw(rt, "to")
	span := strconv.Itoa(from) + "-" + strconv.Itoa(to)
	step := func(size int) string { return "/" + strconv.Itoa(rapid.IntRange(1, max(1, size)).Draw(rt, "step")) }
	switch rapid.IntRange(0, 6).Draw(rt, "kind") {
	case 0:
		return strconv.Itoa(from)
	case 1:
		return span
	case 2:
		return span + step(to-from)
	case 3:
		return strconv.Itoa(to) + "," + span
	case 4:
		return "*" + step(high-low)
	default:
		return "*"
	}
}

// minute is a moment, and what the clocks on the wall show then as if it were UTC. Both
// are minutes since 1970.
type minute struct{ instant, wall int64 }

// before is how many minutes walk begins earlier, so that its caller sees what the clocks
// have shown before.
const before = 2 * 24 * 60

// walk returns all minutes from begin to end.
func walk(t *testing.T, zone string, begin, end time.Time) []minute {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	minutes := make([]minute, 0, before+int(end.Sub(begin)/time.Minute))
	for instant := begin.Add(-before * time.Minute); instant.Before(end); instant = instant.Add(time.Minute) {
		local := instant.In(location)
		year, month, day := local.Date()
		hour, minuteOfHour, _ := local.Clock()
		wall := time.Date(year, month, day, hour, minuteOfHour, 0, 0, time.UTC)
		minutes = append(minutes, minute{instant.Unix() / 60, wall.Unix() / 60})
	}
	return minutes
}

// slotsOf finds the slots in all minutes but those before. Each time of the clocks that
// was not shown yet, or was jumped over, is looked at when it is reached.
func slotsOf(expression string, minutes []minute) []time.Time {
	var slots []time.Time
	matches := matcher(expression)
	isInRealTime := slices.Contains([]string{"*", "*/1", "0-23"}, strings.Fields(expression)[1])
	reached := minutes[0].wall
	for i, m := range minutes {
		isDue := isInRealTime && matches(m.wall)
		for ; reached <= m.wall; reached++ {
			isDue = isDue || !isInRealTime && matches(reached)
		}
		if isDue && i >= before {
			slots = append(slots, time.Unix(m.instant*60, 0).UTC())
		}
	}
	return slots
}

// matcher reads an expression with numbers only.
func matcher(expression string) func(wall int64) bool {
	fields := strings.Fields(expression)
	fields[4] = strings.ReplaceAll(fields[4], "sun", "0")
	var sets [5][60]bool
	for i, highest := range []int{59, 23, 31, 12, 7} {
		for part := range strings.SplitSeq(fields[i], ",") {
			span, stepText, hasStep := strings.Cut(part, "/")
			step := 1
			if hasStep {
				step, _ = strconv.Atoi(stepText)
			}
			first, last := 0, highest
			if i == 2 || i == 3 {
				first = 1 // days and months
			}
			if span != "*" {
				firstText, lastText, isRange := strings.Cut(span, "-")
				first, _ = strconv.Atoi(firstText)
				last = first
				if isRange {
					last, _ = strconv.Atoi(lastText)
				}
			}
			for value := first; value <= last; value += step {
				sets[i][value] = true
			}
		}
	}
	isEither := fields[2][0] != '*' && fields[4][0] != '*'
	isDay := func(t time.Time) bool {
		day, weekday := sets[2][t.Day()], sets[4][t.Weekday()] || t.Weekday() == time.Sunday && sets[4][7]
		return sets[3][t.Month()] && (day && weekday || isEither && (day || weekday))
	}
	today, isToday := int64(-1), false
	return func(wall int64) bool {
		if day := wall / (24 * 60); day != today {
			today, isToday = day, isDay(time.Unix(wall*60, 0).UTC())
		}
		return isToday && sets[0][wall%60] && sets[1][wall/60%24]
	}
}

// checkSlots compares a schedule with the slots that it must have in these minutes.
func checkSlots(t rapid.TB, s schedule.Schedule, want []time.Time, minutes []minute) {
	t.Helper()
	begin, end := time.Unix(minutes[before].instant*60, 0).UTC(), time.Unix(minutes[len(minutes)-1].instant*60, 0).UTC()
	first := s.First(begin.Add(-1))
	if len(want) == 0 {
		if !first.After(end) {
			t.Errorf("%s: the first slot is %s, want none until %s", s, first, end)
		}
		return
	}
	due := s.Due(first, end)
	if first != want[0] || due.Count != int64(len(want)) || due.Latest != want[len(want)-1] || !due.Next.After(end) {
		t.Errorf("%s from %s: %+v, want %d slots through %s", s, first, due, len(want), want[len(want)-1])
	}
	if got := s.Upcoming(first, len(want)); !slices.Equal(got, want) {
		t.Errorf("%s from %s: the slots differ", s, first)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("slot %d is %s, want %s", i, got[i], want[i])
			}
		}
	}
}
