package app

import (
	"context"

	"liftoff/internal/analytics"
	"liftoff/internal/config"
	"liftoff/internal/postgres"
)

// Engine answers analytics queries: PostgreSQL itself, or Trino over it.
type Engine interface {
	// Run answers all queries in their order, or none: then the error names
	// the query that went wrong. Queries only read, so Run may be repeated.
	Run(ctx context.Context, queries []analytics.Query) ([]analytics.Result, error)
}

// openEngine returns the configured engine. Only PostgreSQL needs a database
// of ours to be opened; Trino has its own way to it.
func (a *App) openEngine(ctx context.Context) (Engine, error) {
	if a.Config.Engine == config.EngineTrino {
		return a.newTrino()
	}
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.warnIfEmpty(ctx, store); err != nil {
		return nil, err
	}
	return a.engineOver(store)
}

// warnIfEmpty says so when there is nothing to read yet. The error is for a
// role that may not see what there is.
func (a *App) warnIfEmpty(ctx context.Context, store *postgres.Store) error {
	empty, err := store.IsEmpty(ctx)
	if err != nil {
		return store.CheckSchemaUsable(ctx) // raw_launches itself need not be readable
	}
	if empty {
		a.Logger.WarnContext(ctx, "There are no launches in PostgreSQL at "+store.Target()+" yet; fetch some with `"+a.Program+" ingest`.")
	}
	return nil
}

// engineOver returns the configured engine for a run on an open store.
func (a *App) engineOver(store *postgres.Store) (Engine, error) {
	if a.Config.Engine == config.EngineTrino {
		return a.newTrino()
	}
	return analytics.NewPostgres(store.Pool()), nil
}

// newTrino returns the engine for the configured Trino. It connects to
// nothing yet.
func (a *App) newTrino() (Engine, error) {
	roots, err := certificatePool("TRINO_CA_FILE", a.Config.TrinoCAFile)
	if err != nil {
		return nil, err
	}
	return analytics.NewTrino(analytics.TrinoOptions{
		URL:      a.Config.TrinoURL,
		Catalog:  a.Config.TrinoCatalog,
		Schema:   a.Config.TrinoSchema,
		User:     a.Config.TrinoUser,
		Password: a.Config.TrinoPassword.Reveal(),
		RootCAs:  roots,
		Wait:     a.Config.TrinoWait,
		Logger:   a.Logger,
	})
}
