package worker

import (
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/schedule"
)

// overdue is how long a slot may wait before something is wrong: a worker looks every
// few seconds.
const overdue = 5 * time.Minute

// Check returns a liftoff.Guard error that names the schedule that is overdue for the
// longest time, if nobody works on it, or else one that waits for longer than it should;
// nil if there is none.
func Check(schedules []liftoff.Schedule, now time.Time) error {
	var oldest *liftoff.Schedule
	for i, s := range schedules {
		if s.IsPaused || s.IsRunning || now.Sub(s.ActsAt()) < overdue {
			continue
		}
		if oldest == nil || s.ActsAt().Before(oldest.ActsAt()) {
			oldest = &schedules[i]
		}
	}
	if oldest == nil {
		return checkClock(schedules, now)
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the schedule %q is overdue since %s UTC, and no run is under way", oldest.Name, oldest.ActsAt().Format(time.DateTime)),
		"check that a worker runs (`liftoff worker`) and what its log says, or pause the schedule")
}

// checkClock returns a liftoff.Guard error for a schedule whose next slot is too far away:
// a run was done while the database's clock was ahead, and slots never come again.
func checkClock(schedules []liftoff.Schedule, now time.Time) error {
	for _, s := range schedules {
		timing, err := schedule.Parse(schedule.Spec{Every: s.Every, Cron: s.Cron, TimeZone: s.TimeZone}, now)
		if err != nil || s.IsPaused {
			continue
		}
		// A clock that is put right by seconds may leave out a slot.
		const spared = 3
		if !s.NextDueAt.After(timing.Upcoming(timing.First(now), spared)[spared-1]) {
			continue
		}
		return liftoff.NewError(liftoff.Guard,
			fmt.Errorf("the schedule %q waits until %s UTC, much longer than %s, as if the database's clock had been ahead", s.Name, s.NextDueAt.Format(time.DateTime), timing),
			"check the clock of PostgreSQL's machine; then remove the schedule and add it under another name")
	}
	return nil
}
