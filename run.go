package liftoff

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Selection says which launches a run asks for.
type Selection string

// The selections of `liftoff ingest`.
const (
	// SelectLatest is the one launch that the source calls the latest.
	SelectLatest Selection = "latest"
	// SelectAll is every launch.
	SelectAll Selection = "all"
	// SelectSince is every launch from a date on.
	SelectSince Selection = "since"
	// SelectNew is what is new or may have changed since the watermark.
	SelectNew Selection = "new"
	// SelectIDs is launches by their ids.
	SelectIDs Selection = "ids"
	// SelectBackfill is one worker's share of every launch.
	SelectBackfill Selection = "backfill"
	// SelectUpcoming is the launches that have not flown yet.
	SelectUpcoming Selection = "upcoming"
	// SelectQuarantine is records in quarantine that are retried.
	SelectQuarantine Selection = "quarantine"
)

// RunStatus is the state of a run in the ledger; the set is closed and is
// checked by the table ingestion_runs.
type RunStatus string

// The states of a run. All but RunRunning are final.
const (
	RunRunning RunStatus = "running"
	// RunSucceeded means that everything asked for was received, and each
	// record is stored or in quarantine.
	RunSucceeded RunStatus = "succeeded"
	// RunPartial means that what was received is stored, but not everything asked
	// for was received.
	RunPartial RunStatus = "partial"
	// RunFailed means that the run ended with an error.
	RunFailed RunStatus = "failed"
	// RunInterrupted means that a signal ended the run.
	RunInterrupted RunStatus = "interrupted"
	// RunCrashed means that the process ended without closing its run; a later run
	// noticed that.
	RunCrashed RunStatus = "crashed"
)

// RunCounts is what happened to the records of a run. Fetched = Inserted +
// Unchanged + Revised + Quarantined always holds.
type RunCounts struct {
	// Pages is the number of answers that the launches came in.
	Pages int64
	// Fetched is the number of records received.
	Fetched int64
	// Inserted is the number of launches that were new to the database.
	Inserted int64
	// Unchanged is the number of launches whose content the database had
	// already.
	Unchanged int64
	// Revised is the number of launches whose content had changed.
	Revised int64
	// Quarantined is the number of records that could not be stored as
	// launches.
	Quarantined int64
	// Missing is the number of launches that the source no longer has.
	Missing int64
	// Bytes is the total size of the records.
	Bytes int64
}

// Add adds other to c.
func (c *RunCounts) Add(other RunCounts) {
	c.Pages += other.Pages
	c.Fetched += other.Fetched
	c.Inserted += other.Inserted
	c.Unchanged += other.Unchanged
	c.Revised += other.Revised
	c.Quarantined += other.Quarantined
	c.Missing += other.Missing
	c.Bytes += other.Bytes
}

// RunSummary is what one ingestion run did.
type RunSummary struct {
	RunCounts
	// RunID is the run's number in the ledger; 0 for a dry run.
	RunID int64
	// StartedAt and FinishedAt are in UTC.
	StartedAt, FinishedAt time.Time
	Status                RunStatus
	// Announced is how many launches the source said there are.
	Announced int64
	// Drifted is how many launches drift.
	Drifted int64
	// Gaps are the ranges that could not be fetched.
	Gaps []Gap
	// Statistics is what the run took.
	Statistics Statistics
}

// Outcome returns the status for who watches runs: a run that did not begin has no row
// in the ledger and no Status, and has failed for them.
func (s RunSummary) Outcome() RunStatus { return cmp.Or(s.Status, RunFailed) }

// LedgerRow is one row of the ledger.
type LedgerRow struct {
	RunCounts
	ID int64
	// Source is what the ledger knows the source by, usually its base URL.
	Source    string
	Selection Selection
	// Command is the command line that started it, without secrets.
	Command        string
	ProgramVersion string
	Status         RunStatus
	StartedAt      time.Time
	// FinishedAt is zero while the run is running.
	FinishedAt time.Time
	// Announced is how many launches the source said there are; -1 when it
	// did not say.
	Announced int64
	// Error is the one line that the user saw; empty if there was none.
	Error string
	// Schedule is the schedule that a worker did the run for, and DueAt the slot; zero
	// for any other run.
	Schedule string
	DueAt    time.Time
	// Gaps are the ranges that neither this run nor a later one has fetched.
	Gaps []Gap
	// Statistics is what the run took, without statuses and analytics; nil for a run that is
	// running, has crashed or is of an earlier version of the program.
	Statistics *Statistics
}

// SourceState is what is known of a source from earlier runs.
type SourceState struct {
	// URL is what the ledger knows the source by, usually its base URL.
	URL string
	// Watermark is when (UTC) the last run began that saw everything new, or knows
	// the gaps that it left; zero before the first.
	Watermark time.Time
	// NewestID is the largest launch id seen by then.
	NewestID string
	// ListTag is the tag of the whole list as of that run; empty if there is
	// none, or if launches that were known then are no longer in the database.
	ListTag string
	// MostLaunches is the most launches that a good run for all of them fetched,
	// since the user last accepted that the source has shrunk; 0 before the first.
	MostLaunches int64
	// MissingCheckedAt is when (UTC) the last run began that looked for launches
	// that the source no longer has, or that found the list unchanged since such a
	// run; zero before the first.
	MissingCheckedAt time.Time
	// Gaps are the ranges that earlier runs could not fetch.
	Gaps []Gap
}

// IDRange is a share of a source: the launches after one id, up to and including
// another.
type IDRange struct {
	// After is empty for the very beginning.
	After string
	// UpTo is empty for the end.
	UpTo string
}

// Batch is the records that are stored in one transaction.
type Batch struct {
	// Launches are in ascending order of id, no id twice.
	Launches []EnrichedLaunch
	Rejected []RejectedRecord
	// Repeated is how many further records had the same bytes as an earlier one.
	Repeated int64
	// Pages is how many pages ended in this batch.
	Pages int64
	// Bytes is the total size of the records.
	Bytes int64
	// ReceivedAt is when the last record of the batch was received, in UTC.
	ReceivedAt time.Time
	// Range is the range that the batch covers without a gap; nil when that is not
	// known, as when launches are selected by id. Known launches in the range that
	// are not in the batch are missing.
	Range *IDRange
	// Tolerates is asked, before anything of the batch is written, whether so many
	// of its launches may go into quarantine because the database refuses them. Its
	// error ends the run. If it is nil, any number may.
	Tolerates func(refused []RejectedRecord) error
}

// BatchResult is what became of a batch.
type BatchResult struct {
	RunCounts
	// InsertedIDs and RevisedIDs are the launches that were new or changed.
	InsertedIDs, RevisedIDs []string
	// Refused are launches that the database itself refused. They are in quarantine.
	Refused []RejectedRecord
	// MissingIDs are known launches in the batch's range that the source did not
	// send. They are marked only if the run ends complete.
	MissingIDs []string
}

// Ending is how a run ended, for the ledger.
type Ending struct {
	Status RunStatus
	// FinishedAt is in UTC.
	FinishedAt time.Time
	// Error is the one line that the user sees; empty for none.
	Error string
	// Category is that of the error; it means nothing without one.
	Category Category
	// Announced is how many launches the source said there are; -1 when it
	// did not say.
	Announced int64
	// Gaps are the ranges that could not be fetched.
	Gaps []Gap
	// Statistics is what the run took.
	Statistics Statistics
	// IsCurrent says that the run saw everything new: the watermark moves to its
	// start, and earlier gaps are closed.
	IsCurrent bool
	// IsWhole says that the run received all launches of the source.
	IsWhole bool
	// ChecksMissing says that MissingIDs are all that the run can tell to be
	// missing, of those that it read.
	ChecksMissing bool
	// ListTag is the tag of the whole list from before the run; empty for none.
	ListTag string
	// MissingIDs are known launches that the source no longer has.
	MissingIDs []string
}

// runIDKey is the key of contexts that carry a run's number.
type runIDKey struct{}

// WithRunID returns a context that carries a run's number, so that each log line
// of the run has it.
func WithRunID(ctx context.Context, id int64) context.Context {
	return context.WithValue(ctx, runIDKey{}, id)
}

// RunIDOf returns the run's number that ctx carries; 0 outside a run, and in a
// dry one.
func RunIDOf(ctx context.Context) int64 {
	id, _ := ctx.Value(runIDKey{}).(int64)
	return id
}

// launchIDKey is the key of contexts that carry a launch's id.
type launchIDKey struct{}

// WithLaunchID returns a context that carries a launch's id, so that a JSON log line
// has it whose sentence names the launch.
func WithLaunchID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, launchIDKey{}, id)
}

// LaunchIDOf returns the launch's id that ctx carries; "" for none.
func LaunchIDOf(ctx context.Context) string {
	id, _ := ctx.Value(launchIDKey{}).(string)
	return id
}

// runError is an error with the number of the run that ended with it.
type runError struct {
	error

	id int64
}

func (e runError) Unwrap() error { return e.error }

// EndRun returns the error that a run ended with, together with the run's number,
// so that the last log line has it too. It is nil for nil.
func EndRun(id int64, err error) error {
	if err == nil {
		return nil
	}
	return runError{err, id}
}

// EndedRunID returns the number of the run that ended with err; 0 if no run did.
func EndedRunID(err error) int64 {
	ended, _ := errors.AsType[runError](err)
	return ended.id
}

// EndOf returns when a run ended that began at startedAt, if it is now: to the
// millisecond after the beginning, so that the log and the ledger show the same
// duration. With a real clock it is measured by the monotonic one; a clock that jumps
// back does not make it negative.
func EndOf(startedAt, now time.Time) time.Time {
	elapsed := max(now.Sub(startedAt), 0)
	return startedAt.UTC().Add(elapsed.Round(time.Millisecond))
}
