package spacex_test

import (
	"encoding/json"
	"testing"

	"liftoff/internal/source/spacex"
)

// The contract is what the real API keeps to: none of its launches drifts.
func TestA32_NoRealLaunchDrifts(t *testing.T) {
	lists := map[string]int{
		"spacex-v4-2021-04-22-exchanges/bodies/launches.json":          142,
		"spacex-v4-2021-04-22-exchanges/bodies/past_launches.json":     122,
		"spacex-v4-2021-04-22-exchanges/bodies/upcoming_launches.json": 20,
		"spacex-v5-final-state/launches_v5.json":                       205,
	}
	for file, count := range lists {
		var documents []json.RawMessage
		if err := json.Unmarshal(readCapture(t, file), &documents); err != nil {
			t.Fatal(err)
		}
		if len(documents) != count {
			t.Errorf("%s has %d launches, want %d", file, len(documents), count)
		}
		for _, raw := range documents {
			checkNoDrift(t, file, raw)
		}
	}
	for _, file := range []string{
		"spacex-v4-2021-04-22-exchanges/bodies/latest_launch.json",
		"spacex-v4-2021-04-22-exchanges/bodies/next_launch.json",
		"spacex-v4-2021-04-22-exchanges/bodies/get_launch.json",
		"spacex-docs-examples/launches__v4__latest.json",
		"spacex-docs-examples/launches__v4__next.json",
		"spacex-docs-examples/launches__v4__one.json",
		"spacex-docs-examples/launches__v5__latest.json",
		"spacex-docs-examples/launches__v5__next.json",
		"spacex-docs-examples/launches__v5__one.json",
		"spacex-v4-single-records/launch__full.json",
		"spacex-v4-single-records/launch__latest.json",
		"spacex-v4-single-records/launch__launch.json",
		"spacex-v4-single-records/launch__next.json",
		"spacex-v4-single-records/launch__past.json",
		"spacex-v4-single-records/launch__upcoming.json",
	} {
		checkNoDrift(t, file, readCapture(t, file))
	}
}

func checkNoDrift(t *testing.T, file string, raw []byte) {
	t.Helper()
	launch, err := spacex.DecodeLaunch(raw)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	if len(launch.Drift) > 0 {
		t.Errorf("%s: launch %s drifts: %v", file, launch.ID, launch.Drift)
	}
}

// A synthetic launch is like a real one.
func TestLaunches_NoSyntheticLaunchDrifts(t *testing.T) {
	pages, err := all(t.Context(), replayed(t, sources()["synthetic"](t)))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, page := range pages {
		for _, launch := range page.Launches {
			count++
			if len(launch.Drift) > 0 {
				t.Errorf("launch %s drifts: %v", launch.ID, launch.Drift)
			}
		}
	}
	if count != 150 {
		t.Errorf("%d launches, want 150", count)
	}
}
