package replay

import "time"

// The outcomes of past launches.
const (
	outcomeSuccess = iota
	outcomeFailure
	outcomeUnknown
)

// launchesUntil is the number of launches of the real API before each year
// from 2006 on, and before the end of its past.
func launchesUntil() []int {
	return []int{0, 1, 2, 4, 5, 7, 7, 9, 12, 18, 25, 34, 52, 73, 86, 112, 143, 187}
}

// The past ends with the last launch of the real API; upcoming launches follow
// within the next months.
func pastEnd() time.Time { return time.Date(2022, time.October, 5, 16, 0, 0, 0, time.UTC) }

// pastSeconds returns the time of past launch i, which ascends with i.
func (u *universe) pastSeconds(i int) int64 {
	before := launchesUntil()
	last := before[len(before)-1]
	year := 0
	for year < len(before)-2 && i >= before[year+1]*u.past/last {
		year++
	}
	first, next := before[year]*u.past/last, before[year+1]*u.past/last
	start := time.Date(2006+year, time.January, 1, 0, 0, 0, 0, time.UTC)
	end := start.AddDate(1, 0, 0)
	if end.After(pastEnd()) {
		end = pastEnd()
	}
	step := (end.Unix() - start.Unix()) / int64(max(next-first, 1))
	seconds := start.Unix() + int64(i-first)*step
	if step > 1 {
		seconds += int64(newDice(u.seed, 't', i).next() % uint64(step))
	}
	return seconds - seconds%60
}

// upcomingSeconds returns the time of upcoming launch k: first those known to
// the hour, then those known to the day, then to the month, so that padded
// dates ascend as well.
func (u *universe) upcomingSeconds(k int) int64 {
	const day = 24 * 3600
	base := pastEnd().Unix() + 3*day
	hours, days := u.upcomingPrecision[0], u.upcomingPrecision[1]
	switch {
	case k < hours:
		seconds := base + int64(k)*26*day/int64(hours)
		return seconds - seconds%60
	case k < days:
		seconds := base + 27*day + int64(k-hours+1)*23*day/int64(days-hours+1)
		return seconds - seconds%day
	default:
		months := (k - days) * 4 / max(u.count-u.past-days, 1)
		return time.Date(2022, time.December+time.Month(months), 1, 0, 0, 0, 0, time.UTC).Unix()
	}
}

// seconds returns the time of launch i, in Unix seconds.
func (u *universe) seconds(i int) int64 {
	switch {
	case i < u.past:
		return u.pastSeconds(i)
	case u.later != nil:
		return u.later.of(i).seconds
	default:
		return u.upcomingSeconds(i - u.past)
	}
}

// precision returns how exactly the date of launch i is known.
func (u *universe) precision(i int) precision {
	if i < u.past {
		kind, _ := u.pastPrecision.category(i)
		return [...]precision{toHour, toDay}[kind]
	}
	switch k := i - u.past; {
	case u.later != nil:
		return u.later.of(i).precision
	case k < u.upcomingPrecision[0]:
		return toHour
	case k < u.upcomingPrecision[1]:
		return toDay
	default:
		return toMonth
	}
}

// unixSeconds is date_unix, which sometimes contradicts date_utc. It is never
// earlier than that of the previous launch, so that it ascends too.
func (u *universe) unixSeconds(i int) int64 {
	seconds := u.seconds(i)
	if i == 0 || i >= u.past {
		return seconds
	}
	if odd, _ := u.unixDates.category(i); odd == 0 {
		return seconds
	}
	gap := seconds - u.seconds(i-1)
	return seconds - min(gap/2, 20*24*3600)
}

// localOffset returns the launchpad's offset from UTC at that time, in
// seconds. Daylight saving runs from the second Sunday of March to the first
// of November.
func (u *universe) localOffset(i int, at time.Time) int {
	switch u.padOf(i) {
	case padAtoll:
		return 12 * 3600
	case padCalifornia:
		return -8*3600 + daylightSaving(at)
	default:
		return -5*3600 + daylightSaving(at)
	}
}

func daylightSaving(at time.Time) int {
	start := sundayFrom(at.Year(), time.March, 8)
	end := sundayFrom(at.Year(), time.November, 1)
	if at.Year() < 2007 {
		// The older law: first Sunday of April to last Sunday of October.
		start, end = sundayFrom(at.Year(), time.April, 1), sundayFrom(at.Year(), time.October, 25)
	}
	if at.Before(start) || !at.Before(end) {
		return 0
	}
	return 3600
}

// sundayFrom returns the first Sunday on or after a day.
func sundayFrom(year int, month time.Month, day int) time.Time {
	at := time.Date(year, month, day, 8, 0, 0, 0, time.UTC)
	return at.AddDate(0, 0, (7-int(at.Weekday()))%7)
}

// localDate is date_local; a few are a day or an hour off.
func (u *universe) localDate(i int) time.Time {
	at := time.Unix(u.seconds(i), 0).UTC()
	local := at.In(time.FixedZone("", u.localOffset(i, at)))
	if i >= u.past {
		return local
	}
	switch odd, _ := u.localDates.category(i); odd {
	case 1:
		return local.Add(time.Hour)
	case 2:
		return local.AddDate(0, 0, 1)
	case 3:
		return local.AddDate(0, 0, -1)
	default:
		return local
	}
}

// flightNumber of launch i. Past launches count up; upcoming ones have
// duplicates and gaps.
func (u *universe) flightNumber(i int) int {
	if i < u.past {
		return i + 1
	}
	steps := [realUpcoming]int{0, 0, 0, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 14, 15}
	k := i - u.past
	return u.past + 1 + k/realUpcoming*16 + steps[k%realUpcoming]
}
