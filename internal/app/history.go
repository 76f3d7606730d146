package app

import (
	"context"
	"fmt"
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
	return history.Write(a.Stdout, format, a.reportOptions())
}

// openReadableStore opens the configured database, whose schema must not be
// older than the program's.
func (a *App) openReadableStore(ctx context.Context) (*postgres.Store, error) {
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return nil, err
	}
	return store, a.explainOldSchema(store.RequireReadableSchema(ctx))
}

// explainOldSchema adds to the next step of a schema that is too old or not there
// where the demo keeps its synthetic launches: the user may have come for those.
func (a *App) explainOldSchema(err error) error {
	if liftoff.CategoryOf(err) != liftoff.Usage || !a.Config.UsesEmbedded() || a.Config.PostgresDB == syntheticDatabase {
		return err
	}
	return liftoff.NewError(liftoff.Usage, err, fmt.Sprintf("%s; for the demo's synthetic launches add --postgres-db %s",
		liftoff.HintOf(err), syntheticDatabase))
}
