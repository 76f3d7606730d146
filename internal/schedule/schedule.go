// Package schedule says when a schedule is due: each interval from a moment on, or
// at the times of a cron expression in a time zone. It computes and does nothing
// else: it waits for nothing, stores nothing and reads no clock.
//
// A moment at which a schedule is due is a slot. Slots ascend; none is lost or comes
// twice when a time zone changes its clocks (docs/scheduling.md has the rules).
package schedule

import (
	"errors"
	"fmt"
	"time"

	"github.com/netresearch/go-cron"

	"liftoff"
)

// shortestInterval is the least time between two slots of an interval.
const shortestInterval = 10 * time.Second

// Spec is a schedule as a user writes it: exactly one of Every and Cron is set.
type Spec struct {
	// Every is the time from slot to slot: whole seconds, at least ten.
	Every time.Duration
	// Cron has five fields: minute, hour, day of month, month, day of week.
	Cron string
	// TimeZone is a name of the time zone database; "" means UTC. Slots of Every do
	// not depend on it, but Words uses it too.
	TimeZone string
}

// Schedule is a spec that was checked. Parse makes it.
type Schedule struct {
	spec Spec
	zone *time.Location
	// fields finds what the cron expression asks for on a clock that is never
	// changed; nil for an interval.
	fields *cron.SpecSchedule
}

// Slots are the slots of a schedule that are due.
type Slots struct {
	// Count is how many there are, from the first one given through now.
	Count int64
	// Latest is the last of them; zero if there is none.
	Latest time.Time
	// Next is the first slot after now.
	Next time.Time
}

// Parse checks a spec. An error is a liftoff.Usage that names what is wrong, with
// the nearest right form as its hint; now is for the next three times of that form.
func Parse(spec Spec, now time.Time) (Schedule, error) {
	zone, err := loadZone(spec.TimeZone)
	if err != nil {
		return Schedule{}, err
	}
	spec.TimeZone = zone.String()
	switch {
	case spec.Every != 0 && spec.Cron != "":
		return Schedule{}, liftoff.NewError(liftoff.Usage, errors.New("a schedule has an interval or a cron expression, not both"),
			"leave out --every or --cron")
	case spec.Cron != "":
		return parseCron(spec, zone, now)
	case spec.Every == 0:
		return Schedule{}, liftoff.NewError(liftoff.Usage, errors.New("a schedule needs an interval of 10s or more, or a cron expression"),
			"give --every 15m, or --cron \"7 * * * *\" for seven minutes past each hour")
	case spec.Every < shortestInterval:
		return Schedule{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("an interval of %s is too short", spec.Every), "give 10s or more")
	case spec.Every%time.Second != 0:
		return Schedule{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("an interval of %s is not in whole seconds", spec.Every),
			"give "+interval(spec.Every.Truncate(time.Second)))
	}
	return Schedule{spec: spec, zone: zone}, nil
}

// Spec returns the spec in its plainest form: the fields of a cron expression with
// one blank between them, and the time zone by its name. Equal schedules that are
// written alike have equal specs.
func (s Schedule) Spec() Spec { return s.spec }

// First returns the first slot of a new schedule: now in whole seconds for an
// interval, the first slot after now for a cron expression.
func (s Schedule) First(now time.Time) time.Time {
	if s.fields == nil {
		return now.UTC().Truncate(time.Second)
	}
	return s.after(now)
}

// Due returns the slots from first, which is a slot itself, through now. If first is
// later than now, there are none and Next is first.
func (s Schedule) Due(first, now time.Time) Slots {
	first = first.UTC()
	if first.After(now) {
		return Slots{Next: first}
	}
	if s.fields == nil {
		passed := now.Sub(first)
		latest := first.Add(passed - passed%s.spec.Every)
		return Slots{Count: int64(passed/s.spec.Every) + 1, Latest: latest, Next: latest.Add(s.spec.Every)}
	}
	due := Slots{Count: 1, Latest: first}
	for slot := range s.slots(first) {
		if slot.After(now) {
			due.Next = slot
			break
		}
		due.Count++
		due.Latest = slot
	}
	return due
}

// Upcoming returns n slots, at least one: first, which is a slot itself, and those that
// follow.
func (s Schedule) Upcoming(first time.Time, n int) []time.Time {
	upcoming := []time.Time{first.UTC()}
	for slot := range s.slots(first.UTC()) {
		if len(upcoming) >= n {
			break
		}
		upcoming = append(upcoming, slot)
	}
	return upcoming
}
