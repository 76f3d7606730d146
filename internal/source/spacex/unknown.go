package spacex

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// documentedFields are the fields of a launch, of the API's versions 4 and 5.
const documentedFields = " auto_update capsules cores crew date_local date_precision date_unix date_utc details failures fairings " +
	"flight_number id launch_library_id launchpad links name net payloads rocket ships static_fire_date_unix " +
	"static_fire_date_utc success tbd tdb upcoming window "

// maxReportedFields bounds what is said of an API that invents names.
const maxReportedFields = 20

// reportUnknown says once which fields launches have that the API does not
// document: they are stored like the others, but somebody may want to read
// them. The first launch of a page stands for all of it.
func (w *walk) reportUnknown(ctx context.Context, records []record) {
	if w.collection != "launches" || len(w.reported) >= maxReportedFields {
		return
	}
	first := slices.IndexFunc(records, func(r record) bool { return r.rejected == nil })
	if first < 0 {
		return
	}
	var unknown []string
	decoder := jsontext.NewDecoder(bytes.NewReader(records[first].raw()))
	_ = eachMember(decoder, func(name string) error { // a launch has been read before without an error
		if !strings.Contains(documentedFields, " "+name+" ") && !slices.Contains(w.reported, name) {
			unknown = append(unknown, oneLine(name, 40))
			w.reported = append(w.reported, name)
		}
		return decoder.SkipValue()
	})
	if len(unknown) > 0 {
		w.client.options.Logger.InfoContext(ctx, "Launches have fields that the API does not document; they are stored too.",
			"fields", strings.Join(unknown[:min(len(unknown), maxReportedFields)], ", "))
	}
}
