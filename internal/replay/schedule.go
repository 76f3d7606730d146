package replay

import (
	"slices"
	"sort"
	"time"
)

// MaxRevision is the last state of the synthetic universe.
const MaxRevision = 1000

// precision is how exactly a date is known.
type precision byte

const (
	toHour precision = iota
	toDay
	toMonth
)

// word is the precision as the API writes it.
func (p precision) word() string { return [...]string{"hour", "day", "month"}[p] }

const daySeconds = 24 * 3600

// after returns the first moment after the minute, day or month that a time
// lies in.
func (p precision) after(seconds int64) int64 {
	switch p {
	case toHour:
		return seconds - seconds%60 + 60
	case toDay:
		return seconds - seconds%daySeconds + daySeconds
	default:
		at := time.Unix(seconds, 0).UTC()
		return time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
}

// floor pads a time as the API pads it: to the minute, day or month.
func (p precision) floor(seconds int64) int64 {
	switch p {
	case toHour:
		return seconds - seconds%60
	case toDay:
		return seconds - seconds%daySeconds
	default:
		at := time.Unix(seconds, 0).UTC()
		return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC).Unix()
	}
}

// ceil is the first padded time at or after a time.
func (p precision) ceil(seconds int64) int64 {
	if p.floor(seconds) == seconds {
		return seconds
	}
	return p.after(seconds)
}

// schedule is a later state of a universe: the launches that had not flown at
// revision 0, and the corrections of those that had. Its dates ascend; dates
// known to the hour come before dates known to the day, then to the month, so
// that every list stays in the order of revision 0.
type schedule struct {
	slots []slot
	// flown is how many of the slots have flown.
	flown int
	// next is the number of the launch that appears next.
	next  int
	edits map[int]edit
}

// slot is a launch that had not flown at revision 0.
type slot struct {
	seconds   int64
	launch    int32
	precision precision
}

// edit holds the revision in which a launch was last corrected; 0 is never.
type edit struct{ details, article int }

// newSchedule applies the revisions one after the other: state N is state N-1
// changed by revision N.
func newSchedule(u *universe, revision int) *schedule {
	s := &schedule{next: u.count, edits: make(map[int]edit)}
	for i := u.past; i < u.count; i++ {
		s.slots = append(s.slots, slot{u.seconds(i), int32(i), u.precision(i)})
	}
	for number := 1; number <= revision; number++ {
		s.advance(u, number)
	}
	return s
}

// advance applies one revision.
func (s *schedule) advance(u *universe, number int) {
	dice := newDice(u.seed, 'V', number)
	batch := max(1, (u.count-u.past)/32)
	s.fly(batch)
	s.refine(toDay, batch)
	s.refine(toMonth, batch)
	s.slip(dice, 2*batch)
	for range max(1, u.past/500) {
		s.correct(dice.below(u.past), number, dice.percent(50))
	}
	if number%2 == 0 {
		s.appear()
	}
	if number%3 == 0 {
		s.vanish(dice, u.count-1)
	}
}

// fly lets the next launches fly, if their time is known to the hour. At least
// one stays upcoming.
func (s *schedule) fly(batch int) {
	for range batch {
		if s.flown+1 < len(s.slots) && s.slots[s.flown].precision == toHour {
			s.flown++
		}
	}
}

// refine makes the first dates of one precision more precise: a month becomes a
// day in it, a day an hour. No date moves beyond that of the first launch that
// is not refined.
func (s *schedule) refine(from precision, batch int) {
	first := sort.Search(len(s.slots), func(k int) bool { return s.slots[k].precision >= from })
	end := first
	for end < len(s.slots) && end < first+batch && s.slots[end].precision == from {
		end++
	}
	for k := first; k < end; k++ {
		each := &s.slots[k]
		low, high := each.seconds, from.after(each.seconds)
		if k > 0 {
			low = max(low, s.slots[k-1].seconds)
		}
		if end < len(s.slots) {
			high = min(high, s.slots[end].seconds)
		}
		each.precision = from - 1
		each.seconds = each.precision.floor(low + max(high-low, 0)*2/5)
	}
}

// slip moves some neighbouring launches half of the way to the launch after
// them. Rounding up keeps them in order, because a date rounded to the day is
// also rounded to the minute.
func (s *schedule) slip(dice *dice, width int) {
	waiting := len(s.slots) - s.flown
	if waiting == 0 {
		return
	}
	first := s.flown + dice.below(waiting)
	end := min(first+width, len(s.slots))
	limit := toMonth.after(s.slots[end-1].seconds)
	if end < len(s.slots) {
		limit = s.slots[end].seconds
	}
	for k := first; k < end; k++ {
		each := &s.slots[k]
		each.seconds = each.precision.ceil((each.seconds + limit) / 2)
	}
}

// correct changes the details or the article of a launch of the past.
func (s *schedule) correct(launch, number int, details bool) {
	each := s.edits[launch]
	if details {
		each.details = number
	} else {
		each.article = number
	}
	s.edits[launch] = each
}

// appear adds a launch behind all others.
func (s *schedule) appear() {
	last := pastEnd().Unix()
	if len(s.slots) > 0 {
		last = s.slots[len(s.slots)-1].seconds
	}
	s.slots = append(s.slots, slot{toMonth.after(last), int32(s.next), toMonth})
	s.next++
}

// vanish drops an upcoming launch, but neither the next one nor the one that
// payloads without a launch name.
func (s *schedule) vanish(dice *dice, except int) {
	first := s.flown + 1
	if first >= len(s.slots) {
		return
	}
	k := first + dice.below(len(s.slots)-first)
	if int(s.slots[k].launch) == except {
		return
	}
	s.slots = slices.Delete(s.slots, k, k+1)
}

// find returns which slot a launch has.
func (s *schedule) find(launch int) (int, bool) {
	return slices.BinarySearchFunc(s.slots, launch, func(each slot, launch int) int { return int(each.launch) - launch })
}

// of returns the slot of a launch that exists.
func (s *schedule) of(launch int) slot {
	k, _ := s.find(launch)
	return s.slots[min(k, len(s.slots)-1)]
}

// at returns the universe in the state of a later revision.
func (u *universe) at(revision int) *universe {
	if revision == 0 {
		return u
	}
	later := *u
	later.later = newSchedule(u, revision)
	later.takeTally()
	return &later
}

// size is the number of launches.
func (u *universe) size() int {
	if u.later == nil {
		return u.count
	}
	return u.past + len(u.later.slots)
}

// launchAt returns the launch at a position in natural order. The two numbers
// differ where a launch before it has vanished.
func (u *universe) launchAt(position int) int {
	if u.later == nil || position < u.past {
		return position
	}
	return int(u.later.slots[position-u.past].launch)
}

// positionOf returns where a launch stands in natural order.
func (u *universe) positionOf(launch int) (int, bool) {
	if u.later == nil || launch < u.past {
		return launch, launch < u.count
	}
	k, found := u.later.find(launch)
	return u.past + k, found
}

// flown is the number of launches of the past.
func (u *universe) flown() int {
	if u.later == nil {
		return u.past
	}
	return u.past + u.later.flown
}

// editOf returns the corrections of launch i.
func (u *universe) editOf(i int) edit {
	if u.later == nil {
		return edit{}
	}
	return u.later.edits[i]
}
