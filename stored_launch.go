package liftoff

import (
	"fmt"
	"time"
)

// StoredLaunch is a launch as the view launches shows it. nil, empty and zero stand
// for NULL; all times are in UTC.
type StoredLaunch struct {
	ID, Name string
	// LaunchedAt is as precise as DatePrecision says, such as month.
	LaunchedAt       time.Time
	DatePrecision    string
	Rocket, RocketID string
	// Launchpad is its short name.
	Launchpad, LaunchpadID string
	Upcoming, Success      *bool
	// MissingSince is zero while the source has the launch.
	MissingSince time.Time
	// PayloadMassKg is the real mass of all payloads; nil unless all are known.
	PayloadMassKg *float64
	// SimulatedPayloadMassKg and SimulatedDelayMinutes are nil in a row of another
	// program.
	SimulatedPayloadMassKg, SimulatedDelayMinutes *int64
}

// LaunchDetails is everything that is known of a stored launch.
type LaunchDetails struct {
	StoredLaunch

	FlightNumber *int64
	// LaunchpadName is its full name.
	LaunchpadName string
	PayloadCount  int64
	SlipMinutes   *int64
	// FetchedAt and RevisedAt are when its first and its newest state were stored.
	FetchedAt, RevisedAt time.Time
	// Revisions is how many states of the document are stored, the first one included.
	Revisions int64
	Payloads  []StoredPayload
	// Raw is the newest document.
	Raw []byte
}

// StoredPayload is a payload that a launch lists. All but the ID is empty or nil if it
// is not stored or the API does not tell it.
type StoredPayload struct {
	ID, Name, Type, Orbit string
	MassKg                *float64
}

// RunDetails is everything that the database knows of a run.
type RunDetails struct {
	LedgerRow
	// OwesReferences says that no run has fetched since all that its launches refer to.
	OwesReferences bool
	// OpenRecords is how many of its records are in quarantine still.
	OpenRecords int64
	// Watermark is the source's, as it is now; zero before the first.
	Watermark time.Time
}

// NextStep says what the user can do about how the run ended, with commands in
// backquotes; empty for nothing.
func (r RunDetails) NextStep() string {
	switch {
	case r.Status == RunFailed || r.Status == RunInterrupted || r.Status == RunCrashed:
		return "run the command again; what it has stored stays"
	case len(r.Gaps) > 0:
		return "`liftoff ingest --new` fetches the gaps"
	case r.OwesReferences:
		return "`liftoff ingest --new` fetches what its launches refer to"
	case r.OpenRecords > 0:
		return fmt.Sprintf("`liftoff quarantine list --run %d` says why its records are not stored", r.ID)
	default:
		return ""
	}
}
