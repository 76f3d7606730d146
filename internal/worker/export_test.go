package worker

import (
	"time"

	"liftoff"
	"liftoff/internal/schedule"
)

// Settle returns what becomes of a schedule that is due after a run with this ending.
func Settle(due liftoff.Schedule, timing schedule.Schedule, ending liftoff.Ending, now time.Time) liftoff.Schedule {
	s := &slot{schedule: due, timing: timing, dueAt: due.NextDueAt}
	return s.settle(ending, now)
}
