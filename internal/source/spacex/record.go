package spacex

import (
	"slices"

	"liftoff"
)

// record is one document of a page. It is rejected when its reason is set; then
// it has no id.
type record struct {
	id  string
	raw []byte
	// payloadCount, isUpcoming, drift and fields are those of a launch.
	payloadCount int
	isUpcoming   bool
	drift        []string
	fields       *liftoff.LaunchFields
	// payload is what is shown of a payload.
	payload *liftoff.PayloadFields
	// reason and detail say why it cannot be stored, and launchID whose state it is,
	// if that can be told; url is where it came from.
	reason   liftoff.RejectReason
	detail   string
	launchID string
	url      string
}

// newRecord decodes one document of a kind that the noun names.
func newRecord(raw []byte, url, noun string) record {
	decoded, err := decodeDocument(raw, noun)
	return decoded.from(raw, url, err)
}

// from returns the record with its bytes and where they came from, rejected
// when err is not nil.
func (r record) from(raw []byte, url string, err error) record {
	raw = slices.Clip(raw) // appending to it must not write over the next one
	if err != nil {
		rejected := rejectedRecord(raw, url, err)
		rejected.launchID = r.id
		return rejected
	}
	r.raw, r.url = raw, url
	return r
}

// isRejected reports whether the record cannot be stored.
func (r record) isRejected() bool { return r.reason != "" }

// launch returns the record as a launch.
func (r record) launch() liftoff.Launch {
	return liftoff.Launch{ID: r.id, PayloadCount: r.payloadCount, IsUpcoming: r.isUpcoming, Drift: r.drift, Fields: r.fields, Raw: r.raw}
}

// asRejected returns a record that is rejected as the domain knows it.
func (r record) asRejected() liftoff.RejectedRecord {
	return liftoff.RejectedRecord{Reason: r.reason, Detail: r.detail, LaunchID: r.launchID, URL: r.url, Body: r.raw}
}

// found is what one step of a walk hands out: the records that did not come
// before.
type found struct {
	// number counts from 1.
	number  int
	records []record
	// repeated is how many further records came before, with the same bytes.
	repeated int
	// gaps are the parts of the collection before this page that could not be
	// fetched.
	gaps []liftoff.Gap
	// total is how many records the API announces in all.
	total int
}

// page returns what was found as a page of launches.
func (f found) page() liftoff.Page {
	page := liftoff.Page{Launches: make([]liftoff.Launch, 0, len(f.records)), Number: f.number, Repeated: f.repeated, Gaps: f.gaps, TotalLaunches: f.total}
	for _, each := range f.records {
		if each.isRejected() {
			page.Rejected = append(page.Rejected, each.asRejected())
		} else {
			page.Launches = append(page.Launches, each.launch())
		}
	}
	return page
}
