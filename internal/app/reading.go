package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// openFilledStore opens the configured database for reading launches. It warns
// if there are none yet; a database without our tables is a liftoff.Usage error.
func (a *App) openFilledStore(ctx context.Context) (*postgres.Store, error) {
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return nil, err
	}
	isEmpty, err := store.IsEmpty(ctx)
	if err != nil {
		if unusable := store.CheckSchemaUsable(ctx); unusable != nil {
			return nil, unusable
		}
		if errors.Is(err, postgres.ErrNoTables) {
			return nil, a.explainNoTables(ctx, store, err)
		}
		if liftoff.CategoryOf(err) == liftoff.Guard { // the table was dropped
			return nil, err
		}
		// A role that may only read the views cannot tell; the queries will.
	}
	if isEmpty {
		a.Logger.WarnContext(ctx, "There are no launches in PostgreSQL yet.", "database", store.Name(), "next", a.AsCalled(a.whereLaunchesAre(ctx, store)))
	}
	return store, nil
}

// openReadableStore opens the configured database, whose schema must not be
// older than the program's.
func (a *App) openReadableStore(ctx context.Context) (*postgres.Store, error) {
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return nil, err
	}
	return store, a.explainNoTables(ctx, store, store.RequireReadableSchema(ctx))
}

// openToPrint is openReadableStore for a command that prints what it reads. A wrong
// format is found out before anything is opened.
func (a *App) openToPrint(ctx context.Context) (report.Format, *postgres.Store, error) {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return "", nil, err
	}
	store, err := a.openReadableStore(ctx)
	return format, store, err
}

// openCurrentStore opens the configured database, which must have the current
// schema.
func (a *App) openCurrentStore(ctx context.Context) (*postgres.Store, error) {
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return nil, err
	}
	return store, a.explainNoTables(ctx, store, store.RequireCurrentSchema(ctx))
}

// explainNoTables gives the error for a database without our tables a next step
// that names where launches are. It returns any other error as it is.
func (a *App) explainNoTables(ctx context.Context, store *postgres.Store, err error) error {
	if !errors.Is(err, postgres.ErrNoTables) {
		return err
	}
	return liftoff.NewError(liftoff.Usage, err, a.whereLaunchesAre(ctx, store))
}

// whereLaunchesAre says how to get to launches from a database that has none.
func (a *App) whereLaunchesAre(ctx context.Context, store *postgres.Store) string {
	const ingest = "`liftoff ingest --all`"
	if !a.Config.UsesEmbedded() {
		return "fetch launches with " + ingest
	}
	others, err := store.Databases(ctx)
	if err != nil || len(others) == 0 { // the way to real launches is right in any case
		return "fetch launches with " + ingest + ", or see `liftoff demo`"
	}
	demos := slices.DeleteFunc(slices.Clone(others), func(name string) bool { return !strings.HasPrefix(name, syntheticDatabase) })
	switch len(demos) {
	case 0:
	case 1:
		return fmt.Sprintf("the demo's synthetic launches are in %s: add --postgres-db %s; to fetch real ones run %s", demos[0], demos[0], ingest)
	default:
		return fmt.Sprintf("synthetic launches of demos are in %s: add --postgres-db %s or another; to fetch real ones run %s", strings.Join(demos, ", "), demos[0], ingest)
	}
	return fmt.Sprintf("this server also has %s: add --postgres-db NAME; or fetch launches with %s", strings.Join(others, " and "), ingest)
}
