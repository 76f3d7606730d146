// Package pipeline is the engine of a run: it fetches a source's pages, asks the
// guards, enriches, cuts batches and stores them, and says how the run ended.
// It knows neither HTTP nor SQL, neither sources nor commands: package ingest
// hands it what it needs.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/failpoint"
)

// Destination is where a run's batches go, and its row in the ledger.
type Destination interface {
	// StoreBatch stores a batch, all or none of it, and says what became of
	// each record. It may be called by several goroutines at once. Launches
	// that are there already stay as they are, so a batch may be stored again.
	StoreBatch(ctx context.Context, batch liftoff.Batch) (liftoff.BatchResult, error)
	// HaveFlown returns those of the ids whose launches had flown when they were
	// last seen. It may be called while batches are stored.
	HaveFlown(ctx context.Context, ids []string) ([]string, error)
	// Finish writes down how the run ended, also when ctx has ended already.
	Finish(ctx context.Context, ending liftoff.Ending) error
}

// Part is a share of a run's launches that is fetched and stored before the next
// one.
type Part struct {
	// Fetch yields the launches page by page and stops after the first error.
	Fetch func(ctx context.Context) iter.Seq2[liftoff.Page, error]
	// Range is what the launches cover, in ascending order of id; nil when
	// they are chosen otherwise.
	Range *liftoff.IDRange
	// Finish is called when all of the part is stored and it has no gap; may be
	// nil.
	Finish func(ctx context.Context) error
}

// OnePart returns the Parts of a run that fetches everything at once.
func OnePart(part Part) func(context.Context) iter.Seq2[Part, error] {
	return func(context.Context) iter.Seq2[Part, error] {
		return func(yield func(Part, error) bool) { yield(part, nil) }
	}
}

// Options are what one run needs. All are needed unless said otherwise.
type Options struct {
	// Parts yields what is to be fetched, one part after the other; most runs
	// have just one.
	Parts func(ctx context.Context) iter.Seq2[Part, error]
	// What says in log lines what is fetched and from where, such as "latest
	// launch data from SpaceX API".
	What      string
	Selection liftoff.Selection
	// ReadsAll says that the parts are the whole source, as they are for SelectAll,
	// so that it may be compared with earlier readings.
	ReadsAll bool
	// Source is what earlier runs know.
	Source liftoff.SourceState
	// Requested are the ids of launches that were asked for, each once; nil for any
	// other selection.
	Requested []string
	// IsDry says that Destination keeps nothing of what it is given, so that
	// the log must not say that something was stored.
	IsDry bool
	// AcceptsShrink lets a run go on that brings far fewer launches than the
	// largest good run.
	AcceptsShrink bool
	// AcceptsDrift lets a run go on if many of its records drift the same way.
	AcceptsDrift bool
	// AcceptsRewind lets a run go on by which many launches that had flown are
	// upcoming again.
	AcceptsRewind bool
	// Contract says what becomes of a launch that drifts.
	Contract Contract
	// ListTag is the tag of the whole list from before the run; may be empty.
	ListTag string
	// Enrich adds the simulated values to a launch.
	Enrich      func(launch liftoff.Launch, fetchedAt time.Time) liftoff.EnrichedLaunch
	Destination Destination
	// Writers is how many batches are stored at once, 1 or more.
	Writers int
	// Progress is told how many records are stored, of how many, by one goroutine
	// at a time; may be nil.
	Progress func(ctx context.Context, stored, total int64)
	// OnBatch is told what became of each batch, by one goroutine at a time; may
	// be nil.
	OnBatch func(liftoff.Batch, liftoff.BatchResult)
	// Beside does other work while the launches are fetched and stored; may be nil.
	// It starts when the first page has passed the guards, so that a run that is
	// refused writes nothing. Its context ends if the launches fail. Execute waits
	// for it before Complete, which says what came of it.
	Beside func(ctx context.Context)
	// Complete does what is left to do once all launches are stored and before
	// the ledger's row is closed; may be nil. A liftoff.Quarantined error of it is a
	// shortcoming and changes nothing else. A liftoff.Source error of it makes
	// the run partial, any other error makes it fail.
	Complete func(ctx context.Context, summary liftoff.RunSummary) error
	// Statistics returns what the run took so far besides storing, which Execute
	// measures; may be nil.
	Statistics func() liftoff.Statistics
	// StartedAt is when the run began, as its row in the ledger has it.
	StartedAt time.Time
	// Now is the clock.
	Now    func() time.Time
	Logger *slog.Logger

	// batch bounds a batch, which is one transaction; zero means defaultBatch.
	batch batchSize
}

// Execute does one run and returns what it did, also when it ends in an error:
// the batches that were stored before stay stored, and running again picks up
// the rest.
//
// A run that stored what it received may still have a shortcoming: it did not
// receive everything (liftoff.Source), or put records into quarantine or found
// drift (liftoff.Quarantined). It does everything else too, and returns the
// shortcoming apart from the error that ended it.
func Execute(ctx context.Context, opts Options) (summary liftoff.RunSummary, shortcoming, err error) {
	r := newRunner(opts)
	err = liftoff.Safely(func() error { return r.run(ctx) })
	if !errors.Is(err, ErrRewound) {
		r.warnRewind(ctx)
	}
	r.conclude(err)
	if finishErr := opts.Destination.Finish(ctx, r.ending(errors.Join(err, r.shortcoming))); err == nil {
		err = finishErr
	}
	if err == nil {
		failpoint.Reach(failpoint.AfterLedgerClosed)
	}
	return r.summary, r.shortcoming, err
}

// run fetches and stores, and completes the run.
func (r *runner) run(ctx context.Context) error {
	if err := r.store(ctx); err != nil {
		return err
	}
	r.shortcoming = r.findShortcoming(ctx)
	if err := r.complete(ctx); err != nil {
		return err
	}
	failpoint.Reach(failpoint.BeforeLedgerCloses)
	return nil
}

// complete does what follows after the launches are stored.
func (r *runner) complete(ctx context.Context) error {
	if r.options.Complete == nil {
		return nil
	}
	err := r.options.Complete(ctx, r.summary)
	if err == nil || ctx.Err() != nil {
		return err
	}
	switch liftoff.CategoryOf(err) {
	case liftoff.Source:
		r.isIncomplete, r.knowsGaps = true, false
	case liftoff.Quarantined:
	default:
		return err
	}
	r.shortcoming = errors.Join(r.shortcoming, err)
	return nil
}

// conclude fills in how the run ended; err is what ended it early.
func (r *runner) conclude(err error) {
	r.summary.Status = r.status(err)
	if r.tellsMissing() {
		r.summary.Missing = int64(len(r.missingIDs))
	}
	if r.options.Statistics != nil {
		stored := r.summary.Statistics.Store
		r.summary.Statistics = r.options.Statistics()
		r.summary.Statistics.Store = stored
	}
	r.summary.FinishedAt = liftoff.EndOf(r.options.StartedAt, r.options.Now())
}

// status returns how the run ended; err is what ended it early.
func (r *runner) status(err error) liftoff.RunStatus {
	switch {
	case err != nil && liftoff.CategoryOf(err) == liftoff.Interrupted:
		return liftoff.RunInterrupted
	case err != nil && liftoff.CategoryOf(err) == liftoff.Source && r.summary.Fetched > 0:
		return liftoff.RunPartial
	case err != nil:
		return liftoff.RunFailed
	case r.shortcoming != nil && r.isIncomplete:
		return liftoff.RunPartial
	default:
		return liftoff.RunSucceeded
	}
}

// findShortcoming returns what is wrong with a run that stored all that it
// received; nil for a run without a flaw.
func (r *runner) findShortcoming(ctx context.Context) error {
	s := r.summary
	r.knowsGaps = true
	switch {
	case len(s.Gaps) > 0:
		r.isIncomplete = true
		return liftoff.NewError(liftoff.Source, kindError{fmt.Sprintf("the run is partial: %s could not be fetched", describe(s.Gaps)), ErrGaps},
			"fetch the gaps with a run for new launches")
	case int64(len(r.options.Requested)) > s.Fetched:
		r.isIncomplete = true
		return liftoff.NewError(liftoff.Source, fmt.Errorf("the API found %d of %d requested launches%s", s.Fetched, len(r.options.Requested), r.notFound()),
			"check the ids")
	case s.Announced >= 0 && s.Announced != s.Fetched:
		r.isIncomplete, r.knowsGaps = true, false
		r.options.Logger.WarnContext(ctx, "The API announces another number of launches than it sent.", "announced", s.Announced, "received", s.Fetched)
		return liftoff.NewError(liftoff.Source, fmt.Errorf("the run is partial: the API announces %d launches and sent %d", s.Announced, s.Fetched),
			"run again")
	case s.Quarantined > 0 && r.options.IsDry:
		return liftoff.NewError(liftoff.Quarantined, fmt.Errorf("%d of %d records would go into quarantine (first reason: %s)", s.Quarantined, s.Fetched, r.firstReject),
			"see why above; a run without --dry-run keeps them there and stores the others")
	case s.Quarantined > 0:
		return liftoff.NewError(liftoff.Quarantined, fmt.Errorf("%d of %d records went into quarantine (first reason: %s)", s.Quarantined, s.Fetched, r.firstReject),
			"run `liftoff quarantine list` to see why; the other records are stored")
	case s.Drifted > 0:
		return liftoff.NewError(liftoff.Quarantined, fmt.Errorf("%d of %d launches drifted from the documented shape: %s", s.Drifted, s.Fetched, r.drift.worst()),
			"check whether the API has changed; launches that drift are stored like the others")
	default:
		return nil
	}
}

// notFound names requested launches that did not come; empty if that is not known, as
// when one came without an id.
func (r *runner) notFound() string {
	const most = 10
	ids := slices.DeleteFunc(slices.Clone(r.options.Requested), func(id string) bool { return r.receivedIDs[id] })
	if int64(len(ids)) != int64(len(r.options.Requested))-r.summary.Fetched {
		return ""
	}
	shown := "; not " + strings.Join(ids[:min(len(ids), most)], ", ")
	if more := len(ids) - most; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return shown
}

// maxDescribedGaps is how many gaps a message names; the ledger has all.
const maxDescribedGaps = 5

func describe(gaps []liftoff.Gap) string {
	var parts []string
	for _, gap := range gaps[:min(len(gaps), maxDescribedGaps)] {
		if gap.BeforeID == "" {
			parts = append(parts, fmt.Sprintf("the launches after %q", gap.AfterID))
		} else {
			parts = append(parts, fmt.Sprintf("the launches between %q and %q", gap.AfterID, gap.BeforeID))
		}
	}
	if more := len(gaps) - maxDescribedGaps; more > 0 {
		parts = append(parts, liftoff.Count(int64(more), "more gap", "more gaps"))
	}
	return strings.Join(parts, ", and ")
}

// ending returns what the ledger gets.
func (r *runner) ending(err error) liftoff.Ending {
	s := r.summary
	ending := liftoff.Ending{Status: s.Status, FinishedAt: s.FinishedAt, Announced: s.Announced, Gaps: s.Gaps, Statistics: s.Statistics}
	if err != nil {
		ending.Error, ending.Category = liftoff.OneLine(err), liftoff.CategoryOf(err)
	}
	// A partial run too saw everything new, except for the gaps that it names.
	if s.Status == liftoff.RunSucceeded || (s.Status == liftoff.RunPartial && r.knowsGaps) {
		ending.IsCurrent = r.options.Selection == liftoff.SelectAll || r.options.Selection == liftoff.SelectNew
		ending.ListTag = r.options.ListTag
	}
	ending.IsWhole = s.Status == liftoff.RunSucceeded && r.options.ReadsAll
	if r.tellsMissing() {
		ending.MissingIDs, ending.ChecksMissing = r.missingIDs, r.isRanged
	}
	return ending
}

// tellsMissing reports whether absent launches may be marked as removed: only
// after a complete run with nothing quarantined.
func (r *runner) tellsMissing() bool {
	return r.summary.Status == liftoff.RunSucceeded && r.summary.Quarantined == 0
}
