package schedule_test

import (
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/schedule"
)

// An error shows the nearest right form, and when that comes due in the user's own zone.
func TestParse_ShowsTheNextThreeTimesOfTheNearestForm(t *testing.T) {
	_, err := schedule.Parse(schedule.Spec{Cron: "0 24 * * *", TimeZone: "Europe/Berlin"}, now)
	const says, hint = `cron expression "0 24 * * *": the hour may be 0 to 23, but not "24"`,
		`write "0 0 * * *", which is next due Tue 2026-12-01 00:00 CET, Wed 2026-12-02 00:00 CET, Thu 2026-12-03 00:00 CET`
	if err == nil || err.Error() != says || liftoff.HintOf(err) != hint || liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("got  %v. Next: %s\nwant %s. Next: %s", err, liftoff.HintOf(err), says, hint)
	}
}

func TestParse_RefusesExpressions(t *testing.T) {
	const (
		minute    = "the minute may be 0 to 59, but not "
		day       = "the day of month may be 1 to 31, but not "
		month     = "the month may be 1 to 12 or jan to dec, but not "
		weekday   = "the day of week may be 0 to 7 or sun to sat, with 0 and 7 for Sunday, but not "
		needsFive = " and needs five: minute, hour, day of month, month, day of week"
	)
	for _, test := range []struct{ expression, says, nearest string }{
		{"x * * * *", minute + `"x"`, "0 * * * *"},
		{"60 * * * *", minute + `"60"`, "0 * * * *"},
		{"99 * * * *", minute + `"99"`, "59 * * * *"},
		{"99999999999999999999 * * * *", minute + `"99999999999999999999"`, "59 * * * *"},
		{"-5 * * * *", minute + `"-5"`, "0 * * * *"},
		{"+5 * * * *", minute + `"+5"`, "0 * * * *"},
		{"1.5 * * * *", minute + `"1.5"`, "0 * * * *"},
		{"1-2-3 * * * *", minute + `"1-2-3"`, "0 * * * *"},
		{"1/2/3 * * * *", minute + `"1/2/3"`, "0 * * * *"},
		{"*5 * * * *", minute + `"*5"`, "0 * * * *"},
		{"H * * * *", minute + `"H"`, "0 * * * *"},
		{"0-60/15 * * * *", minute + `"0-60/15"`, "0-59/15 * * * *"},
		{"1,60,61 24 * * *", minute + `"60"`, "1,0,59 0 * * *"},
		{"0 0 0 * *", day + `"0"`, "0 0 1 * *"},
		{"0 0 32 * *", day + `"32"`, "0 0 31 * *"},
		{"0 0 L * *", day + `"L"`, "0 0 28 * *"},
		{"0 0 LW * *", day + `"LW"`, "0 0 28 * *"},
		{"0 0 15W * *", day + `"15W"`, "0 0 15 * *"},
		{"0 0 99W * *", day + `"99W"`, "0 0 31 * *"},
		{"0 0 ? * 1", day + `"?"`, "0 0 * * 1"},
		{"0 0 * 13 *", month + `"13"`, "0 0 * 12 *"},
		{"0 0 * 0 *", month + `"0"`, "0 0 * 1 *"},
		{"0 0 * sept *", month + `"sept"`, "0 0 * sep *"},
		{"0 0 * * 8", weekday + `"8"`, "0 0 * * 7"},
		{"0 0 * * monday-Friday", weekday + `"monday-Friday"`, "0 0 * * mon-fri"},
		{"0 0 * * 5#2", weekday + `"5#2"`, "0 0 * * 5"},
		{"0 0 * * friL", weekday + `"friL"`, "0 0 * * fri"},
		{"5-1 * * * *", `the minute has the range "5-1", which runs backwards`, "5-59,0-1 * * * *"},
		{"0 22-6 * * *", `the hour has the range "22-6", which runs backwards`, "0 22-23,0-6 * * *"},
		{"0 0 * nov-jan *", `the month has the range "nov-jan", which runs backwards`, "0 0 * 11-12,1 *"},
		{"0 0 * * fri-mon", `the day of week has the range "fri-mon", which runs backwards`, "0 0 * * 5-7,1"},
		{"0 0 * * sat-sun", `the day of week has the range "sat-sun", which runs backwards`, "0 0 * * 6-7"},
		{"*/90 * * * *", `the minute has a step in "*/90" that is longer than the range; --every 90m does that`, "0 * * * *"},
		{"0 */36 * * *", `the hour has a step in "*/36" that is longer than the range; --every 36h does that`, "0 0 * * *"},
		{"*/60 * * * *", `the minute has a step in "*/60" that is longer than the range`, "0 * * * *"},
		{"10-20/11 * * * *", `the minute has a step in "10-20/11" that is longer than the range`, "10 * * * *"},
		{"*/99999999999999999999 * * * *", `the minute has a step in "*/99999999999999999999" that is longer than the range`, "0 * * * *"},
		{"0 */0 * * *", `the hour has the step 0 in "*/0"`, "0 * * * *"},
		{"5/15 * * * *", `the minute has a step after a single value in "5/15"`, "5-59/15 * * * *"},
		{"0,,5 * * * *", "the minute has a comma too many", "0,5 * * * *"},
		{", * * * *", "the minute has a comma too many", "0 * * * *"},
		{" ", "it is empty; it needs five fields: minute, hour, day of month, month, day of week", "7 * * * *"},
		{"7", "it has 1 field" + needsFive, "7 * * * *"},
		{"0 5", "it has 2 fields" + needsFive, "0 5 * * *"},
		{"0 0 5 * * *", "it has 6 fields and needs five: seconds and years are not supported", "0 5 * * *"},
		{"0 0 12 * * ? *", "it has 7 fields and needs five: seconds and years are not supported", "0 12 * * *"},
		{"0 5 * * * liftoff ingest", "it has 7 fields" + needsFive, "0 5 * * *"},
		{"@daily", "@daily is not supported; five fields say when, or --every says how often", "0 0 * * *"},
		{"@hourly", "@hourly is not supported; five fields say when, or --every says how often", "0 * * * *"},
		{"@every 5m", "@every is not supported; five fields say when, or --every says how often", ""},
		{"CRON_TZ=UTC 0 5 * * *", "it names a time zone, which --time-zone does", "0 5 * * *"},
		{"0\u00a05 * * *", "it has the character U+00A0, which is in no expression", "0 5 * * *"},
		{"0 5\u200b * * *", "it has the character U+200B, which is in no expression", "0 5 * * *"},
		{"0 9–17 * * *", "it has the character U+2013 '–', which is in no expression", "0 9-17 * * *"},
		{"'0 5 * * *'", "it has the character U+0027 ''', which is in no expression", "0 5 * * *"},
		{"0 5 * * *\xff", "it has the character U+FFFD '�', which is in no expression", "0 5 * * *"},
		{strings.Repeat("1,", 400) + "1 * * * *", "it has 809 characters, more than 600", ""},
		{"0 0 31 2 *", "it never comes due: there is no day 31 in month 2", "0 0 28 2 *"},
		{"* * 30 feb *", "it never comes due: there is no day 30 in month feb", "* * 28 feb *"},
		{"0 0 31 4,6,9,11 *", "it never comes due: there is no day 31 in month 4,6,9,11", "0 0 30 4,6,9,11 *"},
		{"0 0 31 2 */2", "it never comes due: there is no day 31 in month 2", "0 0 28 2 */2"},
	} {
		begin := time.Now()
		_, err := schedule.Parse(schedule.Spec{Cron: test.expression}, now)
		if err == nil {
			t.Errorf("%q is accepted, want: %s", test.expression, test.says)
			continue
		}
		if !strings.HasSuffix(err.Error(), ": "+test.says) || liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("%q: %v, want: %s", test.expression, err, test.says)
		}
		hint := `write "` + test.nearest + `", which is next due `
		if test.nearest == "" {
			hint = `give five fields, such as "7 * * * *"`
		}
		if !strings.HasPrefix(liftoff.HintOf(err), hint) {
			t.Errorf("%q: the hint is %s, want %s", test.expression, liftoff.HintOf(err), hint)
		}
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("%q: the error takes %s", test.expression, took)
		}
	}
}

// A weekday is enough where the months lack the day.
func TestParse_TakesDaysThatOnlyTheWeekdayMakesDue(t *testing.T) {
	s := mustParse(t, schedule.Spec{Cron: "0 0 31 2 1"})
	if first := s.First(now); first != at(t, "2027-02-01T00:00:00Z") {
		t.Errorf("First() = %s, want the first Monday of February", first)
	}
}

// FuzzParse checks that an expression is either refused with a next step or comes due
// again and again, and that its plainest form means the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"7 * * * *", "*/15 0-23/2 1,15 jan-mar mon", "0 0 31 2 *", "0 0 29 2 */7", "5-1 * * * *", "0-60/15 22-6 ? L 5#2", "0,,5 * * * *", "@daily", "@every 1s",
		"TZ=UTC * * * * *", "0\u00a05 * * *", "'7 * * * *'", "00 00 01 01 07", "*/1 */1 */1 */1 */1", "59-59/1 * * * *", "7/2 8/2 9/2 10/2 6/2", "\xff", "TZ=TZ=", "",
	} {
		f.Add(seed, "Europe/Berlin")
	}
	f.Add("30 2 * * *", "Pacific/Apia")
	f.Add("30 2 * * *", "local")
	f.Fuzz(func(t *testing.T, expression, zone string) {
		s, err := schedule.Parse(schedule.Spec{Cron: expression, TimeZone: zone}, now)
		if err != nil {
			if liftoff.CategoryOf(err) != liftoff.Usage || liftoff.HintOf(err) == "" || len(err.Error()) > 5000 {
				t.Errorf("%q in %q: %v, want a usage error with a hint", expression, zone, err)
			}
			return
		}
		upcoming := s.Upcoming(s.First(now), 4)
		for i, slot := range upcoming {
			if !slot.After(now) || i > 0 && !slot.After(upcoming[i-1]) || slot.Location() != time.UTC {
				t.Fatalf("%s has the slots %s", s, upcoming)
			}
		}
		if due := s.Due(upcoming[0], upcoming[2]); due != (schedule.Slots{Count: 3, Latest: upcoming[2], Next: upcoming[3]}) {
			t.Errorf("%s: Due() = %+v, but the slots are %s", s, due, upcoming)
		}
		if again, err := schedule.Parse(s.Spec(), now); err != nil || again.Spec() != s.Spec() || again.First(now) != upcoming[0] {
			t.Errorf("%s is not the same when it is parsed again: %v", s, err)
		}
	})
}
