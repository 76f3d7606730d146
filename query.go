package liftoff

import "time"

// Query says which launches to ask a source for. Its zero value asks for all of
// them.
type Query struct {
	// Selection says which of the fields below count. SelectAll and the empty
	// one ask for every launch, SelectLatest for the one that the source calls
	// the latest, SelectUpcoming for those that have not flown yet.
	Selection Selection
	// Since is the date (UTC) from which on launches are asked for, by
	// SelectSince and SelectNew, and by SelectBackfill unless it is zero.
	Since time.Time
	// IDs are those of the launches that SelectIDs asks for. SelectNew asks for
	// them too, whatever their dates; a source may leave out ids that none of its
	// launches can have.
	IDs []string
	// Range is the share of the source that SelectBackfill asks for.
	Range IDRange
	// NewestID is the largest id seen; SelectNew asks for every launch that was
	// created later. If it is empty, all launches are new.
	NewestID string
	// Gaps are what earlier runs could not fetch; SelectNew asks for them.
	Gaps []Gap
}

// Division says into how many ranges of ids a source's launches are to be divided.
type Division struct {
	// Since leaves out launches that are dated before; zero leaves out none.
	Since time.Time
	// Parts is how many ranges there should be, at least.
	Parts int
	// MinSize and MaxSize bound how many launches a range has, and come before Parts.
	// They are 1 or more.
	MinSize, MaxSize int
}
