// Package pipeline runs one ingestion: fetch, enrich, store, view, analytics,
// in this order. Every way to start a run (a command, a container, a test)
// calls the same function. It knows neither HTTP nor SQL; the caller hands it
// the parts, and it hands back what was done.
package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"time"

	"liftoff"
)

// Run is a run's side of the store. The PostgreSQL store has the one of
// production.
type Run interface {
	// StoreBatch stores a batch, all or none of it, and says what became of
	// each record. It may be called by several goroutines at once. Launches
	// that are there already stay as they are, so a batch may be stored again.
	StoreBatch(ctx context.Context, batch liftoff.Batch) (liftoff.BatchResult, error)
	// Finish writes down how the run ended, also when ctx has ended already.
	Finish(ctx context.Context, outcome liftoff.Outcome) error
}

// Part is a part of the source that is fetched and stored before the next one.
type Part struct {
	// Fetch yields the launches page by page and stops after the first error.
	Fetch func(ctx context.Context) iter.Seq2[liftoff.Page, error]
	// Range is what the launches cover, in ascending order of id; nil when
	// they are chosen otherwise.
	Range *liftoff.IDRange
	// Stored is told when all of the part is stored, and nothing of it was
	// missed; may be nil.
	Stored func(ctx context.Context) error
}

// OnePart returns the Parts of a run that fetches everything at once.
func OnePart(part Part) func(context.Context) iter.Seq2[Part, error] {
	return func(context.Context) iter.Seq2[Part, error] {
		return func(yield func(Part, error) bool) { yield(part, nil) }
	}
}

// Options are the parts of one run. All are needed unless said otherwise.
type Options struct {
	// Parts yields what is to be fetched, one part after the other; most runs
	// have just one.
	Parts func(ctx context.Context) iter.Seq2[Part, error]
	// SourceName says in log lines what is fetched, such as "latest launch data".
	SourceName string
	Selection  liftoff.Selection
	// Source is what earlier runs know.
	Source liftoff.SourceState
	// Expected is how many launches were asked for by their ids; 0 for any
	// other selection.
	Expected int64
	// IsDry says that Run keeps nothing of what it is given, so that the log
	// must not say that something was stored.
	IsDry bool
	// AcceptsShrink lets a run go on that brings far fewer launches than the
	// one before.
	AcceptsShrink bool
	// AcceptsDrift lets a run go on of which many records drift the same way.
	AcceptsDrift bool
	// Contract says what becomes of a launch that drifts; empty means ContractStore.
	Contract Contract
	// ListTag is the tag of the whole list from before the run; may be empty.
	ListTag string
	// Enrich adds the simulated values to a launch.
	Enrich func(launch liftoff.Launch, fetchedAt time.Time) liftoff.EnrichedLaunch
	Run    Run
	// Writers is how many batches are stored at once; default 1.
	Writers int
	// BatchRows and BatchBytes bound a batch, which is one transaction: what
	// an interruption loses and what memory holds. Defaults 1,000 and 4 MiB.
	BatchRows  int
	BatchBytes int64
	// Progress is told how many records are stored, of how many; may be nil.
	Progress func(stored, total int64)
	// Stored is told what became of each batch; may be nil.
	Stored func(liftoff.Batch, liftoff.BatchResult)
	// AfterStore does what is left to do with the launches that are stored,
	// such as fetching what they refer to; may be nil.
	AfterStore func(ctx context.Context, summary liftoff.RunSummary) error
	// CreateView makes launch_aggregates_view; nil for a dry run.
	CreateView func(ctx context.Context) error
	// Analyze runs the analytics queries and prints them; nil for none.
	Analyze func(ctx context.Context) error
	// Now is the clock.
	Now    func() time.Time
	Logger *slog.Logger
}

// Execute does one ingestion and returns what it did, also when it ends in an
// error: the batches that were stored before stay stored, and running again
// picks up the rest.
//
// A run that stored what it received but did not receive all, or put records
// into quarantine, does everything else too before it returns its error:
// liftoff.Source for the first, liftoff.Quarantined for the second.
func Execute(ctx context.Context, opts Options) (liftoff.RunSummary, error) {
	opts.Writers = max(opts.Writers, 1)
	opts.BatchRows = cmp.Or(opts.BatchRows, 1000)
	opts.BatchBytes = cmp.Or(opts.BatchBytes, 4<<20)
	i := &ingestion{options: opts, announcedBefore: -1, summary: liftoff.RunSummary{
		StartedAt: opts.Now().UTC(), Announced: -1, Status: liftoff.RunRunning,
	}}
	err := i.store(ctx)
	shortcoming := error(nil)
	if err == nil {
		shortcoming = i.shortcoming()
		err = i.complete(ctx, &shortcoming)
	}
	i.summary.Status = i.status(err, shortcoming)
	if i.tellsMissing() {
		i.summary.Missing = int64(len(i.missingIDs))
	}
	i.summary.FinishedAt = opts.Now().UTC()
	if finishErr := opts.Run.Finish(ctx, i.outcome(errors.Join(err, shortcoming))); err == nil {
		err = finishErr
	}
	if err != nil {
		return i.summary, err
	}
	return i.summary, errors.Join(i.analyze(ctx), shortcoming)
}

// complete does what follows after the launches are stored.
func (i *ingestion) complete(ctx context.Context, shortcoming *error) error {
	if i.options.AfterStore != nil {
		if err := i.options.AfterStore(ctx, i.summary); err != nil {
			if ctx.Err() != nil || liftoff.CategoryOf(err) != liftoff.Source {
				return err
			}
			i.options.Logger.WarnContext(ctx, "What the launches refer to could not be fetched.", "reason", err.Error())
			*shortcoming = errors.Join(*shortcoming, err)
			i.isIncomplete, i.knowsGaps = true, false
		}
	}
	if i.options.CreateView == nil {
		return nil
	}
	if err := i.options.CreateView(ctx); err != nil {
		return err
	}
	i.options.Logger.InfoContext(ctx, "Aggregation view launch_aggregates_view created successfully.")
	return nil
}

func (i *ingestion) analyze(ctx context.Context) error {
	if i.options.Analyze == nil {
		return nil
	}
	i.options.Logger.InfoContext(ctx, "Running analytics queries...")
	return i.options.Analyze(ctx)
}

// status says how the run ended: err is what ended it, shortcoming what it
// lacks although it went on to its end.
func (i *ingestion) status(err, shortcoming error) liftoff.RunStatus {
	switch {
	case err != nil && liftoff.CategoryOf(err) == liftoff.Interrupted:
		return liftoff.RunInterrupted
	case err != nil && liftoff.CategoryOf(err) == liftoff.Source && i.summary.Fetched > 0:
		return liftoff.RunPartial
	case err != nil:
		return liftoff.RunFailed
	case shortcoming != nil && i.isIncomplete:
		return liftoff.RunPartial
	default:
		return liftoff.RunSucceeded
	}
}

// shortcoming returns the error of a run that stored all that it received but
// has something to tell; nil for a run without a flaw.
func (i *ingestion) shortcoming() error {
	s := i.summary
	i.knowsGaps = true
	switch {
	case len(s.Missed) > 0:
		i.isIncomplete = true
		return liftoff.NewError(liftoff.Source, fmt.Errorf("the run is partial: %s could not be fetched", describe(s.Missed)),
			"run again with --new, which fetches them")
	case i.options.Expected > s.Fetched:
		i.isIncomplete = true
		return liftoff.NewError(liftoff.Source, fmt.Errorf("the API knows only %d of the %d launches asked for", s.Fetched, i.options.Expected),
			"check the ids")
	case s.Announced >= 0 && s.Announced != s.Fetched:
		i.isIncomplete, i.knowsGaps = true, false
		i.options.Logger.Warn("The API announces another number of launches than it sent.", "announced", s.Announced, "received", s.Fetched)
		return liftoff.NewError(liftoff.Source, fmt.Errorf("the run is partial: the API announces %d launches and sent %d", s.Announced, s.Fetched),
			"run again")
	case s.Quarantined > 0:
		return liftoff.NewError(liftoff.Quarantined, fmt.Errorf("%d of %d records are in quarantine (%s)", s.Quarantined, s.Fetched, i.firstReject),
			"`liftoff quarantine list` shows them; the other records are stored")
	case s.Drifted > 0:
		return liftoff.NewError(liftoff.Quarantined, fmt.Errorf("%d of %d launches have another shape than the API documents: %s", s.Drifted, s.Fetched, i.drift.worst()),
			"they are stored all the same; look whether the API has changed")
	default:
		return nil
	}
}

func describe(missed []liftoff.MissedRange) string {
	text := ""
	for n, each := range missed {
		if n > 0 {
			text += ", and "
		}
		if each.BeforeID == "" {
			text += fmt.Sprintf("the launches after %q", each.AfterID)
		} else {
			text += fmt.Sprintf("the launches between %q and %q", each.AfterID, each.BeforeID)
		}
	}
	return text
}

// outcome is what the ledger gets.
func (i *ingestion) outcome(err error) liftoff.Outcome {
	s := i.summary
	outcome := liftoff.Outcome{Status: s.Status, FinishedAt: s.FinishedAt, Announced: s.Announced, Missed: s.Missed}
	if err != nil {
		outcome.Error = strings.ReplaceAll(err.Error(), "\n", "; ") // of errors that were joined
	}
	// A partial run too saw all that was new but for what it names.
	if s.Status == liftoff.RunSucceeded || s.Status == liftoff.RunPartial && i.knowsGaps {
		outcome.IsCurrent = i.options.Selection == liftoff.SelectAll || i.options.Selection == liftoff.SelectNew
		outcome.ListTag = i.options.ListTag
	}
	if i.tellsMissing() {
		outcome.MissingIDs = i.missingIDs
	}
	return outcome
}

// tellsMissing reports whether launches that did not come are gone: only when
// all the others came, and none of them is in quarantine under no name.
func (i *ingestion) tellsMissing() bool {
	return i.summary.Status == liftoff.RunSucceeded && i.summary.Quarantined == 0
}
