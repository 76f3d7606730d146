package spacex_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/spacex"
)

const usual = `"name":"x\n\ud83d\ude80","flight_number":-7,"date_utc":"2022-10-05T16:00:00.250Z","date_precision":"hour",` +
	`"upcoming":false,"success":null,"rocket":"r","launchpad":null,"payloads":["q","p","q","É"]`

func TestDecodeLaunch_ReadsTheFieldsOfTheView(t *testing.T) {
	got, err := spacex.DecodeLaunch([]byte(`{"id":"x",` + usual + `}`))
	if err != nil {
		t.Fatal(err)
	}
	name, precision, rocket, flight, upcoming := "x\n🚀", "hour", "r", int32(-7), false
	want := &liftoff.LaunchFields{
		Name: &name, DatePrecision: &precision, RocketID: &rocket, FlightNumber: &flight, Upcoming: &upcoming,
		LaunchedAt: time.Date(2022, 10, 5, 16, 0, 0, 250_000_000, time.UTC), PayloadIDs: []string{"p", "q", "É"},
	}
	if diff := cmp.Diff(want, got.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// What the view reads in more ways than one is left to it.
func TestDecodeLaunch_LeavesUnusualFieldsToTheDatabase(t *testing.T) {
	for old, unusual := range map[string]string{
		`-7`:                         `-7.0 "-7" 1e2 1234567890 true [1]`,
		`"2022-10-05T16:00:00.250Z"`: `"2022-10-05T16:00:00Z" "2022-10-05T16:00:00,250Z" "2022-02-30T16:00:00.000Z" "0000-10-05T16:00:00.000Z" "2022-10-05T24:00:00.000Z" "soon" null 5`,
		`"rocket":"r"`:               `"rocket":{"id":"r"}`,
		`"launchpad":null`:           `"launchpad":{}`,
		`"É"`:                        `null 5 {"id":"p"} ["p"]`,
	} {
		for _, value := range strings.Fields(unusual) {
			got, err := spacex.DecodeLaunch([]byte(`{"id":"x",` + strings.Replace(usual, old, value, 1) + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if got.Fields != nil {
				t.Errorf("with %s the fields are %+v", value, got.Fields)
			}
		}
	}
}
