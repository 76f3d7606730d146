// Package ingest does runs: it decides what to ask a source for, has package
// pipeline fetch and store it, fetches what the launches refer to, and makes the
// aggregate view. A command, a worker and an HTTP handler all call Run; nothing
// is printed here. What a run needs is handed to New.
package ingest

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/failpoint"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
)

// Options are what an Ingester needs. All are needed unless said otherwise.
type Options struct {
	Source Source
	// SourceKey is what the ledger knows the source by: its base URL, or a fixed
	// name for a source whose URL is another one each time.
	SourceKey string
	Store     *postgres.Store
	Simulator enrich.Simulator
	// Contract says what becomes of a launch that drifts.
	Contract pipeline.Contract
	// LookBack is how far before the watermark SelectNew asks for launches
	// again.
	LookBack time.Duration
	// LockLease is how long a run that hangs keeps others out; 0 is as long as
	// its connection lasts.
	LockLease time.Duration
	// Writers is how many batches are stored at once, 1 or more.
	Writers int
	// Concurrency is how many pages the source fetches at once, 1 or more. If it or
	// Writers is 1, a run does one thing after the other.
	Concurrency int
	// WithReferences has a run fetch what its launches refer to.
	WithReferences bool
	// AutoMigrate has a run bring the schema up to date first.
	AutoMigrate bool
	// PeakMemory returns the most memory that the process has had, in bytes; may be nil.
	PeakMemory func() int64
	// ProgramVersion is written into the ledger.
	ProgramVersion string
	// Now is the clock.
	Now    func() time.Time
	Logger *slog.Logger
}

// Ingester does the runs of one source into one database. Runs of one source
// exclude each other, across processes too. A Store has connections for one run at
// a time: runs that are to go on at once in a process need a Store each.
type Ingester struct{ Options }

// New returns an Ingester. It starts nothing.
func New(options Options) *Ingester { return &Ingester{options} }

// Result is what a run did.
type Result struct {
	// Summary has the number of the run; of a retry of several sources, the last
	// run's.
	Summary liftoff.RunSummary
	// Shortcoming is what is wrong with a run that did all that it could: it did
	// not receive everything (liftoff.Source), or put records into quarantine or
	// found drift (liftoff.Quarantined). It is nil for a run without a flaw.
	Shortcoming error
	// IsSkipped says that nothing was done, because another run has the lock. A
	// retry may have done its other sources.
	IsSkipped bool
	// Preview is what a dry run would have changed; nil for any other run, and
	// for one that ended early.
	Preview *Preview
	// Retry is what became of the records of a retry.
	Retry RetryCounts
}

// Run does one run and returns what it did, also when it ends in an error: the
// batches that were stored before stay stored, and running again picks up the
// rest. Analytics are the caller's, when the error is nil.
//
// A worker that comes when its backfill is finished does nothing, and has no row in the
// ledger.
//
// The error is liftoff.Usage for a request that makes no sense, liftoff.Locked
// when another run has the source's lock or takes over, liftoff.Guard when a
// guard refuses what the source sends (see package pipeline for which),
// liftoff.Source or liftoff.Privilege for the source, and liftoff.Database or
// liftoff.Privilege for PostgreSQL.
func (i *Ingester) Run(ctx context.Context, request Request) (result Result, err error) {
	if request.Selection == liftoff.SelectQuarantine {
		return i.run(ctx, request) // a run for each source, with a span each
	}
	ctx, tracing := i.startSpan(ctx, request, i.SourceKey)
	defer tracing.End(&err)
	result, err = i.run(ctx, request)
	tracing.Set(describeCounts(result.Summary)...)
	return result, err
}

// run is Run without its span.
func (i *Ingester) run(ctx context.Context, request Request) (Result, error) {
	if err := request.check(i.Source); err != nil {
		return Result{}, err
	}
	if err := i.Store.PrepareSchema(ctx, i.AutoMigrate && !request.IsDry); err != nil {
		return Result{}, err
	}
	switch request.Selection {
	case liftoff.SelectQuarantine:
		return i.retry(ctx, request)
	case liftoff.SelectBackfill:
		if isFinished, err := i.checkBackfill(ctx, request.BackfillID); err != nil || isFinished {
			return Result{}, err
		}
	}
	run, err := i.begin(ctx, request, i.SourceKey)
	if err != nil {
		return i.skipLocked(ctx, request, err)
	}
	defer run.Abandon(ctx)
	ctx = liftoff.WithRunID(ctx, run.ID())
	noteBegun(ctx, request, run)
	attributes := []any{"fetches", request.describe(), "source", i.SourceKey, "database", i.Store.Name()}
	if request.IsDry {
		attributes = append(attributes, "writes", "nothing")
	}
	if slot := request.Slot; slot != nil {
		attributes = append(attributes, "schedule", slot.Schedule.Name, "slot", slot.DueAt.Format(time.RFC3339))
	}
	if request.BackfillID != 0 {
		attributes = append(attributes, "backfill", request.BackfillID)
	}
	i.Logger.InfoContext(ctx, "Run started.", attributes...)
	if request.Began != nil {
		request.Began(ctx)
	}
	return i.ingest(ctx, request, run)
}

// begin takes the lock of a source and opens the run's row in the ledger.
func (i *Ingester) begin(ctx context.Context, request Request, sourceKey string) (*postgres.Run, error) {
	return i.Store.BeginRun(ctx, postgres.RunOptions{
		Source: sourceKey, Selection: request.Selection, Command: request.Command, ProgramVersion: i.ProgramVersion,
		StartedAt: i.Now(), Now: i.Now, IsShared: request.Selection == liftoff.SelectBackfill, IsDry: request.IsDry,
		AcceptsShrink: request.AcceptsShrink, Lease: i.LockLease, WaitsForLock: request.IfLocked == LockedWait, LockedHint: request.LockedHint,
		Slot: request.Slot,
	})
}

// skipLocked turns a liftoff.Locked error into a success that did nothing, if the
// request says so.
func (i *Ingester) skipLocked(ctx context.Context, request Request, err error) (Result, error) {
	if liftoff.CategoryOf(err) != liftoff.Locked || request.IfLocked != LockedSkip {
		return Result{}, err
	}
	i.Logger.InfoContext(ctx, "Nothing was done: another run has the lock.", "error", err.Error())
	return Result{IsSkipped: true}, nil
}

// ingest does a run that has its lock.
func (i *Ingester) ingest(ctx context.Context, request Request, run *postgres.Run) (Result, error) {
	before := i.Source.Statistics()
	if err := i.refreshTyped(ctx, request); err != nil {
		return i.giveUp(ctx, run, err)
	}
	state := liftoff.SourceState{URL: i.SourceKey}
	if request.goesByEarlierRuns() {
		var err error
		if state, err = i.Store.Source(ctx, i.SourceKey); err != nil {
			return i.giveUp(ctx, run, err)
		}
	}
	plan, err := i.plan(ctx, request, state, run)
	if err != nil {
		return i.giveUp(ctx, run, err)
	}
	options := i.pipelineOptions(request, plan, run)
	options.Source = state
	times := &stageTimes{}
	options.Statistics = func() liftoff.Statistics { return i.statistics(before, times) }
	preview, refs := &Preview{}, &references{ingester: i, run: run, selection: request.Selection, added: map[liftoff.ReferenceKind]int64{}}
	if request.IsDry {
		options.OnBatch = preview.note
	} else {
		options.OnBatch = refs.note
		if i.WithReferences && refs.isForAll() && !i.isOneByOne() {
			options.Beside = func(ctx context.Context) { times.measure(&times.references, func() { refs.takeBeside(ctx) }) }
		}
		options.Complete = func(ctx context.Context, _ liftoff.RunSummary) error { return i.complete(ctx, request, refs, times) }
	}
	var result Result
	result.Summary, result.Shortcoming, err = pipeline.Execute(ctx, options)
	result.Summary.RunID = run.ID()
	// A run that ended early cannot tell what it would have changed.
	if status := result.Summary.Status; request.IsDry && (status == liftoff.RunSucceeded || status == liftoff.RunPartial) {
		result.Preview, err = preview, errors.Join(err, i.addChanges(ctx, preview))
	}
	return result, err
}

// pipelineOptions returns what the pipeline needs for any run. Its caller adds what
// is known of the source, and what follows the launches.
func (i *Ingester) pipelineOptions(request Request, plan fetchPlan, run *postgres.Run) pipeline.Options {
	tell := request.Progress
	if tell != nil && request.Selection == liftoff.SelectBackfill {
		// The parts that it has claimed so far are not all that it will do.
		tell = func(ctx context.Context, stored, _ int64) { request.Progress(ctx, stored, -1) }
	}
	return pipeline.Options{
		Parts:         plan.parts,
		What:          request.describe() + " from " + i.Source.Name(),
		Selection:     request.Selection,
		ReadsAll:      plan.readsAll,
		Requested:     request.requested(),
		IsDry:         request.IsDry,
		AcceptsShrink: request.AcceptsShrink,
		AcceptsDrift:  request.AcceptsDrift,
		AcceptsRewind: request.AcceptsRewind,
		Contract:      i.Contract,
		ListTag:       plan.listTag,
		Enrich:        i.Simulator.Enrich,
		Destination:   run,
		Writers:       i.Writers,
		Progress:      tell,
		StartedAt:     run.StartedAt(),
		Now:           i.Now,
		Logger:        i.Logger,
	}
}

// giveUp closes the ledger's row of a run that ended before it fetched anything.
func (i *Ingester) giveUp(ctx context.Context, run *postgres.Run, cause error) (Result, error) {
	status := liftoff.RunFailed
	if liftoff.CategoryOf(cause) == liftoff.Interrupted {
		status = liftoff.RunInterrupted
	}
	err := run.Finish(ctx, liftoff.Ending{Status: status, FinishedAt: liftoff.EndOf(run.StartedAt(), i.Now()), Error: liftoff.OneLine(cause), Category: liftoff.CategoryOf(cause), Announced: -1})
	return Result{Summary: liftoff.RunSummary{RunID: run.ID(), Status: status, Announced: -1}}, errors.Join(cause, err)
}

// complete fetches what the stored launches refer to, and makes the view. If the
// references cannot be fetched, the view is still made and the error is returned.
func (i *Ingester) complete(ctx context.Context, request Request, refs *references, times *stageTimes) error {
	var shortcoming, err error
	times.measure(&times.references, func() { shortcoming, err = i.settle(ctx, request, refs) })
	if err != nil {
		return err
	}
	times.measure(&times.view, func() { err = i.createView(ctx) })
	if err != nil {
		return err
	}
	return shortcoming
}

// settle fetches what the stored launches refer to, adds the masses, and makes indexes
// if the launches are queried next. The shortcoming is that of fetchReferences.
func (i *Ingester) settle(ctx context.Context, request Request, refs *references) (shortcoming, err error) {
	if !refs.isTaken || !request.IsQueriedNext {
		if shortcoming, err = i.fetchReferences(ctx, refs); err == nil {
			err = i.Store.AddMasses(ctx)
		}
		if err == nil && request.IsQueriedNext {
			err = i.Store.IndexLaunches(ctx)
		}
		return shortcoming, err
	}
	// Of the references that came beside the launches: rows that are written before
	// they are indexed take less time.
	if err := i.Store.AddMasses(ctx); err != nil {
		return nil, err
	}
	beside, besideCtx := errgroup.WithContext(ctx)
	beside.Go(func() error {
		return liftoff.Safely(func() error { return i.Store.IndexLaunches(besideCtx) })
	})
	beside.Go(func() error {
		return liftoff.Safely(func() (err error) {
			shortcoming, err = i.fetchReferences(besideCtx, refs)
			return err
		})
	})
	if err := beside.Wait(); err != nil {
		return nil, err
	}
	return shortcoming, i.Store.AddMasses(ctx)
}

// fetchReferences fetches what the launches refer to. An error of the source, or
// that some were refused, does not end the run, and is returned apart from those
// that do.
func (i *Ingester) fetchReferences(ctx context.Context, refs *references) (shortcoming, err error) {
	failpoint.Reach(failpoint.BeforeReferences)
	if !i.WithReferences || refs.isLeftToOthers() {
		return nil, nil
	}
	err = refs.fetch(ctx)
	if err == nil || ctx.Err() != nil {
		return nil, err
	}
	switch liftoff.CategoryOf(err) {
	case liftoff.Source:
		hint := "the launches are stored, and the next run asks for the rest"
		if own := liftoff.HintOf(err); own != "" {
			hint = own + "; " + hint
		}
		return liftoff.NewError(liftoff.Source, err, hint), nil
	case liftoff.Quarantined:
		return err, nil
	default:
		return nil, err
	}
}

// refreshTyped lets the view launches show what others than runs have written since
// the last run.
func (i *Ingester) refreshTyped(ctx context.Context, request Request) error {
	if request.IsDry {
		return nil
	}
	changed, err := i.Store.RefreshTypedLaunches(ctx, postgres.RefreshOptions{IfTouched: true})
	if err == nil && changed.Foreign > 0 {
		i.Logger.InfoContext(ctx, "The view launches shows changes that no run has made.", "launches", changed.Foreign)
	}
	if err == nil && changed.Left > 0 {
		i.Logger.InfoContext(ctx, "The view launches shows masses that another run had not added.", "launches", changed.Left)
	}
	return err
}

// createView makes the aggregate view anew.
func (i *Ingester) createView(ctx context.Context) error {
	failpoint.Reach(failpoint.BeforeRefresh)
	if err := i.Store.CreateAggregateView(ctx); err != nil {
		return err
	}
	view := "unchanged" // as an earlier run has made it
	if i.Store.TakeCreatedView() {
		view = "created"
	}
	i.Logger.InfoContext(ctx, "Aggregation view launch_aggregates_view created successfully.", "view", view)
	return nil
}
