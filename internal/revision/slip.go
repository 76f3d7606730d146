package revision

import (
	"fmt"
	"strings"
	"time"
)

// Slip is by how much a launch was postponed, in minutes; negative if it was
// brought forward.
type Slip int64

// SlipBetween returns the slip of date_utc from one document to another. ok is
// false unless both dates are precise to the hour. The rules are those of slip_minutes in the view launches.
func SlipBetween(before, after []byte) (slip Slip, ok bool) {
	from, fromOK := launchTime(before)
	to, toOK := launchTime(after)
	if !fromOK || !toOK {
		return 0, false
	}
	// A Duration holds 292 years only, and the view rounds microseconds.
	const minute = 60_000_000
	micros := to.UnixMicro() - from.UnixMicro()
	half := int64(minute / 2)
	if micros < 0 {
		half = -half
	}
	return Slip((micros + half) / minute), true
}

// launchTime returns a document's date_utc if it is precise to the hour.
func launchTime(raw []byte) (time.Time, bool) {
	document, err := parse(raw)
	if err != nil {
		return time.Time{}, false
	}
	precision, date := document.members["date_precision"], document.members["date_utc"]
	if precision.kind != text || precision.value != "hour" || date.kind != text {
		return time.Time{}, false
	}
	return parseUTC(date.value)
}

// parseUTC reads what liftoff_utc_timestamp of the database reads: years 0001
// to 9999, two digits for all else, up to nine of a second's fraction, Z.
func parseUTC(date string) (time.Time, bool) {
	const seconds = "2006-01-02T15:04:05"
	whole, isUTC := strings.CutSuffix(date, "Z")
	if !isUTC || len(whole) < len(seconds) || len(whole) > len(seconds)+10 {
		return time.Time{}, false
	}
	if fraction := whole[len(seconds):]; fraction != "" && (fraction[0] != '.' || len(fraction) == 1) {
		return time.Time{}, false
	}
	moment, err := time.Parse(seconds, whole)
	if err != nil || moment.Year() == 0 {
		return time.Time{}, false
	}
	// Text that Go reads more leniently, such as hours of one digit.
	if moment.Format(seconds) != whole[:len(seconds)] {
		return time.Time{}, false
	}
	return moment, true
}

// String returns the slip for people, such as +1 d 2 h 30 min.
func (s Slip) String() string {
	if s == 0 {
		return "0 min"
	}
	sign, minutes := "+", int64(s)
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	var parts []string
	for _, unit := range []struct {
		minutes int64
		name    string
	}{{24 * 60, "d"}, {60, "h"}, {1, "min"}} {
		if n := minutes / unit.minutes; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			minutes %= unit.minutes
		}
	}
	return sign + strings.Join(parts, " ")
}
