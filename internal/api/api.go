// Package api is the JSON API of the dashboard: what is stored, in the same words as the
// JSON of the commands, described by OpenAPI 3.1 that is made from this code. It only
// reads. Who may call it, and the limits of the server, are the business of package serve.
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

// Prefix is what the paths of the API begin with, below the base path of the server.
const Prefix = "/api/"

// Options say what the API shows and where it comes from.
type Options struct {
	// Store returns the database; an error while it cannot be read, or its schema does
	// not fit.
	Store func(context.Context) (*postgres.Store, error)
	// Answer answers analytics queries on the configured engine.
	Answer func(context.Context, []analytics.Query) ([]table.Table, error)
	// Engine names the engine that has given the last answer: postgres or trino.
	Engine func() string
	// Queries are the analytics queries, in their order.
	Queries []analytics.Query
	// Base returns what the addresses in the answer to a request begin with, such as
	// /liftoff; empty for none.
	Base func(context.Context) string
	// Version is the program's.
	Version string
	// AsCalled returns a text in which commands of this program are spelt as they have to be
	// called.
	AsCalled func(text string) string
	// NextStep says what to do about an error; "" if there is nothing to say.
	NextStep func(err error) string
	// Now is the clock.
	Now    func() time.Time
	Logger *slog.Logger
}

// API answers requests below Prefix.
type API struct {
	Options

	routes  *http.ServeMux
	openapi *huma.OpenAPI
}

// New returns the API. It reads nothing yet.
func New(options Options) *API {
	a := &API{Options: options, routes: http.NewServeMux()}
	registrar := humago.New(a.routes, a.config())
	a.openapi = registrar.OpenAPI()
	a.registerLaunches(registrar)
	a.registerAggregates(registrar)
	a.registerRuns(registrar)
	a.registerAnalytics(registrar)
	finishSchemas(a.openapi)
	a.routes.HandleFunc("GET /api/v1/openapi.json", a.sendOpenAPI)
	a.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		WriteProblem(w, http.StatusNotFound, "There is nothing at this address: /api/v1/openapi.json lists what there is.")
	})
	return a
}

// ServeHTTP answers a request, whose path has no base path. It knows GET and HEAD only.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		WriteProblem(w, http.StatusMethodNotAllowed, "The API only reads: it takes GET and HEAD.")
		return
	}
	if mistake := mistakeOf(r.URL); mistake != nil {
		mistake.write(w)
		return
	}
	a.routes.ServeHTTP(plainStatus{w}, r.WithContext(withAddress(r.Context(), r.URL)))
}
