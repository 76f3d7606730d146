// Package liftoff holds the domain: launches, what a run did with them, and
// the closed set of failure categories with their exit codes. It imports the
// standard library only; every other package of the module may import it.
package liftoff

import "time"

// Launch is one launch as the source sent it.
type Launch struct {
	// ID is the launch's identifier at its source: 1 to 128 bytes. It is the only
	// key (in the SpaceX API, flight_number has duplicates).
	ID string
	// PayloadCount is the length of the document's payloads list; 0 when the
	// list is absent or null.
	PayloadCount int
	// IsUpcoming says that the launch has not flown yet, according to the source.
	IsUpcoming bool
	// Raw is the launch's whole JSON document, byte for byte as received.
	Raw []byte
	// Drift names the fields that are absent or of another type than the source's
	// contract says, such as "name is missing", in the order of the contract;
	// empty for nearly all launches.
	Drift []string
	// Fields are the columns that the document fills; nil for an unusual document,
	// which the database reads itself.
	Fields *LaunchFields
}

// LaunchFields are what the view launches shows of a document. They must be exactly
// what the view launches_from_documents makes of it. nil and zero stand for NULL.
type LaunchFields struct {
	Name, DatePrecision, RocketID, LaunchpadID *string
	FlightNumber                               *int32
	// LaunchedAt is in UTC.
	LaunchedAt        time.Time
	Upcoming, Success *bool
	// PayloadIDs are the payloads that the launch lists, each once, in the order of
	// their bytes.
	PayloadIDs []string
}

// EnrichedLaunch is a launch with the values that this program adds to it:
// one row of raw_launches.
type EnrichedLaunch struct {
	Launch
	// FetchedAt is the moment the launch was received, in UTC.
	FetchedAt time.Time
	// SimulatedPayloadMassKg is the simulated total payload mass: 2,000 to
	// 6,000 kg for each payload, summed; 0 without payloads.
	SimulatedPayloadMassKg int
	// SimulatedDelayMinutes is the simulated launch delay: 0 to 120 minutes.
	SimulatedDelayMinutes int
}

// Page is one answer of the source: some launches, and how many there are in
// all.
type Page struct {
	// Number counts from 1.
	Number int
	// Launches are in the order in which the source sent them.
	Launches []Launch
	// Rejected are the records of the page that cannot be stored as launches.
	Rejected []RejectedRecord
	// Repeated is how many records of the page came earlier in this run with the
	// same bytes; they are in neither list.
	Repeated int
	// Gaps are the ranges before this page that could not be fetched.
	Gaps []Gap
	// TotalLaunches is how many the source says there are over all pages.
	TotalLaunches int
}

// RejectedRecord is a record of the source that cannot be stored as a launch.
type RejectedRecord struct {
	Reason RejectReason
	// Detail says in one line what is wrong, and where.
	Detail string
	// LaunchID is the id of the launch; empty if it cannot be told.
	LaunchID string
	// URL is where the record came from.
	URL string
	// Body is the record byte for byte as received.
	Body []byte
}

// RejectReason says why a record cannot be stored; the set is closed and is
// checked by the table quarantined_records.
type RejectReason string

// The reasons for which a record is put into quarantine.
const (
	// InvalidJSON is broken or ambiguous JSON: invalid UTF-8, lone surrogates,
	// duplicate names.
	InvalidJSON RejectReason = "invalid_json"
	// NotAnObject is a record of another JSON type.
	NotAnObject RejectReason = "not_an_object"
	// MissingID is a record without an id, or with an empty one.
	MissingID RejectReason = "missing_id"
	// InvalidID is an id that is not a string, is too long, or holds control
	// characters or slashes.
	InvalidID RejectReason = "invalid_id"
	// InvalidPayloads is a value of payloads that is not a list, or is far too long.
	InvalidPayloads RejectReason = "invalid_payloads"
	// NotStorable is what JSONB cannot hold: a NUL character, a huge number.
	NotStorable RejectReason = "not_storable"
	// ConflictingDuplicate is a launch that came twice in a run with different
	// contents, so that it is not known which is right.
	ConflictingDuplicate RejectReason = "conflicting_duplicate"
	// RefusedByDatabase is a record that PostgreSQL itself refused.
	RefusedByDatabase RejectReason = "refused_by_database"
	// OffContract is a launch that drifts, when the settings say that such a launch
	// is not to be stored.
	OffContract RejectReason = "off_contract"
)

// RejectReasons returns all reasons.
func RejectReasons() []RejectReason {
	return []RejectReason{
		InvalidJSON, NotAnObject, MissingID, InvalidID, InvalidPayloads,
		NotStorable, ConflictingDuplicate, RefusedByDatabase, OffContract,
	}
}

// QuarantinedRecord is a record in quarantine.
type QuarantinedRecord struct {
	RejectedRecord
	// ID is the record's number in the quarantine.
	ID int64
	// RunID is the run that fetched it first; 0 when that is not known.
	RunID int64
	// Source is that run's API; empty when that is not known.
	Source string
	// FirstSeenAt and LastSeenAt are in UTC.
	FirstSeenAt, LastSeenAt time.Time
	// IsSuperseded says that the launch was received since in another state, which
	// is stored.
	IsSuperseded bool
	// Length and SHA256 are of the record as received; Body is only its beginning
	// when IsTruncated.
	Length      int64
	SHA256      []byte
	IsTruncated bool
	// Retries is how often it was retried.
	Retries int
	// ResolvedAt is when (UTC) a retry stored it, and ResolvedRunID the run that
	// did; zero while it is in quarantine.
	ResolvedAt    time.Time
	ResolvedRunID int64
}

// Gap is a range that could not be fetched: the launches between two ids, both
// excluded.
type Gap struct {
	// AfterID is empty for the very beginning.
	AfterID string
	// BeforeID is empty for the end.
	BeforeID string
}

// Revision is one state of a launch's document.
type Revision struct {
	// Number is 1 for the document in raw_launches and counts up.
	Number int
	// FirstSeenAt is in UTC.
	FirstSeenAt time.Time
	// RunID is the run that fetched it; 0 when that is not known.
	RunID int64
	// Raw is the document as the database returns it: the same content, perhaps
	// with its keys in another order.
	Raw []byte
}

// Reference is a record that launches refer to: a payload, rocket or launchpad.
type Reference struct {
	ID string
	// Raw is the whole JSON document, byte for byte as received.
	Raw []byte
	// Payload are the columns that a payload's document fills; nil for other kinds.
	Payload *PayloadFields
}

// PayloadFields are what the view payloads shows of a document. nil stands for NULL.
type PayloadFields struct {
	Name, Type, Orbit, Regime *string
	// MassKg is the mass in kg, from 0 to 10,000,000.
	MassKg *float64
}

// ReferenceKind is a collection of the source that launches refer to.
type ReferenceKind string

// The kinds of references that are kept.
const (
	Payloads   ReferenceKind = "payloads"
	Rockets    ReferenceKind = "rockets"
	Launchpads ReferenceKind = "launchpads"
)

// ReferenceKinds returns all kinds, in the order in which they are fetched.
func ReferenceKinds() []ReferenceKind { return []ReferenceKind{Payloads, Rockets, Launchpads} }
