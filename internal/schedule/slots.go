package schedule

import (
	"iter"
	"time"
)

// everyHour has the bits of the hours 0 to 23.
const everyHour = 1<<24 - 1

// longestShift is more than any two times of a zone were ever apart.
const longestShift = 36 * time.Hour

// period is a time in which a zone's clocks are not changed: from start up to, but
// not with, end. Either is zero where there is no such change.
type period struct {
	start, end time.Time
	// offset is how far the zone's clocks are ahead of UTC.
	offset time.Duration
}

// periodOf returns the period with the instant t.
func periodOf(t time.Time, zone *time.Location) period {
	local := t.In(zone)
	start, end := local.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		// Go 1.26 ends each year of a zone's rule after 365 days. On the last day of a leap
		// year it names an end that has passed; nothing is changed before the next hour.
		end = t.Add(time.Hour)
	}
	_, seconds := local.Zone()
	return period{start.UTC(), end.UTC(), time.Duration(seconds) * time.Second}
}

// has reports whether t is before the period's end.
func (p period) has(t time.Time) bool { return p.end.IsZero() || t.Before(p.end) }

// onWall returns what the zone's clocks on the wall show at t, as if it were UTC.
// That clock is never changed, so fields can be looked up on it.
func (p period) onWall(t time.Time) time.Time { return t.UTC().Add(p.offset) }

// after returns the first slot of a cron expression after t.
func (s Schedule) after(t time.Time) time.Time {
	for slot := range s.slots(t) {
		return slot
	}
	return time.Time{} // slots never ends
}

// slots returns the slots after t, without an end. For an interval t is a slot itself.
//
// A cron expression that runs in every hour runs in real time. Any other names its
// hours, and then each of its times comes once, whatever is done to the clocks.
func (s Schedule) slots(t time.Time) iter.Seq[time.Time] {
	switch {
	case s.fields == nil:
		return s.slotsOfInterval(t)
	case s.fields.Hour&everyHour == everyHour:
		return s.slotsInRealTime(t)
	default:
		return s.slotsOnce(t)
	}
}

// slotsOfInterval returns the slots after the slot t.
func (s Schedule) slotsOfInterval(t time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for slot := t.Add(s.spec.Every); yield(slot); {
			slot = slot.Add(s.spec.Every)
		}
	}
}

// slotsInRealTime returns the instants after t at which the clocks on the wall show a
// time of the expression. A time that they show twice comes twice; one that they leave
// out does not come.
func (s Schedule) slotsInRealTime(t time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		p := periodOf(t, s.zone)
		wall := s.next(p.onWall(t))
		for {
			slot := wall.Add(-p.offset)
			if p.has(slot) {
				if !yield(slot) {
					return
				}
				wall = s.next(wall)
				continue
			}
			begin := p.end
			p = periodOf(begin, s.zone)
			// The period's first moment counts too.
			wall = s.next(p.onWall(begin).Add(-1))
		}
	}
}

// slotsOnce returns an instant after t for each time of the expression: the first at
// which the clocks on the wall show that time or a later one. So a time that they show
// twice comes the first time, and one that they leave out comes at once afterwards.
// Times that would come at the same instant are one slot.
func (s Schedule) slotsOnce(t time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		last := t
		wall := periodOf(t, s.zone).onWall(t)
		// The clocks may show a time for the second time after t: its first is before.
		p := periodOf(t.Add(-longestShift), s.zone)
		for {
			wall = s.next(wall)
			for !p.has(wall.Add(-p.offset)) {
				p = periodOf(p.end, s.zone)
			}
			slot := wall.Add(-p.offset)
			if slot.Before(p.start) {
				slot = p.start
			}
			if !slot.After(last) {
				continue
			}
			if !yield(slot) {
				return
			}
			last = slot
		}
	}
}

// next returns the expression's first time after wall, on a clock that is never changed.
func (s Schedule) next(wall time.Time) time.Time {
	// Times are whole minutes. The parser tries each second on the way to the next
	// minute: that takes longer than all the rest.
	return s.fields.Next(wall.Truncate(time.Minute).Add(time.Minute - time.Second))
}
