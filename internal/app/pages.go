package app

import (
	"context"
	"net/http"
	"strings"

	"liftoff/internal/analytics"
	"liftoff/internal/api"
	"liftoff/internal/config"
	"liftoff/internal/postgres"
	"liftoff/internal/serve"
	"liftoff/internal/web"
)

// addPages gives the server of the dashboard its pages and its API. The site must be closed
// when the server has ended.
func (a *App) addPages(options *serve.Options, store *postgres.Store) (*web.Site, error) {
	queries, err := a.loadQueries()
	if err != nil {
		return nil, err
	}
	engine, err := a.engineOver(store)
	if err != nil {
		return nil, err
	}
	site, err := a.site(store, queries, engine)
	if err != nil {
		return nil, err
	}
	routes := http.NewServeMux()
	routes.Handle("/", site.Handler())
	routes.Handle(api.Prefix, api.New(api.Options{
		Store: readable(store), Answer: engine.Answer, Engine: func() string { return engineName(engine) }, Queries: queries, Base: serve.Base,
		Version: a.Version, AsCalled: a.AsCalled, NextStep: a.nextStep, Now: a.Now, Logger: a.loggerOf("api"),
	}))
	options.Handler = routes
	base := options.BasePath
	options.Refuse = func(w http.ResponseWriter, r *http.Request, status int, text string) {
		if strings.HasPrefix(strings.TrimPrefix(r.URL.Path, base), api.Prefix) {
			api.WriteProblem(w, status, text)
			return
		}
		site.Refuse(w, r, status, text)
	}
	return site, nil
}

// readable returns what gives a store to a request, unless its schema does not fit.
func readable(store *postgres.Store) func(context.Context) (*postgres.Store, error) {
	return func(ctx context.Context) (*postgres.Store, error) { return store, store.RequireReadableSchema(ctx) }
}

// site returns the pages of the dashboard.
func (a *App) site(store *postgres.Store, queries []analytics.Query, engine Engine) (*web.Site, error) {
	return web.New(web.Options{
		Store:  readable(store),
		Answer: engine.Answer,
		EngineName: func() string {
			if engineName(engine) == config.EngineTrino {
				return "Trino"
			}
			return "PostgreSQL"
		},
		Queries:  queries,
		Base:     serve.Base,
		Version:  a.Version,
		AsCalled: a.AsCalled,
		NextStep: a.nextStep,
		Now:      a.Now,
		Logger:   a.loggerOf("web"),
	})
}
