package app

import (
	"context"
	"errors"
	"io"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/ingest"
	"liftoff/internal/ping"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/progress"
	"liftoff/internal/report"
)

// Ingest fetches the launches that the flags ask for, stores them, re-creates the
// aggregate view and prints the analytics. A monitor is told of it, unless it is dry.
func (a *App) Ingest(ctx context.Context, flags IngestFlags) error {
	if flags.IsDry {
		_, err := a.ingest(ctx, flags, nil)
		return err
	}
	return a.monitored(ctx, func(monitor *ping.Monitor) (ingest.Result, error) { return a.ingest(ctx, flags, monitor) })
}

func (a *App) ingest(ctx context.Context, flags IngestFlags, monitor *ping.Monitor) (none ingest.Result, err error) {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return none, err
	}
	request, err := flags.request(a.Now())
	if err != nil {
		return none, err
	}
	request.Began = monitor.Start
	if !flags.SkipsAnalytics && !flags.IsDry {
		if err := a.checkQueries(); err != nil {
			return none, err
		}
	}
	if err := a.checkSummary(!flags.SkipsAnalytics && !flags.IsDry && !a.Config.Quiet); err != nil {
		return none, err
	}
	client, err := a.newClient(a.Config.SpaceXAPIURL, a.patience())
	if err != nil {
		return none, err
	}
	defer client.CloseIdle()
	// A wrong id should be reported before a server is started.
	if err := client.CheckQuery(request.Query); err != nil {
		return none, err
	}
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		a.noteNoStart(ctx, client.Address(), request, err)
		return none, err
	}
	engine, err := a.engineOver(store)
	if err != nil {
		return none, err
	}
	request.IfLocked = ingest.LockPolicy(a.Config.IfLocked)
	request.LockedHint = "try again when it has finished (see `liftoff runs`), or let this run wait with --if-locked wait"
	request.IsQueriedNext = !flags.SkipsAnalytics
	analyze := a.analytics(engine, format, a.isForPeople(format))
	if flags.SkipsAnalytics || flags.IsDry {
		analyze = nil
	}
	result, err := a.ingestAndAnalyze(ctx, a.newIngester(client, client.Address(), store), request, analyze)
	return result, withFlags(err)
}

// analytics returns what a run does at its end: it lets the engine answer, for the
// summary or for all queries. Nothing for a quiet run.
func (a *App) analytics(engine Engine, format report.Format, isSummary bool) func(context.Context) (printFunc, error) {
	switch {
	case a.Config.Quiet:
		return nil
	case isSummary:
		return func(ctx context.Context) (printFunc, error) { return a.summary(ctx, engine) }
	default:
		return func(ctx context.Context) (printFunc, error) { return a.answers(ctx, engine, AnalyzeRequest{}, format) }
	}
}

// newIngester returns an Ingester with the configured settings. The key is what
// the ledger knows the source by.
func (a *App) newIngester(source ingest.Source, key string, store *postgres.Store) *ingest.Ingester {
	return ingest.New(ingest.Options{
		Source:         source,
		SourceKey:      key,
		Store:          store,
		Simulator:      enrich.NewSimulator(a.Config.SimulationSeed),
		Contract:       pipeline.Contract(a.Config.Contract),
		LookBack:       a.Config.LookBack,
		LockLease:      a.Config.LockLease,
		Writers:        a.Config.Writers,
		Concurrency:    a.Config.Concurrency,
		WithReferences: a.Config.References,
		AutoMigrate:    a.Config.AutoMigrate,
		PeakMemory:     peakMemory,
		ProgramVersion: a.Version,
		Now:            a.Now,
		Logger:         a.loggerOf("ingest"),
	})
}

// ingestAndAnalyze does one run, shows its progress, and then runs and prints the
// analytics, unless analyze is nil. Of a dry run it prints what would change. The
// answers come last, after all log lines, so that they stay on the screen.
func (a *App) ingestAndAnalyze(ctx context.Context, ingester *ingest.Ingester, request ingest.Request, analyze func(context.Context) (printFunc, error)) (ingest.Result, error) {
	reporter := progress.NewReporter(progress.Options{Bar: a.Progress, Logger: a.loggerOf("progress"), Now: a.Now, IsDry: request.IsDry})
	request.Progress = reporter.Update
	result, err := ingester.Run(ctx, request)
	reporter.Close() // the bar must go before anything is printed
	ctx = liftoff.WithRunID(ctx, result.Summary.RunID)
	if result.Preview != nil {
		err = errors.Join(err, a.show(ctx, report.FormatTable, func(out io.Writer) error { return printPreview(out, result, a.reportOptions()) }))
	}
	var show printFunc
	if err == nil && analyze != nil && !result.IsSkipped {
		a.Logger.InfoContext(ctx, "Running analytics queries...")
		elapsed := liftoff.Stopwatch()
		show, err = analyze(ctx)
		result.Summary.Statistics.Analytics = elapsed()
	}
	result.Log(ctx, ingester.Logger)
	if err == nil && !request.IsDry && !result.IsSkipped {
		err = a.showRunEnd(result.Summary)
	}
	if show != nil {
		err = errors.Join(err, show(ctx))
	}
	err = errors.Join(err, result.Shortcoming)
	if !request.IsDry && !result.IsSkipped {
		a.exportMetrics(ctx, ingester.Store, result.Summary, err)
		a.writeRunSummary(ctx, ingester.Store, report.RunSummary{RunSummary: result.Summary, Selection: request.Selection, Source: ingester.SourceKey}, err)
	}
	return result, liftoff.EndRun(result.Summary.RunID, err)
}

// noteNoStart writes the metrics and the summary of a run that had no database to begin in.
// Without them, those of the run before would go on looking well.
func (a *App) noteNoStart(ctx context.Context, source string, request ingest.Request, err error) {
	if request.IsDry {
		return
	}
	now := a.Now().UTC()
	run := liftoff.RunSummary{StartedAt: now, FinishedAt: now}
	a.exportMetrics(ctx, nil, run, err)
	a.writeRunSummary(ctx, nil, report.RunSummary{RunSummary: run, Selection: request.Selection, Source: source}, err)
}

// showRunEnd prints how a run ended, on a terminal.
func (a *App) showRunEnd(run liftoff.RunSummary) error {
	if run.RunID == 0 || a.Config.Quiet || a.Config.SummaryJSON == "-" || !a.isForPeople(report.Format(a.Config.Output)) {
		return nil
	}
	return report.WriteRunEnd(a.Stdout, run, a.reportOptions())
}

// withFlags adds the flags of the command to the hint that the user is shown,
// where one of them helps.
func withFlags(err error) error {
	shown, ok := errors.AsType[*liftoff.Error](err)
	if !ok {
		return err
	}
	for _, each := range []struct {
		cause error
		hint  string
	}{
		{pipeline.ErrShrunk, " with `liftoff ingest --all --accept-shrink`"},
		{pipeline.ErrDrift, "; --accept-drift continues, and puts what cannot be stored into quarantine"},
		{pipeline.ErrRewound, "; --accept-rewind stores it anyway"},
		{pipeline.ErrFrozen, "; --contract store stores such launches, --contract quarantine keeps them in quarantine"},
		{pipeline.ErrGaps, ": `liftoff ingest --new`"},
	} {
		// Another part of a joined error may have this cause, but not its hint.
		if errors.Is(shown, each.cause) {
			return liftoff.NewError(shown.Category, err, shown.Hint+each.hint)
		}
	}
	return err
}
