// Package api is the JSON API under /api/v1, for programs: what is stored, page by page,
// the aggregates, the runs and the answers of the analytics queries. It only reads. Its
// description in OpenAPI is made from the types of this package.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/table"
)

// Root is what the paths of all routes begin with.
const Root = "/api/v1"

// Engine answers analytics queries.
type Engine interface {
	Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error)
}

// Options are what an API is made of. All fields are needed.
type Options struct {
	// Store is the database, whose schema may not fit yet.
	Store  *postgres.Store
	Engine Engine
	// EngineName returns what answers call the engine that has answered, such as postgres or
	// trino.
	EngineName func() string
	// Queries are those that may be asked for, in their order.
	Queries []analytics.Query
	// Version is the program's.
	Version string
	// AsCalled returns a text in which commands of this program are spelt as they have to
	// be called.
	AsCalled func(text string) string
	Now      func() time.Time
	Logger   *slog.Logger
}

// server is what the routes share.
type server struct {
	Options
}

// New returns a handler for all paths below Root, and for those only.
func New(options Options) http.Handler {
	useProblems()
	s := &server{Options: options}
	mux := http.NewServeMux()
	s.register(humago.New(mux, config(options.Version)))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { noRoute(w, r, mux) })
	return s.protect(mux)
}

// config describes the API. It has no page of documentation, which would load programs
// from elsewhere, and adds no link to a schema, which would repeat the request's Host.
func config(version string) huma.Config {
	config := huma.DefaultConfig("liftoff", version)
	config.Info.Description = "Launches as they are stored, the runs that stored them, and the answers of the analytics queries. " +
		"All times are in UTC. Values whose names begin with simulated_ are made up."
	config.OpenAPIPath = Root + "/openapi"
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil
	config.Formats = map[string]huma.Format{"application/json": format(), "json": format()}
	config.RejectUnknownQueryParameters = true
	return config
}

// register adds all routes.
func (s *server) register(api huma.API) {
	huma.Register(api, operation("list-launches", "/launches", "Launches, the newest first", http.StatusServiceUnavailable), s.listLaunches)
	huma.Register(api, operation("get-launch", "/launches/{id}", "One launch", http.StatusNotFound, http.StatusServiceUnavailable), s.getLaunch)
	huma.Register(api, operation("get-launch-history", "/launches/{id}/history", "What each revision of a launch changed",
		http.StatusNotFound, http.StatusServiceUnavailable), s.getHistory)
	huma.Register(api, operation("get-aggregates", "/aggregates", "The row of launch_aggregates_view", http.StatusServiceUnavailable), s.getAggregates)
	huma.Register(api, operation("list-runs", "/runs", "Ingestion runs, the newest first", http.StatusServiceUnavailable), s.listRuns)
	huma.Register(api, operation("get-run", "/runs/{id}", "One run", http.StatusNotFound, http.StatusServiceUnavailable), s.getRun)
	huma.Register(api, operation("list-analytics", "/analytics", "The analytics queries"), s.listAnalytics)
	huma.Register(api, operation("get-answer", "/analytics/{name}", "The answer of an analytics query",
		http.StatusNotFound, http.StatusServiceUnavailable), s.getAnswer)
	for _, path := range api.OpenAPI().Paths {
		delete(path.Get.Responses, "422") // it is 400 here
	}
}

// operation describes a route, with the statuses of its errors beside 400 and 500.
func operation(id, path, summary string, errors ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: Root + path, Summary: summary,
		Errors: append(errors, http.StatusBadRequest, http.StatusMethodNotAllowed),
		Responses: map[string]*huma.Response{
			"304": {Description: "The answer is the one whose ETag the request has in If-None-Match"},
		},
	}
}
