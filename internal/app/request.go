package app

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
)

// IngestFlags are the flags of `liftoff ingest`; none means the latest launch.
type IngestFlags struct {
	All, New, Upcoming bool
	// Since is a date such as 2020-01-31, a moment such as
	// 2020-01-31T12:00:00Z, or how long ago such as 720h, 30d or 4w.
	Since string
	IDs   []string
	// IsDry asks for a comparison that writes nothing.
	IsDry bool
	// AcceptsShrink accepts a source that has lost many launches.
	AcceptsShrink bool
	// AcceptsDrift accepts a source if many of its records drift the same way.
	AcceptsDrift bool
	// AcceptsRewind accepts a source by which many launches that had flown are
	// upcoming again.
	AcceptsRewind bool
	// SkipsAnalytics leaves out the analytics after the run.
	SkipsAnalytics bool
}

// IsForLatest reports whether the flags ask for the latest launch alone.
func (f IngestFlags) IsForLatest() bool {
	return !f.All && !f.New && !f.Upcoming && f.Since == "" && len(f.IDs) == 0
}

// request returns what the flags ask for; errors are liftoff.Usage.
func (f IngestFlags) request(now time.Time) (ingest.Request, error) {
	request := ingest.Request{
		Command: "ingest", IsDry: f.IsDry, AcceptsShrink: f.AcceptsShrink, AcceptsDrift: f.AcceptsDrift, AcceptsRewind: f.AcceptsRewind,
	}
	request.Selection = liftoff.SelectLatest
	choices := 0
	choose := func(isChosen bool, selection liftoff.Selection, flag string) {
		if isChosen {
			choices++
			request.Selection, request.Command = selection, "ingest "+flag
		}
	}
	choose(f.All, liftoff.SelectAll, "--all")
	choose(f.New, liftoff.SelectNew, "--new")
	choose(f.Upcoming, liftoff.SelectUpcoming, "--upcoming")
	choose(f.Since != "", liftoff.SelectSince, "--since "+f.Since)
	if f.Since != "" {
		var err error
		if request.Since, err = parseSince(f.Since, now); err != nil {
			return ingest.Request{}, err
		}
	}
	request.IDs = slices.Compact(slices.Sorted(slices.Values(f.IDs)))
	choose(len(f.IDs) > 0, liftoff.SelectIDs, "--id "+strings.Join(request.IDs, ","))
	if choices > 1 {
		return ingest.Request{}, liftoff.NewError(liftoff.Usage, errors.New("more than one of --all, --new, --since, --upcoming and --id is given"), "give one of them")
	}
	if f.AcceptsShrink && !f.All {
		return ingest.Request{}, liftoff.NewError(liftoff.Usage, errors.New("--accept-shrink goes with --all only"), "add --all")
	}
	return request, nil
}

var ago = regexp.MustCompile(`^([0-9]{1,5})([dw])$`)

// parseSince reads a date, a moment, or how long ago.
func parseSince(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		// APIs compare dates as text, in which a year has four digits.
		if moment, err := time.Parse(layout, text); err == nil && moment.UTC().Year() >= 0 && moment.UTC().Year() <= 9999 {
			return moment.UTC(), nil
		}
	}
	if moment, isAgo := momentAgo(text, now); isAgo {
		return moment, nil
	}
	return time.Time{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("--since %q is not a date, a moment or a duration", text),
		"write a date such as 2020-01-31, a moment such as 2020-01-31T12:00:00Z, or 720h, 30d or 4w")
}

// momentAgo reads how long ago, as in 720h, 30d or 4w.
func momentAgo(text string, now time.Time) (moment time.Time, isAgo bool) {
	if duration, err := time.ParseDuration(text); err == nil && duration > 0 {
		return now.UTC().Add(-duration), true
	}
	parts := ago.FindStringSubmatch(text)
	if parts == nil {
		return time.Time{}, false
	}
	days, err := strconv.Atoi(parts[1])
	if err == nil && parts[2] == "w" {
		days *= 7
	}
	return now.UTC().AddDate(0, 0, -days), err == nil
}
