package pipeline

import (
	"errors"
	"fmt"

	"liftoff"
)

const (
	// minimumPercent is how many of the launches that the last good run
	// brought the next one has to bring.
	minimumPercent = 90
	// One record in driftShare may drift the same way; below driftRecords
	// there are too few to tell.
	driftShare   = 5
	driftRecords = 10

	acceptHint = "look at the API; `liftoff ingest --all --accept-shrink` takes it as it is"
)

// CheckShrink refuses a source that announces far fewer launches than the
// last good run brought, or none at all: it is rather broken than right. The
// error is liftoff.Guard. It is asked before anything is written.
func CheckShrink(source liftoff.SourceState, announced int64, accepts bool) error {
	if accepts {
		return nil
	}
	before := source.LastFetched
	if announced == 0 {
		return liftoff.NewError(liftoff.Guard, errors.New("the API has no launches at all; nothing was written"),
			acceptHint)
	}
	if announced*100 < before*minimumPercent {
		return liftoff.NewError(liftoff.Guard,
			fmt.Errorf("the API announces %d launches, less than %d %% of the %d that the last good run brought; nothing was written",
				announced, minimumPercent, before),
			acceptHint)
	}
	return nil
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

// worst returns the way in which most records drift; of equals the first by name.
func (d *drift) worst() string {
	worst := ""
	for way, count := range d.ways {
		if count > d.ways[worst] || count == d.ways[worst] && way < worst {
			worst = way
		}
	}
	return worst
}

// check refuses a source of which more than a fifth drift the same way, or
// cannot be stored at all: then the API has changed, and its records should not
// be taken for launches.
func (d *drift) check() error {
	worst := d.worst()
	var err error
	switch {
	case d.records < driftRecords:
	case d.ways[worst]*driftShare > d.records:
		err = fmt.Errorf("%d of %d records drift the same way: %s; nothing more is written", d.ways[worst], d.records, worst)
	case d.rejected*driftShare > d.records:
		err = fmt.Errorf("%d of %d records cannot be stored, most of them %s; nothing more is written", d.rejected, d.records, worst)
	}
	if err == nil {
		return nil
	}
	return liftoff.NewError(liftoff.Guard, err,
		"look whether the API has changed, and whether a newer liftoff knows it; --accept-drift takes the records as they are")
}

// frozen refuses a launch that drifts, where the settings want none.
func (d *drift) frozen() error {
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("launches have another shape than the API documents: %s; nothing more is written (CONTRACT is freeze)", d.worst()),
		"look whether the API has changed; --contract store takes them as they are, --contract quarantine sets them apart")
}
