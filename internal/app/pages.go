package app

import (
	"context"

	"liftoff/internal/config"
	"liftoff/internal/postgres"
	"liftoff/internal/serve"
	"liftoff/internal/web"
)

// site returns the pages of the dashboard.
func (a *App) site(store *postgres.Store) (*web.Site, error) {
	queries, err := a.loadQueries()
	if err != nil {
		return nil, err
	}
	engine, err := a.engineOver(store)
	if err != nil {
		return nil, err
	}
	return web.New(web.Options{
		Store: func(ctx context.Context) (*postgres.Store, error) {
			return store, a.explainNoTables(ctx, store, store.RequireReadableSchema(ctx))
		},
		Answer:   engine.Answer,
		Engine:   a.engineName(),
		Queries:  queries,
		Base:     serve.Base,
		Version:  a.Version,
		AsCalled: a.AsCalled,
		Now:      a.Now,
		Logger:   a.loggerOf("web"),
	})
}

// engineName names the configured engine to people.
func (a *App) engineName() string {
	switch a.Config.Engine {
	case config.EngineTrino:
		return "Trino"
	case config.EngineAuto:
		return "Trino, or PostgreSQL while Trino does not answer,"
	default:
		return "PostgreSQL"
	}
}
