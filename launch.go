// Package liftoff holds the domain: launches, what a run did with them, and
// the closed set of failure categories with their exit codes. It imports the
// standard library only; every other package of the module may import it.
package liftoff

import "time"

// Launch is one launch as the source sent it.
type Launch struct {
	// ID is the launch's identifier in the SpaceX API, 24 hexadecimal digits
	// in practice; it is never empty and is the only key there is
	// (flight_number has duplicates and gaps).
	ID string
	// PayloadCount is the length of the document's payloads list; 0 when the
	// list is absent or null.
	PayloadCount int
	// Raw is the launch's whole JSON document, byte for byte as received.
	Raw []byte
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

// RunSummary is what one ingestion run did. Fetched = Inserted + Unchanged
// holds for every run that ended without an error.
type RunSummary struct {
	// StartedAt and FinishedAt are in UTC.
	StartedAt, FinishedAt time.Time
	// Pages is the number of answers the launches came in.
	Pages int
	// Fetched is the number of launches received.
	Fetched int
	// Inserted is the number of launches that were new to the database.
	Inserted int
	// Unchanged is the number of launches that the database already had;
	// their first values were left untouched.
	Unchanged int
	// Bytes is the total size of the launches' JSON documents.
	Bytes int64
}

// Page is one answer of the source: some launches and how many there are in
// all.
type Page struct {
	// Number counts from 1.
	Number int
	// Launches are in the order in which the source sent them.
	Launches []Launch
	// TotalLaunches is how many the source says there are over all pages.
	TotalLaunches int
}
