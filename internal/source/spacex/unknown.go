package spacex

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/source/fetch"
)

// documentedFields are the fields of a launch, of the API's versions 4 and 5.
const documentedFields = " auto_update capsules cores crew date_local date_precision date_unix date_utc details failures fairings " +
	"flight_number id launch_library_id launchpad links name net payloads rocket ships static_fire_date_unix " +
	"static_fire_date_utc success tbd tdb upcoming window "

// maxReportedFields bounds what is logged of an API that invents names.
const maxReportedFields = 20

// reportUnknown logs once which fields launches have that the API does not
// document: they are stored like the others, but users may want to know. The
// first launch of a page stands for all of it.
func (w *walk) reportUnknown(ctx context.Context, records []record) {
	if w.noun != launchNoun || len(w.reported) >= maxReportedFields {
		return
	}
	first := slices.IndexFunc(records, func(r record) bool { return !r.isRejected() })
	if first < 0 {
		return
	}
	var unknown []string
	decoder := jsontext.NewDecoder(bytes.NewReader(records[first].raw))
	_ = eachMember(decoder, func(text []byte) error { // it was read before without an error
		name := string(text)
		if len(w.reported) < maxReportedFields && !strings.Contains(documentedFields, " "+name+" ") && !slices.Contains(w.reported, name) {
			unknown = append(unknown, fetch.OneLine(name, 40))
			w.reported = append(w.reported, name)
		}
		return decoder.SkipValue()
	})
	if len(unknown) > 0 {
		w.client.logger.InfoContext(ctx, "Launches have fields that the API does not document. Stored launches keep them.",
			"fields", strings.Join(unknown, ", "))
	}
}
