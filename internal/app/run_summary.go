package app

import (
	"context"
	"errors"
	"io"

	"liftoff"
	"liftoff/internal/export"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// checkSummary refuses a summary and analytics that would both go to stdout.
func (a *App) checkSummary(hasAnalytics bool) error {
	if a.Config.SummaryJSON != "-" || !hasAnalytics {
		return nil
	}
	return liftoff.NewError(liftoff.Usage, errors.New("the run's summary and the analytics would both go to stdout"),
		"add --skip-analytics or --quiet, or name a file with --summary-json")
}

// writeRunSummary writes how a run ended to the file or stream that SUMMARY_JSON names,
// if any. A file that cannot be written is a warning and changes nothing.
func (a *App) writeRunSummary(ctx context.Context, store *postgres.Store, summary report.RunSummary, err error) {
	if a.Config.SummaryJSON == "" {
		return
	}
	summary.ExitCode, summary.Now = a.ExitCode(err), a.Now().UTC()
	if err != nil {
		summary.Error = liftoff.OneLine(err)
	}
	addAges(ctx, store, &summary)
	write := func(out io.Writer) error { return report.WriteRunSummary(out, summary) }
	var failed error
	if a.Config.SummaryJSON == "-" {
		failed = write(a.Stdout)
	} else {
		failed = export.WriteFile(a.Config.SummaryJSON, write)
	}
	if failed != nil {
		a.Logger.WarnContext(ctx, "The run's summary cannot be written.", "setting", a.Config.Origin("SUMMARY_JSON"), "error", liftoff.OneLine(failed))
	}
}

// addAges adds how old the data are, if the database says so.
func addAges(ctx context.Context, store *postgres.Store, summary *report.RunSummary) {
	if store == nil {
		return // it could not be opened
	}
	health, err := store.Health(ctx)
	if err != nil {
		return // why is what the run's error says
	}
	summary.Now, summary.LastChangeAt = health.Now, health.LastChange.FinishedAt
	if newest, err := newestLaunch(ctx, store); err == nil {
		summary.NewestLaunchAt = newest.NewestAt
	}
}
