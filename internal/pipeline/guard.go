package pipeline

import (
	"errors"
	"fmt"

	"liftoff"
)

const (
	// minimumPercent is the share of the launches of the largest good run that the
	// next one has to bring.
	minimumPercent = 90
	// One record in driftShare may drift the same way; below driftRecords
	// there are too few to tell.
	driftShare   = 5
	driftRecords = 10
	// One upcoming launch in rewindShare may have flown before; below
	// rewindLaunches it is a correction.
	rewindShare    = 5
	rewindLaunches = 3

	shrinkHint = "check the API; to accept that launches were removed, allow the run to shrink"
)

// What a run ends with or falls short of. Its error wraps one of these, so that
// a caller can name the flag or setting that helps. All but ErrGaps are
// liftoff.Guard errors.
var (
	// ErrGaps is a run that could not fetch a part of the source.
	ErrGaps = errors.New("the run has gaps")
	// ErrShrunk is a source that has lost many launches.
	ErrShrunk = errors.New("the source has shrunk")
	// ErrDrift is a source with many records that drift the same way, or that
	// cannot be stored.
	ErrDrift = errors.New("the source has drifted")
	// ErrRewound is a source by which many launches that had flown are upcoming
	// again.
	ErrRewound = errors.New("the source is older than what is stored")
	// ErrFrozen is a launch that drifts although the contract is ContractFreeze.
	ErrFrozen = errors.New("the contract is frozen")
)

// kindError is an error of one of these kinds; its text says what was found.
type kindError struct {
	text string
	kind error
}

func (e kindError) Error() string { return e.text }
func (e kindError) Unwrap() error { return e.kind }

// refuse returns a guard's error.
func refuse(kind error, hint, format string, args ...any) error {
	return liftoff.NewError(liftoff.Guard, kindError{fmt.Sprintf(format, args...), kind}, hint)
}

// CheckShrink refuses a source that announces far fewer launches than the
// largest good run brought, or none at all: that is more likely broken than
// right. It compares with the largest run and not with the last one, so that a
// source cannot shrink unnoticed in small steps. The error is liftoff.Guard and
// wraps ErrShrunk. Call it before anything is written.
func CheckShrink(source liftoff.SourceState, announced int64, accepts bool) error {
	switch {
	case accepts:
		return nil
	case announced == 0:
		return refuse(ErrShrunk, shrinkHint, "the API has no launches at all; nothing was written")
	case announced*100 < source.MostLaunches*minimumPercent:
		return refuse(ErrShrunk, shrinkHint,
			"the API announces %d launches, fewer than %d %% of the %d that a good run once fetched; nothing was written",
			announced, minimumPercent, source.MostLaunches)
	default:
		return nil
	}
}

// rewind counts launches that had flown and are upcoming again.
type rewind struct {
	upcoming, flown int
	// firstID is the first of those that had flown.
	firstID string
}

// note takes how many launches of a page are upcoming, and the ids of those that
// had flown.
func (w *rewind) note(upcoming int, flown []string) {
	w.upcoming += upcoming
	w.flown += len(flown)
	if w.firstID == "" && len(flown) > 0 {
		w.firstID = flown[0]
	}
}

// check refuses a source if more than a fifth of the launches that it calls
// upcoming had flown already: then it sends an older state, such as that of a
// mirror that lags behind, and the newer one should not be overwritten.
func (w *rewind) check() error {
	if w.flown < rewindLaunches || w.flown*rewindShare <= w.upcoming {
		return nil
	}
	return refuse(ErrRewound, "check whether the API sends an older state than before",
		"%d launches that had flown are upcoming again, of %d upcoming ones (the first is %q); nothing more is written", w.flown, w.upcoming, w.firstID)
}

// drift counts in which ways records differ from what the API documents.
type drift struct {
	records, rejected int
	// ways counts records by what is wrong with them.
	ways map[string]int
}

// note counts a page and returns how many of its launches drift.
func (d *drift) note(page liftoff.Page) int64 {
	if d.ways == nil {
		d.ways = map[string]int{}
	}
	d.records += len(page.Launches) + len(page.Rejected)
	d.rejected += len(page.Rejected)
	for _, record := range page.Rejected {
		d.ways["rejected as "+string(record.Reason)]++
	}
	drifted := int64(0)
	for _, launch := range page.Launches {
		for _, way := range launch.Drift {
			d.ways[way]++
		}
		if len(launch.Drift) > 0 {
			drifted++
		}
	}
	return drifted
}

// noteRefused counts records that the database itself refused.
func (d *drift) noteRefused(records int) {
	d.rejected += records
	d.ways["rejected as "+string(liftoff.RefusedByDatabase)] += records
}

// tolerance returns what says whether the database may refuse so many launches of
// a batch with this many records. Some of them may be rejected already. It is asked
// before the batch is stored; drift.check looks at all records of the run.
func tolerance(records, rejected int) func([]liftoff.RejectedRecord) error {
	return func(refused []liftoff.RejectedRecord) error {
		if records < driftRecords || (rejected+len(refused))*driftShare <= records {
			return nil
		}
		return refuse(ErrDrift, "check the constraints and triggers of raw_launches, and whether the API has changed",
			"PostgreSQL refuses more than a fifth of %d records, such as launch %q: %s; nothing more is written",
			records, refused[0].LaunchID, refused[0].Detail)
	}
}

// worst returns the way in which most records drift; if several are equal, the
// first by name.
func (d *drift) worst() string {
	worst := ""
	for way, count := range d.ways {
		if count > d.ways[worst] || (count == d.ways[worst] && way < worst) {
			worst = way
		}
	}
	return worst
}

// check refuses a source if more than a fifth of its records drift the same way,
// or cannot be stored: then the API has changed, and its records should not be
// taken for launches.
func (d *drift) check() error {
	const hint = "check whether the API has changed, and whether a newer liftoff supports it"
	worst := d.worst()
	switch {
	case d.records < driftRecords:
		return nil
	case d.ways[worst]*driftShare > d.records:
		return refuse(ErrDrift, hint, "%d of %d records drift the same way: %s; nothing more is written", d.ways[worst], d.records, worst)
	case d.rejected*driftShare > d.records:
		return refuse(ErrDrift, hint, "%d of %d records cannot be stored, most of them %s; nothing more is written", d.rejected, d.records, worst)
	default:
		return nil
	}
}

// frozen refuses a launch that drifts, under ContractFreeze.
func (d *drift) frozen() error {
	return refuse(ErrFrozen, "check whether the API has changed",
		"launches drift from the documented shape: %s; nothing more is written (CONTRACT is freeze)", d.worst())
}
