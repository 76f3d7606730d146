package liftoff

import "time"

// Schedule is one row of the table ingestion_schedules: when a worker is to ingest
// what, and how that went. Its moments are in UTC.
type Schedule struct {
	Name string
	// Source is what the ledger knows the source by, usually its base URL.
	Source    string
	Selection Selection
	// Every is the time from one slot to the next; zero if Cron says when.
	Every time.Duration
	// Cron is an expression of five fields; empty if Every says when.
	Cron string
	// TimeZone is that of Cron, such as "Europe/Berlin".
	TimeZone string

	// NextDueAt is the first slot that has neither a good run nor was missed.
	NextDueAt time.Time
	// RetryAt is when the slot is tried again; zero unless a run of it has failed.
	RetryAt time.Time
	// Failures is how many runs have failed since the last good one.
	Failures int
	// Missed is how many slots had no good run.
	Missed int64
	// IsPaused says that nothing is done.
	IsPaused bool
	// Note is what there is to say about the last run; empty for nothing.
	Note string

	// LastRunID is the last good run, and LastDueAt its slot; zero without one.
	LastRunID      int64
	LastDueAt      time.Time
	LastFinishedAt time.Time
	// IsRunning says that a run of the source is under way.
	IsRunning bool
}

// ActsAt returns when a worker has to do something for the schedule.
func (s Schedule) ActsAt() time.Time {
	if !s.RetryAt.IsZero() {
		return s.RetryAt
	}
	return s.NextDueAt
}

// IsDue reports whether a worker has to do something for the schedule now.
func (s Schedule) IsDue(now time.Time) bool { return !s.IsPaused && !s.ActsAt().After(now) }

// SameDefinition reports whether the schedules ask for the same at the same times.
func (s Schedule) SameDefinition(other Schedule) bool {
	return s.Source == other.Source && s.Selection == other.Selection && s.Every == other.Every &&
		s.Cron == other.Cron && s.TimeZone == other.TimeZone
}
