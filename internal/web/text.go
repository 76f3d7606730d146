package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode/utf8"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/plain"
)

const (
	// maxName and maxCell are how many characters of a name, and of any other text in a
	// table, are shown. maxTitle is that of a name above its own page.
	maxName  = 90
	maxCell  = 60
	maxTitle = 120
)

// label is a text from the data. Whole is set if Text is only its beginning.
type label struct{ Text, Whole string }

// newLabel shows at most so many characters of a text.
func newLabel(text string, most int) label {
	text = plain.Visible(text)
	count := 0
	for at := range text {
		if count++; count > most {
			return label{Text: text[:at] + "…", Whole: text}
		}
	}
	return label{Text: text}
}

// IsShort says that the text fits a narrow column.
func (l label) IsShort() bool {
	const narrow = 14
	return utf8.RuneCountInString(l.Text) <= narrow
}

// labelOr is newLabel with the mark for NULL for an empty text.
func labelOr(text string, most int) label {
	if text == "" {
		return label{Text: page.Null}
	}
	return newLabel(text, most)
}

// date is a launch's date. Clock is the time of day with a comma before it; empty if that
// is not known. Machine is for programs; empty if they cannot read one that is so vague.
type date struct{ Text, Clock, Machine string }

// newDate returns a date as precise as it is known.
func newDate(at time.Time, precision string) date {
	d := date{Text: page.LaunchDay(at, precision)}
	if at.IsZero() {
		return d
	}
	switch at = at.UTC(); precision {
	case "hour":
		d.Machine = page.Machine(at)
		if day, clock, hasClock := strings.Cut(d.Text, ", "); hasClock {
			d.Text, d.Clock = day, ", "+clock
		}
	case "month":
		d.Machine = at.Format("2006-01")
	case "year":
		d.Machine = at.Format("2006")
	case "quarter", "half":
	default:
		d.Machine = at.Format(time.DateOnly)
	}
	return d
}

// took shows how long something took: 12 ms, 3.4 s, 2 min 10 s.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60) //nolint:mnd // seconds of a minute
	default:
		return fmt.Sprintf("%s h %d min", page.Count(int64(d.Hours())), int(d.Minutes())%60) //nolint:mnd // minutes of an hour
	}
}

// readAt says when the figures of a page were read that come from no run.
func (s *Site) readAt() string { return "Read " + page.Moment(s.Now()) }

// commands shows a text with commands in backquotes as HTML.
func commands(text string) template.HTML {
	var out strings.Builder
	parts := strings.Split(text, "`")
	for i, part := range parts {
		part = template.HTMLEscapeString(part)
		switch {
		case i%2 == 0:
			out.WriteString(part)
		case i == len(parts)-1: // it has no end
			out.WriteString("`" + part)
		default:
			out.WriteString("<code>" + part + "</code>")
		}
	}
	return template.HTML(out.String()) //nolint:gosec // all parts are escaped
}

// away says how far a moment is from now: 5 minutes ago, or in 3 hours.
func away(at, now time.Time) string {
	if length := page.Length(at.Sub(now)); length != "" {
		return "in " + length
	}
	return page.Ago(at, now)
}

// fact is one thing that is known of a launch, a run or a record. One of Text and At says
// it; More follows in small letters.
type fact struct {
	Name string
	Text label
	// Href makes a link of Text.
	Href string
	At   time.Time
	More string
	// IsSimulated says that the value is.
	IsSimulated bool
}

// facts collects what is known; a fact without a text is left out.
type facts []fact

func (f *facts) add(name, text string) {
	if text != "" {
		*f = append(*f, fact{Name: name, Text: newLabel(text, maxTitle)})
	}
}

func (f *facts) count(name string, n int64) { f.add(name, page.Count(n)) }

func (f *facts) moment(name string, at time.Time, more string) {
	if !at.IsZero() {
		*f = append(*f, fact{Name: name, At: at, More: more})
	}
}

// statusMark is how the end of a run looks: a word with an icon of a class.
type statusMark struct{ Class, Word string }

// markOf returns how a run's status looks.
func markOf(status liftoff.RunStatus) statusMark {
	mark := statusMark{Word: plain.Visible(string(status))}
	switch status {
	case liftoff.RunSucceeded:
		mark.Class = "good"
	case liftoff.RunFailed, liftoff.RunCrashed:
		mark.Class = "bad"
	case liftoff.RunPartial:
		mark.Class = "half"
	case liftoff.RunRunning:
		mark.Class = "open"
	default:
		mark.Class = "unclear"
	}
	return mark
}
