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
	"liftoff/internal/source/spacex"
)

// IngestRequest is what the flags of `liftoff ingest` ask for; nothing means
// the latest launch.
type IngestRequest struct {
	All, New, Upcoming bool
	// Since is a date such as 2020-01-31, a moment such as
	// 2020-01-31T12:00:00Z, or how long ago such as 720h, 30d or 4w.
	Since string
	IDs   []string
	// IsWorker makes the run one of several that share the work of All.
	IsWorker bool
	// IsDry asks for a comparison that writes nothing.
	IsDry bool
	// AcceptsShrink takes a source that has lost many launches.
	AcceptsShrink bool
	// AcceptsDrift takes a source of which many records drift the same way.
	AcceptsDrift bool
	// Waits makes the run wait for others of the same source, whatever the
	// settings say.
	Waits bool
	// SkipsAnalytics leaves out the analytics at the end.
	SkipsAnalytics bool
}

// asked is a request that was understood.
type asked struct {
	IngestRequest
	selection liftoff.Selection
	// name says in log lines what is fetched.
	name string
	// command is the command line for the ledger.
	command string
	filter  spacex.Filter
	ids     []string
}

var launchID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// parse checks the request; errors are liftoff.Usage.
func (r IngestRequest) parse(now time.Time) (asked, error) {
	a := asked{IngestRequest: r, selection: liftoff.SelectLatest, name: "latest launch data", command: "ingest"}
	choices := 0
	choose := func(isChosen bool, selection liftoff.Selection, name, flag string, filter spacex.Filter) {
		if isChosen {
			choices++
			a.selection, a.name, a.command, a.filter = selection, name, "ingest "+flag, filter
		}
	}
	choose(r.All, liftoff.SelectAll, "launches", "--all", spacex.Everything())
	choose(r.New, liftoff.SelectNew, "new launches", "--new", spacex.Everything())
	choose(r.Upcoming, liftoff.SelectUpcoming, "upcoming launches", "--upcoming", spacex.Upcoming())
	if r.Since != "" {
		since, err := parseSince(r.Since, now)
		if err != nil {
			return asked{}, err
		}
		choose(true, liftoff.SelectSince, "launches since "+since.Format(time.DateTime)+" UTC", "--since "+r.Since, spacex.Since(since))
	}
	if len(r.IDs) > 0 {
		a.ids = slices.Compact(slices.Sorted(slices.Values(r.IDs)))
		for _, id := range a.ids {
			if !launchID.MatchString(id) {
				return asked{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("--id %q is no launch id", id), "give 24 hexadecimal digits, such as 62dd70d5202306255024d139")
			}
		}
		choose(true, liftoff.SelectIDs, fmt.Sprintf("%d launches", len(a.ids)), "--id "+strings.Join(a.ids, ","), spacex.WithIDs(a.ids))
	}
	if choices > 1 {
		return asked{}, liftoff.NewError(liftoff.Usage, errors.New("more than one of --all, --new, --since, --upcoming and --id is given"), "give one of them")
	}
	if r.IsWorker {
		a.selection, a.command = liftoff.SelectBackfill, "ingest --all --worker"
	}
	return a, r.checkCompany()
}

// checkCompany checks that flags stand beside those that they go with.
func (r IngestRequest) checkCompany() error {
	switch {
	case r.IsWorker && r.IsDry:
		return liftoff.NewError(liftoff.Usage, errors.New("--worker and --dry-run do not go together"), "give one of them")
	case r.IsWorker && !r.All:
		return liftoff.NewError(liftoff.Usage, errors.New("--worker goes with --all only"), "add --all")
	case r.AcceptsShrink && !r.All:
		return liftoff.NewError(liftoff.Usage, errors.New("--accept-shrink goes with --all only"), "add --all")
	default:
		return nil
	}
}

var ago = regexp.MustCompile(`^([0-9]{1,5})([dw])$`)

// parseSince reads a date, a moment, or how long ago.
func parseSince(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		// The API compares dates as text, of which a year has four digits.
		if moment, err := time.Parse(layout, text); err == nil && moment.UTC().Year() >= 0 && moment.UTC().Year() <= 9999 {
			return moment.UTC(), nil
		}
	}
	if duration, err := time.ParseDuration(text); err == nil && duration > 0 {
		return now.UTC().Add(-duration), nil
	}
	if parts := ago.FindStringSubmatch(text); parts != nil {
		days, err := strconv.Atoi(parts[1])
		if err == nil && parts[2] == "w" {
			days *= 7
		}
		return now.UTC().AddDate(0, 0, -days), nil
	}
	return time.Time{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("--since %q is neither a date nor how long ago", text),
		"write a date such as 2020-01-31, a moment such as 2020-01-31T12:00:00Z, or 720h, 30d or 4w")
}
