package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/config"
	"liftoff/internal/postgres"
	"liftoff/internal/table"
	"liftoff/internal/trino"
)

// Engine answers analytics queries: PostgreSQL itself, or Trino over it.
type Engine interface {
	// Answer answers all queries in their order. If one fails it returns no
	// answers but an error that names the query. Queries only read, so Answer
	// may be repeated.
	Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error)
}

// lazyStore is PostgreSQL as an engine that opens its store only to answer.
type lazyStore func(context.Context) (*postgres.Store, error)

// Answer opens the store and lets it answer.
func (open lazyStore) Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error) {
	store, err := open(ctx)
	if err != nil {
		return nil, err
	}
	return store.Answer(ctx, queries)
}

// engineOver returns the configured engine for a run on an open store.
func (a *App) engineOver(store *postgres.Store) (Engine, error) {
	return a.engine(func(context.Context) (*postgres.Store, error) { return store, nil })
}

// engine returns the configured engine. Only PostgreSQL uses the store; Trino
// has its own connection to the database.
func (a *App) engine(postgres lazyStore) (Engine, error) {
	wait := a.Config.TrinoWait
	switch a.Config.Engine {
	case config.EnginePostgres:
		return postgres, nil
	case config.EngineAuto:
		wait = 0 // PostgreSQL answers sooner
	}
	trino, err := a.newTrino(wait)
	if err != nil || a.Config.Engine == config.EngineTrino {
		return trino, err
	}
	return &autoEngine{logger: a.Logger, trino: trino, postgres: postgres}, nil
}

// newTrino returns the engine for the configured Trino, which may take up to
// wait to answer. It does not connect yet.
func (a *App) newTrino(wait time.Duration) (Engine, error) {
	roots, err := certificatePool("TRINO_CA_FILE", a.Config.TrinoCAFile)
	if err != nil {
		return nil, err
	}
	return trino.New(trino.Options{
		URL:      a.Config.TrinoURL,
		Catalog:  a.Config.TrinoCatalog,
		Schema:   a.Config.TrinoSchema,
		User:     a.Config.TrinoUser,
		Password: a.Config.TrinoPassword.Reveal(),
		RootCAs:  roots,
		Wait:     wait,
		Logger:   a.loggerOf("trino"),
	})
}

// autoEngine is Trino if it answers, else PostgreSQL.
type autoEngine struct {
	logger          *slog.Logger
	trino, postgres Engine
	// fellBack says that PostgreSQL has given the last answers.
	fellBack atomic.Bool
}

// Answer asks Trino. If Trino fails, it logs why and asks PostgreSQL. A refused
// login, privilege or certificate is an error, since it would go unnoticed.
func (e *autoEngine) Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error) {
	answers, err := e.trino.Answer(ctx, queries)
	hasFailed := liftoff.CategoryOf(err) == liftoff.QueryEngine
	e.fellBack.Store(hasFailed)
	if !hasFailed {
		return answers, err
	}
	e.logger.WarnContext(ctx, "Trino did not answer; asking PostgreSQL instead.", "error", err)
	return e.postgres.Answer(ctx, queries)
}

// engineName returns the setting's word for the engine that has given the last answers.
func engineName(engine Engine) string {
	auto, isAuto := engine.(*autoEngine)
	_, isPostgres := engine.(lazyStore)
	if isPostgres || isAuto && auto.fellBack.Load() {
		return config.EnginePostgres
	}
	return config.EngineTrino
}

// answeredBy names the engine that has given the last answers, for people. The version is
// that of PostgreSQL.
func (a *App) answeredBy(engine Engine, version string) string {
	if engineName(engine) == config.EnginePostgres {
		return "PostgreSQL " + version
	}
	return "Trino at " + a.Config.TrinoURL
}
