package liftoff

import "time"

// LaunchChanges is what differs between the launches that are stored and those that were
// stored when a run ended, whatever their source. Of what came and went since then, only
// the difference counts: a launch that was new and is missing by now is not in it.
type LaunchChanges struct {
	// Since is the run.
	Since LedgerRow
	// New are launches that were stored first after the run had ended, Revised those that
	// have got another revision, and Missing those that the source no longer has.
	New, Revised, Missing ChangedLaunches
}

// Total is how many launches have changed.
func (c LaunchChanges) Total() int64 { return c.New.Total + c.Revised.Total + c.Missing.Total }

// ChangedLaunches are launches with one kind of change.
type ChangedLaunches struct {
	// Total is how many there are; Launches are the first of them. Those of which the name,
	// date or outcome has changed come first, then the newest date.
	Total    int64
	Launches []ChangedLaunch
}

// ChangedLaunch is a launch that has changed.
type ChangedLaunch struct {
	ID string
	// Before is what was known of a revised launch when the run had ended; zero for the
	// others. Now is what is known at present.
	Before, Now LaunchState
	// MissingSince is zero while the source has the launch.
	MissingSince time.Time
}

// LaunchState is what people look at first in a launch. Empty and zero stand for NULL.
type LaunchState struct {
	Name string
	// LaunchedAt is in UTC, as precise as DatePrecision says, such as month.
	LaunchedAt    time.Time
	DatePrecision string
	Outcome       Outcome
}
