package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// Summary is what a person wants to know first about the stored launches. Counts
// leave out missing launches.
type Summary struct {
	// Launches are all stored launches. Flown are those that are not upcoming;
	// Successes and Failures are the flown ones with a known outcome.
	Launches, Flown, Successes, Failures, Upcoming int64
	// Synthetic is how many of the launches a replay has made up.
	Synthetic int64
	// Newest is the name of the newest launch that has flown, or "".
	Newest string
	// NewestAt is when it flew (UTC), AgeDays how many whole days ago.
	NewestAt time.Time
	AgeDays  int64
	// Aggregates are the values of launch_aggregates_view.
	Aggregates Aggregates
	// Years counts the flown launches of each year (UTC).
	Years []YearCount
	// Database says where the launches are stored.
	Database string
	// Next are commands to try, as the user can type them.
	Next []string
}

// Aggregates are the values of launch_aggregates_view. The averages are of
// simulated values; they are NaN without launches.
type Aggregates struct {
	TotalLaunches, TotalSuccessfulLaunches int64
	// AveragePayloadMass is in kg.
	AveragePayloadMass float64
	// AverageLaunchDelayMinutes is in minutes.
	AverageLaunchDelayMinutes float64
}

// YearCount says how many launches flew in a year (UTC).
type YearCount struct{ Year, Launches int64 }

// WriteSummary prints the summary as a screen for people: at most 23 lines of 80
// columns, so that it and a prompt fit a terminal of 24. Only a name of a database
// or a command that is longer by itself makes a line wider.
func WriteSummary(w io.Writer, summary Summary, options Options) error {
	if options.Width <= 0 {
		options.Width = defaultWidth
	}
	s := newStyle(options)
	out := &printer{bufio.NewWriter(w)}
	field := func(name, text string) { out.field(s, name, text) }
	field("Launches", summary.launches())
	field("Successes", summary.successes())
	field("Newest", summary.newest(s))
	field("Aggregates", summary.Aggregates.text(s))
	if chart := drawColumns(summary.Years, s); chart != nil && !options.NoCharts {
		out.lines("", s.dim("Launches per year"))
		out.lines(chart...)
	}
	out.print("\n")
	field("Data", summary.origin()+", in "+plain.Visible(summary.Database))
	for i, command := range summary.Next {
		name := "Next"
		if i > 0 {
			name = ""
		}
		out.print(s.title(plain.Pad(name, fieldLabel)), command, "\n")
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// fieldLabel is how many columns the names of fields take on a screen for people.
const fieldLabel = 12

// field prints a name and a text, which goes on below its beginning.
func (p *printer) field(s style, name, text string) {
	for i, line := range plain.Wrap(text, max(minTextWidth, s.width-fieldLabel)) {
		if i > 0 {
			name = ""
		}
		p.print(s.title(plain.Pad(name, fieldLabel)), line, "\n")
	}
}

func (s Summary) launches() string {
	return fmt.Sprintf("%s stored: %s flown, %s upcoming", thousands(s.Launches), thousands(s.Flown), thousands(s.Upcoming))
}

func (s Summary) successes() string {
	known := s.Successes + s.Failures
	if known == 0 {
		return "no launch with a known outcome"
	}
	return fmt.Sprintf("%s of %s launches with a known outcome (%.1f%%)",
		thousands(s.Successes), thousands(known), float64(s.Successes)*100/float64(known))
}

func (s Summary) newest(style style) string {
	if s.Newest == "" && s.NewestAt.IsZero() {
		return "no launch with a date has flown"
	}
	name := plain.Visible(s.Newest)
	if name == "" {
		name = style.null
	}
	return fmt.Sprintf("%s, %s UTC (%s days ago)", style.cut(name, maxNewestName), s.NewestAt.Format("2006-01-02 15:04"), thousands(s.AgeDays))
}

// maxNewestName keeps a long name from filling the screen.
const maxNewestName = 40

func (a Aggregates) text(s style) string {
	return fmt.Sprintf("%s launches, %s of them successful; average payload mass %s kg (simulated), average launch delay %s minutes (simulated)",
		thousands(a.TotalLaunches), thousands(a.TotalSuccessfulLaunches),
		average(a.AveragePayloadMass, 0, s), average(a.AverageLaunchDelayMinutes, 1, s))
}

// average returns an average with so many decimals, or the mark for NULL.
func average(value float64, decimals int, s style) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return s.null
	}
	return table.Grouped(strconv.FormatFloat(value, 'f', decimals, 64))
}

// origin says whether the launches are real.
func (s Summary) origin() string {
	switch {
	case s.Launches == 0:
		return "no launches yet"
	case s.Synthetic == 0:
		return "real launches"
	case s.Synthetic == s.Launches:
		return "synthetic launches, made up by the replay"
	default:
		return fmt.Sprintf("%s real and %s synthetic launches", thousands(s.Launches-s.Synthetic), thousands(s.Synthetic))
	}
}

// thousands returns a whole number with a comma before each three digits.
func thousands(n int64) string { return table.Grouped(strconv.FormatInt(n, 10)) }
