package app

import (
	"context"
	"net/http"

	"liftoff/internal/config"
	"liftoff/internal/postgres"
	"liftoff/internal/serve"
	"liftoff/internal/web"
)

// pages returns the pages of the dashboard, and what ends their work.
func (a *App) pages(store *postgres.Store) (http.Handler, func(), error) {
	queries, err := a.loadQueries()
	if err != nil {
		return nil, nil, err
	}
	engine, err := a.engineOver(store)
	if err != nil {
		return nil, nil, err
	}
	site, err := web.New(web.Options{
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
	if err != nil {
		return nil, nil, err
	}
	return site.Handler(), site.Close, nil
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
