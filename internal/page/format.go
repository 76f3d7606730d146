package page

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/chart"
	"liftoff/internal/plain"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// Null stands for a value that is not known.
const Null = "—"

// functions are the functions of the templates.
func functions() template.FuncMap {
	return template.FuncMap{
		"day": LaunchDay, "moment": Moment, "machine": Machine, "ago": Ago, "count": Count,
		"kilograms": Kilograms, "minutes": Minutes, "bytes": Bytes, "visible": plain.Visible, "outcome": chart.OutcomeHTML,
		"simulated": func() template.HTML { return chart.SimulatedTag }, "defs": func() template.HTML { return chart.Defs },
	}
}

// Count shows a whole number with a comma before each three digits.
func Count(n int64) string { return table.Grouped(strconv.FormatInt(n, 10)) }

// Kilograms shows a mass as 13,260 or 425.5, without its unit; Null for nil.
func Kilograms(mass *float64) string {
	if mass == nil || math.IsNaN(*mass) || math.IsInf(*mass, 0) {
		return Null
	}
	const tenth = 10
	whole, fraction := math.Modf(math.Round(*mass*tenth) / tenth)
	text := Count(int64(whole))
	if fraction != 0 {
		text += strings.TrimLeft(strconv.FormatFloat(math.Abs(fraction), 'f', 1, 64), "0")
	}
	return text
}

// Minutes shows a length of time as +5 d 1 min or −5 h 51 min; Null for nil.
func Minutes(minutes *int64) string {
	if minutes == nil {
		return Null
	}
	const hour, day = 60, 24 * 60
	rest, sign := *minutes, "+"
	if rest < 0 {
		rest, sign = -rest, "−"
	}
	var parts []string
	for _, unit := range []struct {
		size int64
		name string
	}{{day, "d"}, {hour, "h"}, {1, "min"}} {
		if n := rest / unit.size; n > 0 {
			parts = append(parts, Count(n)+" "+unit.name)
		}
		rest %= unit.size
	}
	if len(parts) == 0 {
		return "0 min"
	}
	return sign + strings.Join(parts, " ")
}

// Moment shows a moment as 5 Oct 2022, 16:00 UTC; Null for the zero time.
func Moment(at time.Time) string {
	if at.IsZero() {
		return Null
	}
	return at.UTC().Format("2 Jan 2006, 15:04") + " UTC"
}

// Machine shows a moment to programs, for the attribute datetime.
func Machine(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// LaunchDay shows the date of a launch in UTC, as precise as it is known: 5 Oct 2022,
// 16:00 or Dec 2022; Null without a date.
func LaunchDay(at time.Time, precision string) string {
	if at.IsZero() {
		return Null
	}
	at = at.UTC()
	switch precision {
	case "hour":
		return at.Format("2 Jan 2006, 15:04")
	case "month":
		return at.Format("Jan 2006")
	case "quarter", "half", "year":
		return report.LaunchDate(at, precision)
	default:
		return at.Format("2 Jan 2006")
	}
}

// Ago says how long before now a moment was, in the largest unit that fits: 3 minutes
// ago. A moment that is not past is just now; the zero time is never.
func Ago(at, now time.Time) string {
	if at.IsZero() {
		return "never"
	}
	text := Length(now.Sub(at))
	if text == "" {
		return "just now"
	}
	return text + " ago"
}

// Length shows a duration in the largest unit that fits, such as 3 minutes; "" for less
// than a second.
func Length(length time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		size      time.Duration
		one, many string
	}{{day, "day", "days"}, {time.Hour, "hour", "hours"}, {time.Minute, "minute", "minutes"}, {time.Second, "second", "seconds"}} {
		if n := int64(length / unit.size); n > 0 {
			return strings.Replace(liftoff.Count(n, unit.one, unit.many), strconv.FormatInt(n, 10), Count(n), 1)
		}
	}
	return ""
}

// Bytes shows a size as 2,268 bytes or 1.4 MiB.
func Bytes(n int64) string {
	const kibi, mebi = 1 << 10, 1 << 20
	switch {
	case n < 100*kibi:
		return Count(n) + " bytes"
	case n < mebi:
		return fmt.Sprintf("%d KiB", n/kibi)
	default:
		return fmt.Sprintf("%.1f MiB", float64(n)/mebi)
	}
}
