package ingest

import (
	"context"
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
)

// LockPolicy says what a run does while another one has the source's lock; the
// set is closed, and the empty one is LockedFail.
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

	// BackfillID is the backfill that SelectBackfill works on.
	BackfillID int64
	// RecordIDs are the numbers of the records that SelectQuarantine retries;
	// empty for all.
	RecordIDs []int64
	// Command is written into the ledger: what the user called, without secrets.
	Command  string
	IfLocked LockPolicy
	// LockedHint is the next step of the user whose run another one keeps out;
	// empty for a general one.
	LockedHint string
	// Slot is the slot of a schedule that the run does; nil for any other run. If it is
	// no longer due, Run does nothing: postgres.ErrSlotTaken.
	Slot *postgres.Slot
	// IsDry asks for a comparison that writes nothing.
	IsDry bool
	// AcceptsShrink accepts a source that has lost many launches.
	AcceptsShrink bool
	// AcceptsDrift accepts a source if many of its records drift the same way.
	AcceptsDrift bool
	// AcceptsRewind accepts a source by which many launches that had flown are
	// upcoming again.
	AcceptsRewind bool
	// IsQueriedNext says that the caller is about to query the tables, so that
	// with many launches they are worth indexes.
	IsQueriedNext bool
	// Began is told that the run has begun: it has the source's lock and its row in the
	// ledger. A retry of records in quarantine does not tell. It may be nil.
	Began func(ctx context.Context)
	// Progress is told how many records are stored, of how many, by one goroutine
	// at a time; may be nil. The total is -1 if it is not known, such as for a
	// worker of a backfill.
	Progress func(ctx context.Context, stored, total int64)
}

// check returns a liftoff.Usage error for a request that makes no sense.
func (r Request) check(source Source) error {
	_, isRanged := source.(RangedSource)
	switch r.Selection {
	case liftoff.SelectLatest, liftoff.SelectAll, liftoff.SelectNew, liftoff.SelectSince, liftoff.SelectUpcoming:
	case liftoff.SelectIDs:
		if len(r.IDs) == 0 {
			return unusable("give the ids", "no launch is named")
		}
	case liftoff.SelectBackfill:
		if !isRanged {
			return notRanged(source)
		}
		if r.IsDry {
			return unusable("do a dry run for all launches instead", "a backfill cannot be a dry run")
		}
		if r.BackfillID < 1 {
			return unusable("open one first", "no backfill is named")
		}
	case liftoff.SelectQuarantine:
		if r.IsDry {
			return unusable("list the records instead", "a retry of records in quarantine cannot be a dry run")
		}
	default:
		return unusable("ask for the latest launch, or for all", "there is no selection %q", r.Selection)
	}
	return source.CheckQuery(r.Query)
}

// goesByEarlierRuns reports whether what earlier runs know about the source decides
// what is fetched, or whether it is enough.
func (r Request) goesByEarlierRuns() bool {
	switch r.Selection {
	case liftoff.SelectAll, liftoff.SelectNew:
		return true
	default:
		return false
	}
}

// notRanged returns the error for a backfill of a source without ranges.
func notRanged(source Source) error {
	return unusable("fetch all launches in one run", "the launches of %s cannot be shared out among workers", source.Name())
}

// unusable returns the error of a request that makes no sense.
func unusable(hint, format string, args ...any) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf(format, args...), hint)
}

// requested returns the ids that were asked for; nil for any other selection.
func (r Request) requested() []string {
	if r.Selection != liftoff.SelectIDs {
		return nil
	}
	return r.IDs
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
		return liftoff.Count(int64(len(r.IDs)), "launch", "launches") + " by id"
	case liftoff.SelectQuarantine:
		return "records in quarantine"
	default:
		return "launches"
	}
}
