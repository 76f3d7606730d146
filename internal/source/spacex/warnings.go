package spacex

import "time"

const (
	// firstSpacing is the time between the first two lines about trouble that
	// goes on; it doubles from line to line up to maxSpacing.
	firstSpacing = time.Second
	maxSpacing   = 5 * time.Minute
)

// warnings says which of many troubles get a line in the log: the first at
// once, later ones ever more rarely.
type warnings struct {
	// last is when there was trouble last, next when there may be a line again.
	last, next time.Time
	spacing    time.Duration
	unshown    int
	// isPending says that there was a line since this was last reset.
	isPending bool
}

// take reports whether trouble at a time gets a line, and how many did not
// since the last line.
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
