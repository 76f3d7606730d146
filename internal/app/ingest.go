package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/config"
	"liftoff/internal/enrich"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/progress"
	"liftoff/internal/report"
	"liftoff/internal/source/spacex"
)

// tidyRows is from how many stored rows on the tables are vacuumed before
// anything reads them.
const tidyRows = 10_000

// Ingest fetches the launches that are asked for, stores them, re-creates the
// aggregate view and prints the analytics.
func (a *App) Ingest(ctx context.Context, request IngestRequest) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	asked, err := request.parse(a.Now())
	if err != nil {
		return err
	}
	client, err := a.newClient(a.Config.SpaceXAPIURL, a.patience())
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	engine, err := a.engineOver(store)
	if err != nil {
		return err
	}
	a.Logger.InfoContext(ctx, "Fetching "+asked.name+" of "+a.Config.SpaceXAPIURL+" into PostgreSQL at "+store.Target()+".")
	return a.run(ctx, runOptions{
		asked: asked, client: client, source: a.Config.SpaceXAPIURL, store: store,
		engine: engine, format: format,
	})
}

// runOptions are what differs between the runs of the commands.
type runOptions struct {
	asked  asked
	client *spacex.Client
	source string
	store  *postgres.Store
	engine Engine
	format report.Format
}

// run prepares the schema, does one run of the pipeline and logs what it did.
func (a *App) run(ctx context.Context, opts runOptions) error {
	if err := a.prepareSchemaFor(ctx, opts); err != nil {
		return err
	}
	run, err := opts.store.BeginRun(ctx, postgres.RunOptions{
		Source: opts.source, Selection: opts.asked.selection, Command: opts.asked.command, ProgramVersion: a.Version,
		StartedAt: a.Now(), IsShared: opts.asked.IsWorker, IsDry: opts.asked.IsDry,
		Lease:        a.Config.LockLease,
		WaitsForLock: opts.asked.Waits || a.Config.IfLocked == config.LockedWait,
	})
	if err != nil {
		return a.skipLocked(ctx, err)
	}
	defer run.Abandon(ctx)
	options, err := a.pipelineOptions(ctx, opts, run)
	if err != nil {
		return errors.Join(err, a.giveUp(ctx, run, err))
	}
	preview := &preview{store: opts.store}
	if opts.asked.IsDry {
		options.Stored = preview.note
	}
	shown := progress.NewReporter(progress.Options{Bar: a.Progress, Logger: a.Logger, Now: a.Now})
	defer shown.Close()
	options.Progress = func(done, total int64) { shown.Update(ctx, done, total) }
	options.AfterStore = after(shown.Close, options.AfterStore)
	summary, err := pipeline.Execute(ctx, options)
	shown.Close()
	summary.RunID = run.ID()
	if opts.asked.IsDry {
		return errors.Join(err, preview.print(ctx, a.Stdout, summary))
	}
	a.logSummary(ctx, summary, err)
	return err
}

// prepareSchemaFor prepares the schema for a run; a dry one does not touch it.
func (a *App) prepareSchemaFor(ctx context.Context, opts runOptions) error {
	if !opts.asked.IsDry {
		return a.prepareSchema(ctx, opts.store)
	}
	if err := opts.store.RequireCurrentSchema(ctx); err != nil {
		return err
	}
	return opts.store.CheckReady(ctx)
}

// giveUp closes the ledger's row of a run that ended before it fetched anything.
func (a *App) giveUp(ctx context.Context, run *postgres.Run, cause error) error {
	status := liftoff.RunFailed
	if liftoff.CategoryOf(cause) == liftoff.Interrupted {
		status = liftoff.RunInterrupted
	}
	return run.Finish(ctx, liftoff.Outcome{Status: status, FinishedAt: a.Now().UTC(), Error: cause.Error(), Announced: -1})
}

// after returns a step of a run that does something else first; then may be
// nil. The bar has to go before anything is printed.
func after(first func(), then func(context.Context, liftoff.RunSummary) error) func(context.Context, liftoff.RunSummary) error {
	return func(ctx context.Context, summary liftoff.RunSummary) error {
		first()
		if then == nil {
			return nil
		}
		return then(ctx, summary)
	}
}

// skipLocked makes a run that others keep from writing a success, where the
// settings say so.
func (a *App) skipLocked(ctx context.Context, err error) error {
	if liftoff.CategoryOf(err) != liftoff.Locked || a.Config.IfLocked != config.LockedSkip {
		return err
	}
	a.Logger.InfoContext(ctx, "Nothing done: "+err.Error()+".")
	return nil
}

// pipelineOptions puts the parts of a run together.
func (a *App) pipelineOptions(ctx context.Context, opts runOptions, run *postgres.Run) (pipeline.Options, error) {
	source, err := opts.store.Source(ctx, opts.source)
	if err != nil {
		return pipeline.Options{}, err
	}
	plan, err := a.planFetch(ctx, opts, source, run)
	if err != nil {
		return pipeline.Options{}, err
	}
	options := pipeline.Options{
		Parts:         plan.parts,
		SourceName:    opts.asked.name,
		Selection:     opts.asked.selection,
		Source:        source,
		Expected:      int64(len(opts.asked.ids)),
		IsDry:         opts.asked.IsDry,
		AcceptsShrink: opts.asked.AcceptsShrink,
		AcceptsDrift:  opts.asked.AcceptsDrift,
		Contract:      pipeline.Contract(a.Config.Contract),
		ListTag:       plan.listTag,
		Enrich:        enrich.NewSimulator(a.Config.SimulationSeed).Enrich,
		Run:           run,
		Writers:       a.Config.Writers,
		Now:           a.Now,
		Logger:        a.Logger,
	}
	if opts.asked.IsDry {
		return options, nil
	}
	linked := &references{app: a, opts: opts}
	options.Stored = linked.note
	options.AfterStore = func(ctx context.Context, summary liftoff.RunSummary) error {
		if a.Config.References {
			if err := linked.fetch(ctx); err != nil {
				return err
			}
		}
		if opts.asked.SkipsAnalytics || summary.Inserted+summary.Revised < tidyRows {
			return nil // autovacuum comes by itself
		}
		return opts.store.Tidy(ctx)
	}
	options.CreateView = opts.store.CreateAggregateView
	if !opts.asked.SkipsAnalytics {
		options.Analyze = func(ctx context.Context) error { return a.analyze(ctx, opts.engine, nil, opts.format) }
	}
	return options, nil
}

// logSummary says what a run did, also when it ended early: the batches
// before the fault are stored.
func (a *App) logSummary(ctx context.Context, s liftoff.RunSummary, err error) {
	ending := "finished"
	if err != nil {
		if s.Pages == 0 {
			return
		}
		if s.Status != liftoff.RunSucceeded && s.Status != liftoff.RunPartial {
			ending = "ended early"
		}
	}
	text := fmt.Sprintf("Run %s after %s: %d fetched, %d inserted, %d unchanged", ending,
		s.FinishedAt.Sub(s.StartedAt).Round(time.Millisecond), s.Fetched, s.Inserted, s.Unchanged)
	for _, more := range []struct {
		count int64
		what  string
	}{{s.Revised, "revised"}, {s.Quarantined, "quarantined"}, {s.Missing, "missing"}} {
		if more.count > 0 {
			text += fmt.Sprintf(", %d %s", more.count, more.what)
		}
	}
	a.Logger.InfoContext(ctx, fmt.Sprintf("%s; pages %d, bytes %d.", text, s.Pages, s.Bytes))
}
