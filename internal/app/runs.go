package app

import (
	"context"
	"fmt"
	"io"

	"liftoff"
	"liftoff/internal/report"
)

// Runs prints the newest runs of the ledger, at most limit.
func (a *App) Runs(ctx context.Context, limit int) error {
	if limit < 1 {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--limit needs 1 or more, not \"%d\"", limit), "set how many runs to show")
	}
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	store, err := a.openReadableStore(ctx)
	if err != nil {
		return err
	}
	runs, err := store.Runs(ctx, limit)
	if err != nil {
		return err
	}
	return a.show(ctx, format, func(out io.Writer) error { return report.Runs(runs).Write(out, format, a.reportOptions()) })
}
