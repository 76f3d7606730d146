package schedule

import (
	"fmt"
	"strings"
	"time"

	"liftoff"
)

// String returns the schedule as a user would write it, such as `every 15m` or
// `cron "7 * * * *" in Europe/Berlin`.
func (s Schedule) String() string {
	if s.fields == nil {
		return "every " + interval(s.spec.Every)
	}
	return fmt.Sprintf("cron %q in %s", s.spec.Cron, s.spec.TimeZone)
}

// interval returns a duration without parts that are zero: 1h, not 1h0m0s.
func interval(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Words returns a slot for people: on the clock of the schedule's time zone, in UTC,
// and seen from now, such as "Mon 2026-11-30 23:05 CET (22:05 UTC), in 12 minutes".
func (s Schedule) Words(slot, now time.Time) string {
	local, utc := slot.In(s.zone), slot.UTC()
	words := onClock(local)
	switch {
	case local.Format("MST") == "UTC":
	case local.Format(time.DateOnly) == utc.Format(time.DateOnly):
		words += " (" + utc.Format(clockLayout(utc)) + ")"
	default:
		words += " (" + utc.Format(time.DateOnly+" "+clockLayout(utc)) + ")"
	}
	return words + ", " + fromNow(slot.Sub(now))
}

// onClock returns a time with its day, such as "Mon 2026-11-30 23:05 CET".
func onClock(t time.Time) string { return t.Format("Mon " + time.DateOnly + " " + clockLayout(t)) }

// clockLayout leaves out seconds where there are none.
func clockLayout(t time.Time) string {
	if t.Second() == 0 {
		return "15:04 MST"
	}
	return "15:04:05 MST"
}

// fromNow returns how far a time is away, such as "in 12 minutes" or "2 hours ago".
func fromNow(d time.Duration) string {
	size, past := d.Abs(), d < 0
	var words string
	switch {
	case size < time.Second:
		return "now"
	case size < 2*time.Minute:
		words = liftoff.Count(int64(size/time.Second), "second", "seconds")
	case size < 2*time.Hour:
		words = liftoff.Count(int64(size/time.Minute), "minute", "minutes")
	case size < 48*time.Hour:
		words = liftoff.Count(int64(size/time.Hour), "hour", "hours")
	default:
		words = liftoff.Count(int64(size/(24*time.Hour)), "day", "days")
	}
	if past {
		return words + " ago"
	}
	return "in " + words
}
