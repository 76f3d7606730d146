package app

import (
	"context"
	"errors"
	"io"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// History prints what changed in a launch's document, field by field, and when
// it was seen. The launch is given by its id or name; one that is not stored is a
// liftoff.Usage error.
func (a *App) History(ctx context.Context, idOrName string) error {
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	id := idOrName
	var stored postgres.LaunchHistory
	if isText(id) {
		if stored, err = store.LaunchHistory(ctx, id); err != nil && !errors.Is(err, liftoff.ErrNotFound) {
			return err
		}
	}
	if len(stored.Revisions) == 0 {
		if id, err = a.findLaunch(ctx, store, idOrName); err != nil {
			return err
		}
		if stored, err = store.LaunchHistory(ctx, id); err != nil {
			return err
		}
	}
	history, err := report.History(id, stored.MissingSince, stored.Revisions)
	if err != nil {
		return err
	}
	return a.show(ctx, format, func(out io.Writer) error { return history.Write(out, format, a.reportOptions()) })
}
