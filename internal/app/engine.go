package app

import (
	"context"
	"fmt"
	"time"

	"liftoff"
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
	switch a.Config.Engine {
	case config.EngineTrino:
		return a.newTrino(a.Config.TrinoWait)
	case config.EngineAuto:
		return a.newAuto(a.openPostgresEngine)
	default:
		return a.openPostgresEngine(ctx)
	}
}

// openPostgresEngine opens the database and returns the engine over it.
func (a *App) openPostgresEngine(ctx context.Context) (Engine, error) {
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.warnIfEmpty(ctx, store); err != nil {
		return nil, err
	}
	return analytics.NewPostgres(store.Pool()), nil
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
	postgres := analytics.NewPostgres(store.Pool())
	switch a.Config.Engine {
	case config.EngineTrino:
		return a.newTrino(a.Config.TrinoWait)
	case config.EngineAuto:
		return a.newAuto(func(context.Context) (Engine, error) { return postgres, nil })
	default:
		return postgres, nil
	}
}

// newTrino returns the engine for the configured Trino, which is waited for at
// most so long. It connects to nothing yet.
func (a *App) newTrino(wait time.Duration) (Engine, error) {
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
		Wait:     wait,
		Logger:   a.Logger,
	})
}

// newAuto returns the engine that asks Trino, without waiting for it, and
// PostgreSQL when Trino cannot answer.
func (a *App) newAuto(openPostgres func(context.Context) (Engine, error)) (Engine, error) {
	trino, err := a.newTrino(0)
	if err != nil {
		return nil, err
	}
	return &autoEngine{app: a, trino: trino, openPostgres: openPostgres}, nil
}

// autoEngine is Trino if it answers, else PostgreSQL.
type autoEngine struct {
	app          *App
	trino        Engine
	openPostgres func(context.Context) (Engine, error)
}

// Run asks Trino. When Trino fails it says why and asks PostgreSQL; a refused
// login, right or certificate is an error, since it would go unnoticed for long.
func (e *autoEngine) Run(ctx context.Context, queries []analytics.Query) ([]analytics.Result, error) {
	results, err := e.trino.Run(ctx, queries)
	if liftoff.CategoryOf(err) != liftoff.QueryEngine {
		return results, err
	}
	e.app.Logger.WarnContext(ctx, fmt.Sprintf("Trino did not answer (%v); asking PostgreSQL instead.", err))
	postgres, openErr := e.openPostgres(ctx)
	if openErr != nil {
		return nil, openErr
	}
	return postgres.Run(ctx, queries)
}
