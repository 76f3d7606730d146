package app

import (
	"context"
	"net/http"
	"strings"

	"liftoff/internal/api"
	"liftoff/internal/config"
	"liftoff/internal/postgres"
	"liftoff/internal/serve"
	"liftoff/internal/web"
)

// pages returns the pages of the dashboard with the API beside them, and what ends their
// work.
func (a *App) pages(store *postgres.Store) (http.Handler, func(), error) {
	queries, err := a.loadQueries()
	if err != nil {
		return nil, nil, err
	}
	engine, err := a.engineOver(store)
	if err != nil {
		return nil, nil, err
	}
	readable := func(ctx context.Context) (*postgres.Store, error) {
		return store, a.explainNoTables(ctx, store, store.RequireReadableSchema(ctx))
	}
	site, err := web.New(web.Options{
		Store:    readable,
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
	routes := http.NewServeMux()
	routes.Handle("/", site.Handler())
	routes.Handle(api.Prefix, api.New(api.Options{
		Store:    readable,
		Answer:   engine.Answer,
		Engine:   func() string { return lastEngine(engine) },
		Queries:  queries,
		Base:     serve.Base,
		Version:  a.Version,
		AsCalled: a.AsCalled,
		Now:      a.Now,
		Logger:   a.loggerOf("api"),
	}))
	return routes, site.Close, nil
}

// refusePages writes what the server refuses before a page or the API gets it: for the API
// as its other errors.
func refusePages(base string) func(http.ResponseWriter, *http.Request, int, string) {
	return func(w http.ResponseWriter, r *http.Request, status int, text string) {
		if strings.HasPrefix(r.URL.Path, base+api.Prefix) {
			api.WriteProblem(w, status, text)
			return
		}
		serve.RefuseInText(w, r, status, text)
	}
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
