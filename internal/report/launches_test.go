package report_test

import (
	"testing"
	"time"

	"liftoff/internal/report"
)

// A date is shown no more precisely than it is known.
func TestLaunchDate(t *testing.T) {
	t.Parallel()
	at := time.Date(2022, 10, 5, 16, 0, 59, 0, time.FixedZone("", 3600))
	for precision, want := range map[string]string{
		"hour": "2022-10-05 15:00", "day": "2022-10-05", "month": "2022-10", "quarter": "2022 Q4", "half": "2022 H2", "year": "2022",
		"": "2022-10-05", "century": "2022-10-05",
	} {
		if got := report.LaunchDate(at, precision); got != want {
			t.Errorf("known to the %s: %q, want %q", precision, got, want)
		}
	}
	if got := report.LaunchDate(time.Date(2022, 6, 30, 0, 0, 0, 0, time.UTC), "half"); got != "2022 H1" {
		t.Errorf("the end of June is in %q", got)
	}
	if got := report.LaunchDate(time.Date(2022, 6, 30, 0, 0, 0, 0, time.UTC), "quarter"); got != "2022 Q2" {
		t.Errorf("the end of June is in %q", got)
	}
}
