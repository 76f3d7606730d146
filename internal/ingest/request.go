package ingest

import (
	"errors"
	"fmt"
	"time"

	"liftoff"
)

// LockPolicy says what a run does while another one has the source's lock; the
// set is closed.
type LockPolicy string

// The policies.
const (
	// LockedFail ends the run with a liftoff.Locked error.
	LockedFail LockPolicy = "fail"
	// LockedSkip ends the run at once, as a success that did nothing.
	LockedSkip LockPolicy = "skip"
	// LockedWait waits for the lock.
	LockedWait LockPolicy = "wait"
)

// Request says what one run is to do.
type Request struct {
	// Query says which launches to ask for. SelectNew and SelectBackfill need
	// nothing but the selection: the run knows the rest. SelectQuarantine asks
	// the source for nothing; it retries records in quarantine.
	liftoff.Query

	// RecordIDs are the numbers of the records that SelectQuarantine retries;
	// empty for all.
	RecordIDs []int64
	// Command is written into the ledger: what the user called, without secrets.
	Command  string
	IfLocked LockPolicy
	// LockedHint is the next step of the user whose run another one keeps out;
	// empty for a general one.
	LockedHint string
	// IsDry asks for a comparison that writes nothing.
	IsDry bool
	// AcceptsShrink accepts a source that has lost many launches.
	AcceptsShrink bool
	// AcceptsDrift accepts a source if many of its records drift the same way.
	AcceptsDrift bool
	// IsQueriedNext says that the caller is about to query the tables, so that
	// after many new rows they are worth a vacuum.
	IsQueriedNext bool
}

// check returns a liftoff.Usage error for a request that makes no sense.
func (r Request) check(source Source) error {
	if r.Selection == liftoff.SelectBackfill {
		if _, ok := source.(RangedSource); !ok {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("the launches of the %s cannot be shared out among workers", source.Name()),
				"fetch all launches in one run")
		}
		if r.IsDry {
			return liftoff.NewError(liftoff.Usage, errors.New("a backfill cannot be a dry run"), "do a dry run for all launches instead")
		}
	}
	return source.CheckQuery(r.Query)
}

// expected returns how many launches were asked for by their ids; 0 for any
// other selection.
func (r Request) expected() int64 {
	if r.Selection != liftoff.SelectIDs {
		return 0
	}
	return int64(len(r.IDs))
}

// describe returns what is fetched, for log lines.
func (r Request) describe() string {
	switch r.Selection {
	case liftoff.SelectLatest:
		return "latest launch data"
	case liftoff.SelectNew:
		return "new launches"
	case liftoff.SelectUpcoming:
		return "upcoming launches"
	case liftoff.SelectSince:
		return "launches since " + r.Since.Format(time.DateTime) + " UTC"
	case liftoff.SelectIDs:
		return fmt.Sprintf("%d launches by id", len(r.IDs))
	case liftoff.SelectQuarantine:
		return "records in quarantine"
	default:
		return "launches"
	}
}
