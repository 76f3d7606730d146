package web

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"liftoff"
	"liftoff/internal/page"
)

// dateLine shows how the date of a launch has moved.
type dateLine struct {
	// Label says the same in words.
	Label  string
	Ticks  []tick
	Slips  []slipMark
	Points []pointMark
	Rows   []dateRow
}

// tick is a mark of the axis. X is in per cent, here and below.
type tick struct {
	X, Text, Anchor string
	// IsSpare says that it may be left out where space is short.
	IsSpare bool
}

// slipMark is the way from one date to the next. Class is late or early; Text is empty if
// the way is too short for it.
type slipMark struct{ From, To, X, Class, Text string }

// pointMark is a date. Text is empty for those between the first and the newest.
type pointMark struct{ X, Class, Radius, Title, Text, Y, Anchor string }

// dateRow is a date in the table.
type dateRow struct {
	Number int
	SeenAt time.Time
	Date   date
	Slip   string
}

// seenDate is a date that a revision brought.
type seenDate struct {
	number    int
	seenAt    time.Time
	at        time.Time
	precision string
}

// maxDates is how many dates are shown; the oldest are left out.
const maxDates = 60

// dateLineOf returns the dates of a launch; nil unless two or more differ that are exact
// to the hour or the day.
func dateLineOf(revisions []liftoff.Revision, outcome liftoff.Outcome) *dateLine {
	dates := datesOf(revisions)
	if len(dates) < 2 { //nolint:mnd // a line has two ends
		return nil
	}
	first, last := dates[0].at, dates[0].at
	for _, d := range dates {
		if d.at.Before(first) {
			first = d.at
		}
		if d.at.After(last) {
			last = d.at
		}
	}
	scale := newTimeScale(first, last)
	line := &dateLine{Ticks: scale.ticks()}
	var words []string
	for i, d := range dates {
		row := dateRow{Number: d.number, SeenAt: d.seenAt, Date: newDate(d.at, d.precision), Slip: page.Null}
		if i > 0 {
			line.Slips = append(line.Slips, newSlipMark(scale, dates[i-1].at, d.at))
			row.Slip = slipText(dates[i-1].at, d.at)
		}
		line.Rows = append(line.Rows, row)
		line.Points = append(line.Points, newPointMark(scale, d, placeIn{i, len(dates), outcome}))
		words = append(words, row.Date.Text+row.Date.Clock)
	}
	line.Label = "Launch date in each revision: " + strings.Join(words, ", then ") + "."
	return line
}

// datesOf returns the exact dates, those that are the same as the one before left out.
func datesOf(revisions []liftoff.Revision) []seenDate {
	var dates []seenDate
	for _, r := range revisions {
		var launch struct {
			Date      string `json:"date_utc"`
			Precision string `json:"date_precision"`
		}
		if json.Unmarshal(r.Raw, &launch) != nil || launch.Precision != "hour" && launch.Precision != "day" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, launch.Date)
		if err != nil || at.Year() < firstYear || at.Year() > lastYear {
			continue
		}
		if len(dates) > 0 && dates[len(dates)-1].at.Equal(at) {
			continue
		}
		dates = append(dates, seenDate{r.Number, r.FirstSeenAt, at.UTC(), launch.Precision})
	}
	return dates[max(0, len(dates)-maxDates):]
}

func slipText(from, to time.Time) string {
	const minute = 60_000
	// A Duration holds 292 years only.
	minutes := int64(math.Round(float64(to.UnixMilli()-from.UnixMilli()) / minute))
	return page.Minutes(&minutes)
}

func newSlipMark(scale timeScale, from, to time.Time) slipMark {
	mark := slipMark{From: perCent(scale.at(from)), To: perCent(scale.at(to)), X: perCent((scale.at(from) + scale.at(to)) / 2), Class: "late"}
	if to.Before(from) {
		mark.Class = "early"
	}
	const room = 24 // per cent that the text needs on a phone
	if width := scale.at(to) - scale.at(from); width > room || width < -room {
		mark.Text = slipText(from, to)
	}
	return mark
}

// placeIn says which of how many dates one is.
type placeIn struct {
	at, of  int
	outcome liftoff.Outcome
}

func newPointMark(scale timeScale, d seenDate, place placeIn) pointMark {
	x := scale.at(d.at)
	day := page.LaunchDay(d.at, d.precision)
	mark := pointMark{
		X: perCent(x), Class: "between", Radius: "4", Anchor: anchorAt(x),
		Title: fmt.Sprintf("Revision %d: %s", d.number, day),
	}
	switch place.at {
	case 0:
		mark.Class, mark.Radius, mark.Y, mark.Text = "first", "6", "16", "first known "+day
	case place.of - 1:
		word := "now "
		if place.outcome == liftoff.OutcomeSuccess || place.outcome == liftoff.OutcomeFailure {
			word = "flown "
		}
		mark.Class, mark.Radius, mark.Y, mark.Text = "newest", "6", "38", word+day
	}
	return mark
}

// anchorAt keeps a text at a place inside the drawing.
func anchorAt(x float64) string {
	const left, right = 30, 70
	switch {
	case x < left:
		return "start"
	case x > right:
		return "end"
	default:
		return "middle"
	}
}

func perCent(x float64) string { return fmt.Sprintf("%.2f", x) }

// timeScale places moments on a line.
type timeScale struct {
	from, until time.Time
	step        time.Duration
	layout      string
}

// newTimeScale returns a scale with some room on both sides of two moments.
func newTimeScale(first, last time.Time) timeScale {
	const day = 24 * time.Hour
	length := max(last.Sub(first), time.Minute)
	room := length / 8
	s := timeScale{from: first.Add(-room), until: last.Add(room), layout: "2 Jan 2006"}
	const most = 7
	for _, step := range []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
		day, 2 * day, 5 * day, 10 * day, 30 * day, 60 * day, 120 * day, 365 * day, 5 * 365 * day, 50 * 365 * day,
	} {
		s.step = step
		if s.until.Sub(s.from)/step < most {
			break
		}
	}
	switch {
	case s.step < day:
		s.layout = "2 Jan, 15:04"
	case s.step < 30*day && s.from.Year() == s.until.Year():
		s.layout = "2 Jan"
	}
	return s
}

// at returns where a moment is, in per cent.
func (s timeScale) at(t time.Time) float64 {
	return min(max(float64(t.Sub(s.from))*100/float64(s.until.Sub(s.from)), 0), 100)
}

// ticks returns the marks of the axis.
func (s timeScale) ticks() []tick {
	var ticks []tick
	const most, edge = 12, 6.0
	for t := s.from.Truncate(s.step).Add(s.step); !t.After(s.until) && len(ticks) < most; t = t.Add(s.step) {
		x := s.at(t)
		tick := tick{X: perCent(x), Text: t.Format(s.layout), Anchor: "middle", IsSpare: len(ticks)%2 == 1}
		if x < edge || x > 100-edge {
			tick.Text = ""
		}
		ticks = append(ticks, tick)
	}
	return ticks
}
