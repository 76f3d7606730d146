package liftoff

import "time"

// Outcome says how a launch went; the set is closed.
type Outcome string

// The outcomes of a launch.
const (
	OutcomeSuccess Outcome = "success"
	OutcomeFailure Outcome = "failure"
	// OutcomeUnknown is that of a launch that has flown, or may have, and for which the
	// source does not say how it went.
	OutcomeUnknown Outcome = "unknown"
	// OutcomeUpcoming is that of a launch that has not flown by the source's own flag,
	// whatever its date.
	OutcomeUpcoming Outcome = "upcoming"
)

// Outcomes returns all outcomes, in the order in which people read them.
func Outcomes() []Outcome {
	return []Outcome{OutcomeSuccess, OutcomeFailure, OutcomeUnknown, OutcomeUpcoming}
}

// OutcomeOf returns how a launch went by the source's flags, either of which may be nil.
func OutcomeOf(upcoming, success *bool) Outcome {
	switch {
	case upcoming != nil && *upcoming:
		return OutcomeUpcoming
	case success == nil:
		return OutcomeUnknown
	case *success:
		return OutcomeSuccess
	default:
		return OutcomeFailure
	}
}

// MinSearchLetters is how many letters a search over many launches needs: with fewer
// the index of names does not help, and every launch would be read.
const MinSearchLetters = 3

// LaunchFilter says which launches a page is about. Its zero value is all of them,
// those that the source no longer has included.
type LaunchFilter struct {
	// Search is a part of the name, in any case; empty for any name.
	Search string
	// Outcome is empty for any.
	Outcome Outcome
	// RocketID and LaunchpadID are empty for any.
	RocketID, LaunchpadID string
	// Year is that of the date in UTC; 0 for any, also for no date.
	Year int
}

// LaunchPosition is a place in the list of launches, newest first: that of a launch. A
// zero LaunchedAt stands for a launch without a date; they come last.
type LaunchPosition struct {
	LaunchedAt time.Time
	ID         string
}

// LaunchPageRequest asks for one page of launches.
type LaunchPageRequest struct {
	LaunchFilter
	// OlderThan asks for the launches that follow a place, NewerThan for those just
	// before it; both nil asks for the first page. Not both may be set.
	OlderThan, NewerThan *LaunchPosition
	// Limit is how many launches at most, 1 or more.
	Limit int
	// CountUpTo is the number of launches up to which they are counted.
	CountUpTo int64
}

// LaunchPage is a page of launches, the newest first.
type LaunchPage struct {
	Launches []StoredLaunch
	// Older and Newer are the places to ask for the pages beside this one from; nil if
	// there are none.
	Older, Newer *LaunchPosition
	// Total is how many launches the filter lets through, unless IsCountOpen: then there
	// are more than Total.
	Total       int64
	IsCountOpen bool
}

// Named is something with an id and a name, such as a rocket.
type Named struct{ ID, Name string }

// LaunchChoices are the values that filters of launches may have here.
type LaunchChoices struct {
	// Rockets and Launchpads are sorted by their names.
	Rockets, Launchpads []Named
	// Years are those with launches, the newest first.
	Years []int
}

// DataVersion tells whether what is stored may have changed: two equal ones mean that
// between them no run began or ended, and that the quarantine and the schedules are the
// same. Use it with == only.
type DataVersion struct {
	// RunID is the newest run that is in the ledger, and Running is how many have not
	// ended: so each beginning and each end changes one of them.
	RunID, Running int64
	// QuarantinedID is the newest record in quarantine, and Quarantined is how many are
	// open, at most 10,001.
	QuarantinedID, Quarantined int64
	// Schedules is a hash of all schedules.
	Schedules string
}

// Aggregates is what the view launch_aggregates_view says of all launches that the source
// still has.
type Aggregates struct {
	TotalLaunches, TotalSuccessfulLaunches int64
	// AveragePayloadMassKg and AverageDelayMinutes are averages of simulated values; nil
	// without a launch that has one.
	AveragePayloadMassKg, AverageDelayMinutes *float64
}
