package replay_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"liftoff/internal/replay"
)

// TestSynthetic_LocalDatesFollowTheLaunchpad compares the offset of each
// local date with the launchpad's time zone, daylight saving included.
func TestSynthetic_LocalDatesFollowTheLaunchpad(t *testing.T) {
	server := synthetic(t)
	pads := byID(t, get(t, server, "/v4/launchpads"))
	checked := make(map[string]int)
	for _, launch := range decode[[]object](t, get(t, server, "/v4/launches")) {
		name := pads[launch["launchpad"].(string)]["timezone"].(string)
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no time zone database: %v", err)
		}
		utc, err := time.Parse("2006-01-02T15:04:05.000Z", launch["date_utc"].(string))
		if err != nil {
			t.Fatal(err)
		}
		local, err := time.Parse(time.RFC3339, launch["date_local"].(string))
		if err != nil {
			t.Fatal(err)
		}
		_, want := utc.In(zone).Zone()
		_, got := local.Zone()
		diff(t, "offset in seconds of "+launch["name"].(string), want, got)
		checked[name]++
	}
	diff(t, "zones", 3, len(checked))
}

// TestSynthetic_StaticFires states that a fire comes days before the launch,
// but for two that carry a date after it, and that one contradicts itself.
func TestSynthetic_StaticFires(t *testing.T) {
	before, after, contradictory := 0, 0, 0
	for _, launch := range decode[[]object](t, get(t, synthetic(t), "/v4/launches/past")) {
		text, known := launch["static_fire_date_utc"].(string)
		if !known {
			diff(t, "null together", nil, launch["static_fire_date_unix"])
			continue
		}
		fire, err := time.Parse("2006-01-02T15:04:05.000Z", text)
		if err != nil {
			t.Fatal(err)
		}
		if float64(fire.Unix()) != launch["static_fire_date_unix"] {
			contradictory++
		}
		if text > launch["date_utc"].(string) {
			after++
		} else {
			before++
		}
	}
	diff(t, "before, after, contradictory", []int{119, 2, 1}, []int{before, after, contradictory})
}

// TestSynthetic_PadsDatesToTheirPrecision states that upcoming dates known to
// the day or month are midnights, as the real API pads them.
func TestSynthetic_PadsDatesToTheirPrecision(t *testing.T) {
	for _, launch := range decode[[]object](t, get(t, synthetic(t), "/v4/launches/upcoming")) {
		at, err := time.Parse(time.RFC3339, launch["date_utc"].(string))
		if err != nil {
			t.Fatal(err)
		}
		midnight := at.Truncate(24 * time.Hour).Equal(at)
		switch launch["date_precision"] {
		case "day":
			diff(t, "midnight", true, midnight)
		case "month":
			diff(t, "first of the month", []any{true, 1}, []any{midnight, at.Day()})
		}
	}
}

func TestSynthetic_SmallestSetIsOneFlownLaunch(t *testing.T) {
	server := newServer(t, replay.Options{Count: 1})
	latest := decode[object](t, get(t, server, "/v4/launches/latest"))
	diff(t, "flight number", any(1.0), latest["flight_number"])
	diff(t, "upcoming", any(false), latest["upcoming"])
	diff(t, "next", http.StatusBadRequest, call(t, server, http.MethodGet, "/v4/launches/next", "").StatusCode)
	known := column[string](t, decode[[]object](t, get(t, server, "/v4/payloads")), "id")
	for _, id := range listOf(latest, "payloads") {
		if !slices.Contains(known, id.(string)) {
			t.Errorf("payload %v is not listed", id)
		}
	}
}
