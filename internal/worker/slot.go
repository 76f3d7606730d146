package worker

import (
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/schedule"
)

const (
	// firstBackoff is how long a worker waits before it tries a slot again; it doubles
	// with each failure.
	firstBackoff = 15 * time.Second
	// longestBackoff is the longest such wait.
	longestBackoff = 15 * time.Minute
)

// slot is what is due of a schedule while a run is done for it.
type slot struct {
	schedule liftoff.Schedule
	timing   schedule.Schedule
	dueAt    time.Time
	// missed is how many slots settle has counted as missed.
	missed int64
	// then says what settle has decided on after a run that failed; for the log.
	then string
}

// forStore returns the slot as the store settles it.
func (s *slot) forStore() *postgres.Slot {
	return &postgres.Slot{Schedule: s.schedule, DueAt: s.dueAt, Settle: s.settle}
}

// settle returns the schedule with what follows from how the run ended. The rules are
// those of docs/scheduling.md.
func (s *slot) settle(ending liftoff.Ending, now time.Time) liftoff.Schedule {
	s.then, s.missed = "", 0
	after := s.schedule
	after.RetryAt = time.Time{}
	// The database's clock may have been set back, but a slot with a good run is over.
	slots := s.timing.Due(after.NextDueAt, later(now, s.dueAt))
	switch {
	case ending.Status == liftoff.RunSucceeded:
		s.missed = slots.Count - 1
		after.NextDueAt, after.Missed, after.Failures = slots.Next, after.Missed+s.missed, 0
		after.Note = noteOf(ending)
		return after
	case ending.Category == liftoff.Interrupted || ending.Category == liftoff.Locked:
		return after // the slot is still due: another worker does it
	}
	after.Failures++
	after.Note = noteOf(ending)
	if s.isRetried(ending.Category) {
		if retryAt := now.Add(backoff(s.schedule.Failures)); retryAt.Before(slots.Next) {
			after.RetryAt = retryAt
			s.then = "tries again at " + retryAt.Format(time.DateTime) + " UTC"
			return after
		}
	}
	s.missed = slots.Count
	after.NextDueAt, after.Missed = slots.Next, after.Missed+s.missed
	s.then = "waits for the next slot at " + slots.Next.Format(time.DateTime) + " UTC"
	return after
}

// isRetried reports whether the slot is tried again after an error of this category.
func (s *slot) isRetried(category liftoff.Category) bool {
	switch category {
	case liftoff.Source, liftoff.Database, liftoff.QueryEngine:
		return true
	case liftoff.Internal:
		return s.schedule.Failures == 0 // once
	default:
		return false
	}
}

// backoff returns how long to wait after so many failures and one more.
func backoff(failures int) time.Duration {
	const doublings = 6 // 16 minutes, which is more than the longest
	return min(firstBackoff<<min(failures, doublings), longestBackoff)
}

// noteOf returns what there is to say about how a run ended; empty for nothing.
func noteOf(ending liftoff.Ending) string {
	if ending.Error == "" {
		return ""
	}
	return fmt.Sprintf("exit code %d: %s", ending.Category.ExitCode(), ending.Error)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
