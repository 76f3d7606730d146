package spacex_test

import (
	"fmt"
	"testing"

	"liftoff/internal/source/spacex"
)

// A date that the view launches_from_documents does not take for one is left to it,
// also if time.Parse takes it.
func TestDecodeLaunch_LeavesOddDatesToTheDatabase(t *testing.T) {
	t.Parallel()
	for date, isUsual := range map[string]bool{
		"2006-03-24T22:30:00.000Z": true, "2006-03-24T22:30:00.999Z": true, "9999-12-31T23:59:59.999Z": true, "0001-01-01T00:00:00.001Z": true,
		"2006-03-24T22:30:00,000Z": false, "2006-03-24T22:30:00.+12Z": false, "2006-03-24T22:30:00.-00Z": false, "2006-03-24T22:30:00Z": false,
		"2006-02-30T22:30:00.000Z": false, "0000-01-01T00:00:00.000Z": false, "2006-03-24T24:00:00.000Z": false, "2006-03-24T22:30:60.000Z": false,
		"2006-03-24T22:30:00.000+": false, "0001-01-01T00:00:00.000Z": false, "": false,
	} {
		launch, err := spacex.DecodeLaunch(fmt.Appendf(nil, `{"id": "5eb87cd9ffd86e000604b32a", "date_utc": %q}`, date))
		if err != nil {
			t.Errorf("%q: %v", date, err)
			continue
		}
		if isRead := launch.Fields != nil; isRead != isUsual || isRead && launch.Fields.LaunchedAt.IsZero() {
			t.Errorf("%q: the fields are %+v", date, launch.Fields)
		}
	}
}
