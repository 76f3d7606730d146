package analytics_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/launchtest"
)

// Every query answers as if a launch that the API no longer has were not there.
func TestO9_NoQueryCountsAMissingLaunch(t *testing.T) {
	t.Parallel()
	with, without := launchtest.NewTwelve(t), launchtest.NewTwelve(t)
	// A launch for each of the twelve, which would come first in every list.
	execute(t, with, `INSERT INTO launches
		SELECT id || ' again', name || ' again', flight_number, launched_at + interval '1 day', date_precision, upcoming, success, rocket_id, launchpad_id,
			payload_count, coalesce(payload_mass_kg, 0) + 90000, coalesce(simulated_total_payload_mass_kg, 0) + 90000, simulated_delay_minutes,
			coalesce(slip_minutes, 0) + 900000, fetched_at_timestamp + interval '1 day', '2026-11-03'
		FROM launches`)
	queries := fixedClock(load(t))
	want, got := answer(t, without, queries), answer(t, with, queries)
	for i := range want {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("%s (-without the missing launches +with them):\n%s", want[i].Name, diff)
		}
	}
}
