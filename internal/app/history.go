package app

import (
	"context"
	"fmt"
	"io"
	"unicode/utf8"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// History prints what changed in a launch's document, field by field, and when
// it was seen. An id that no stored launch has is a liftoff.Usage error.
func (a *App) History(ctx context.Context, launchID string) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	store, err := a.openReadableStore(ctx)
	if err != nil {
		return err
	}
	var stored postgres.LaunchHistory
	if utf8.ValidString(launchID) { // PostgreSQL accepts no other text
		if stored, err = store.LaunchHistory(ctx, launchID); err != nil {
			return err
		}
	}
	if len(stored.Revisions) == 0 {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("no launch %q is stored in PostgreSQL at %s", launchID, store.Target()),
			"check the id with SELECT id, name FROM launches, or fetch the launch first")
	}
	history, err := report.History(launchID, stored.MissingSince, stored.Revisions)
	if err != nil {
		return err
	}
	return a.show(ctx, format, func(out io.Writer) error { return history.Write(out, format, a.reportOptions()) })
}
