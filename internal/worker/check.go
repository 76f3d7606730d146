package worker

import (
	"fmt"
	"time"

	"liftoff"
)

// overdue is how long a slot may wait before something is wrong: a worker looks every
// few seconds.
const overdue = 5 * time.Minute

// Check returns a liftoff.Guard error that names the schedule that is overdue for the
// longest time, if nobody works on it; nil if none is.
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
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the schedule %q is overdue since %s UTC, and no run is under way", oldest.Name, oldest.ActsAt().Format(time.DateTime)),
		"check that a worker runs (`liftoff worker`) and what its log says, or pause the schedule")
}
