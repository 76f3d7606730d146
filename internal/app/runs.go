package app

import (
	"context"
	"fmt"
	"io"
	"slices"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// Runs prints the newest runs of the ledger, at most limit.
func (a *App) Runs(ctx context.Context, limit int) error {
	if limit < 1 {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--limit needs 1 or more, not \"%d\"", limit), "set how many runs to show")
	}
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	runs, err := store.Runs(ctx, postgres.RunFilter{Limit: limit})
	if err != nil {
		return err
	}
	note := ""
	// Errors are too long for a table beside the counts.
	if at := slices.IndexFunc(runs, func(r liftoff.LedgerRow) bool { return r.Error != "" }); at >= 0 {
		note = a.AsCalled(fmt.Sprintf("`liftoff runs show %d` says what went wrong in that run.", runs[at].ID))
	}
	return a.show(ctx, format, func(out io.Writer) error { return report.Runs(runs, note).Write(out, format, a.reportOptions()) })
}

// ShowRun prints everything about one run of the ledger.
func (a *App) ShowRun(ctx context.Context, id int64) error {
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	run, err := store.Run(ctx, id)
	if err != nil {
		return err
	}
	shown := report.Run{RunDetails: run, Next: a.AsCalled(run.NextStep())}
	return a.show(ctx, format, func(out io.Writer) error { return report.WriteRun(out, format, shown, a.reportOptions()) })
}
