package fetch

import "time"

const (
	// firstSpacing is the time between the first two log lines about an outage;
	// it doubles from line to line up to maxSpacing.
	firstSpacing = time.Second
	maxSpacing   = 5 * time.Minute
)

// warnings decides which of many failures are logged: the first at once, later
// ones less and less often.
type warnings struct {
	// last is when a failure came last, next when one may be logged again.
	last, next time.Time
	spacing    time.Duration
	unshown    int
	// isPending says that a failure was logged since this was last reset.
	isPending bool
}

// take reports whether a failure at a time is to be logged, and how many were
// not since the last one that was.
func (w *warnings) take(now time.Time) (isDue bool, unshown int) {
	if now.Sub(w.last) > maxSpacing {
		w.next, w.spacing = now, firstSpacing/2
	}
	w.last = now
	if now.Before(w.next) {
		w.unshown++
		return false, 0
	}
	w.spacing = min(2*w.spacing, maxSpacing)
	w.next = now.Add(w.spacing)
	unshown, w.unshown, w.isPending = w.unshown, 0, true
	return true, unshown
}
