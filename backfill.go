package liftoff

import "time"

// BackfillState is how a backfill stands; the set is closed.
type BackfillState string

// The states of a backfill. All but BackfillOpen are final.
const (
	// BackfillOpen means that workers may join.
	BackfillOpen BackfillState = "open"
	// BackfillFinished means that all parts are done.
	BackfillFinished BackfillState = "finished"
	// BackfillClosed means that it took too long, so that the parts that are left are
	// not done any more.
	BackfillClosed BackfillState = "closed"
)

// Backfill is a reading of all launches of a source, or of those since a date, that
// workers share part by part.
type Backfill struct {
	ID int64
	// Source is the base URL of the API.
	Source string
	// Since is the date (UTC) from which on launches are read; zero for all launches.
	Since time.Time
	State BackfillState
	// OpenedAt and FinishedAt are in UTC. FinishedAt is when it was finished or closed,
	// and zero while it is open.
	OpenedAt, FinishedAt time.Time
	// Parts is how many there are, and PartsDone how many are done.
	Parts, PartsDone int
	// Workers is how many are at a part.
	Workers int
	// Announced is how many launches the source said there are when it was opened; -1
	// if that is not known. Fetched is how many came for the parts that are done.
	Announced, Fetched int64
	// PerSecond is how many launches a second all workers together fetch; 0 if that is
	// not known or there are none. Of a finished backfill it is the average.
	PerSecond float64
}

// PartsLeft returns how many parts are not done.
func (b Backfill) PartsLeft() int { return b.Parts - b.PartsDone }

// TimeLeft estimates how long an open backfill goes on; false if that is not known.
func (b Backfill) TimeLeft() (left time.Duration, isKnown bool) {
	if b.State != BackfillOpen || b.PerSecond <= 0 || b.Announced < 0 {
		return 0, false
	}
	launches := float64(max(b.Announced-b.Fetched, 0))
	return time.Duration(launches / b.PerSecond * float64(time.Second)).Round(time.Second), true
}

// What says which launches it reads: "all launches" or "launches since 2020-01-31".
func (b Backfill) What() string {
	switch {
	case b.Since.IsZero():
		return "all launches"
	case b.Since.Equal(b.Since.Truncate(24 * time.Hour)):
		return "launches since " + b.Since.Format(time.DateOnly)
	default:
		return "launches since " + b.Since.Format(time.DateTime) + " UTC"
	}
}
