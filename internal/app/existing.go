package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"liftoff"
	"liftoff/internal/postgres"
)

// maintenanceDatabase is there on every PostgreSQL server.
const maintenanceDatabase = "postgres"

// openExistingStore is openConfiguredStore for a command that only makes sense in a
// database with something in it: a mistyped name must not make one on the embedded
// server. A database that is not there is an error of category Usage, which names
// those that are.
func (a *App) openExistingStore(ctx context.Context) (*postgres.Store, error) {
	db, err := a.locateExisting(ctx)
	if err != nil {
		return nil, err
	}
	return a.openExisting(ctx, db)
}

// locateExisting is locateDatabase, but makes no database. The database need not
// exist; openExisting finds that out.
func (a *App) locateExisting(ctx context.Context) (database, error) {
	if !a.Config.UsesEmbedded() {
		return a.locateDatabase(ctx)
	}
	db, err := a.startEmbedded(ctx, maintenanceDatabase)
	db.options.Database = a.Config.PostgresDB
	return db, err
}

// openExisting connects to what locateExisting has returned.
func (a *App) openExisting(ctx context.Context, db database) (*postgres.Store, error) {
	store, err := a.openStore(ctx, db)
	if !a.Config.UsesEmbedded() || !errors.Is(err, postgres.ErrNoDatabase) {
		return store, err
	}
	name := db.options.Database
	db.options.Database = maintenanceDatabase
	others, otherErr := a.openStore(ctx, db)
	if otherErr != nil {
		return nil, err
	}
	hint := a.whereLaunchesAre(ctx, others)
	isNamed := a.Config.Origin("POSTGRES_DB") != "POSTGRES_DB" // rather than the default
	if names, err := others.Databases(ctx); err == nil && len(names) > 0 && isNamed {
		hint = fmt.Sprintf("change %s to one that is there: %s", a.Config.Origin("POSTGRES_DB"), strings.Join(names, ", "))
	}
	return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("the embedded PostgreSQL has no database %q", name), hint)
}
