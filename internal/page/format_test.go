package page_test

import (
	"math"
	"testing"
	"time"

	"liftoff/internal/page"
)

func TestFormats(t *testing.T) {
	number := func(n float64) *float64 { return &n }
	minutes := func(n int64) *int64 { return &n }
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{page.Count(0), "0"},
		{page.Count(999), "999"},
		{page.Count(1234567), "1,234,567"},
		{page.Count(-1000), "-1,000"},
		{page.Count(-100), "-100"},
		{page.Kilograms(nil), "—"},
		{page.Kilograms(number(13260)), "13,260"},
		{page.Kilograms(number(425.46)), "425.5"},
		{page.Kilograms(number(math.NaN())), "—"},
		{page.Kilograms(number(math.Inf(1))), "—"},
		{page.Minutes(nil), "—"},
		{page.Minutes(minutes(0)), "0 min"},
		{page.Minutes(minutes(5*1440 + 1)), "+5 d 1 min"},
		{page.Minutes(minutes(-351)), "−5 h 51 min"},
		{page.Moment(time.Time{}), "—"},
		{page.Moment(now.In(time.FixedZone("", 3600))), "1 Dec 2026, 12:00 UTC"},
		{page.LaunchDay(now, "hour"), "1 Dec 2026, 12:00"},
		{page.LaunchDay(now, "day"), "1 Dec 2026"},
		{page.LaunchDay(now, "month"), "Dec 2026"},
		{page.LaunchDay(now, "quarter"), "2026 Q4"},
		{page.LaunchDay(now, "year"), "2026"},
		{page.LaunchDay(time.Time{}, "hour"), "—"},
		{page.Ago(time.Time{}, now), "never"},
		{page.Ago(now, now), "just now"},
		{page.Ago(now.Add(time.Hour), now), "just now"},
		{page.Ago(now.Add(-time.Second), now), "1 second ago"},
		{page.Ago(now.Add(-150*time.Second), now), "2 minutes ago"},
		{page.Ago(now.Add(-25*time.Hour), now), "1 day ago"},
		{page.Ago(now.AddDate(-5, 0, 0), now), "1,826 days ago"},
		{page.Bytes(2268), "2,268 bytes"},
		{page.Bytes(200 << 10), "200 KiB"},
		{page.Bytes(3 << 19), "1.5 MiB"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
