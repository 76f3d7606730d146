// Package web holds the pages of the dashboard: what is stored, how it came there, and
// what the analytics say. Pages are HTML from html/template with one style sheet and no
// script; the state of a page is in its address. They only read. Who may see them, and
// the limits of the server, are the business of package serve.
package web

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"liftoff/internal/analytics"
	"liftoff/internal/page"
	"liftoff/internal/postgres"
	"liftoff/internal/table"
)

//go:embed templates/*.html
var files embed.FS

// Options say what the pages show and where it comes from.
type Options struct {
	// Store returns the database; an error while it cannot be read, or its schema does
	// not fit.
	Store func(context.Context) (*postgres.Store, error)
	// Answer answers analytics queries on the configured engine. EngineName names the one
	// that was asked last to people, such as PostgreSQL.
	Answer     func(context.Context, []analytics.Query) ([]table.Table, error)
	EngineName func() string
	// Queries are the sections, in their order.
	Queries []analytics.Query
	// Base returns what the addresses in the answer to a request begin with, such as
	// /liftoff; empty for none.
	Base func(context.Context) string
	// Version is the program's.
	Version string
	// AsCalled returns a text in which commands of this program are spelt as they have to
	// be called.
	AsCalled func(text string) string
	// NextStep says what to do about an error; "" if there is nothing to say.
	NextStep func(err error) string
	// Now is the clock.
	Now    func() time.Time
	Logger *slog.Logger
}

// Site serves the pages. Close it when no request is under way any more.
type Site struct {
	Options
	// BasePath is what all addresses in answers begin with.
	BasePath string

	pages  map[string]*template.Template
	styles asset
	cache  *cache
	// overview is the page that is asked for most, as it was last drawn.
	overview *rendered
	drawings *drawings
}

// New returns the site. It reads nothing yet.
func New(options Options) (*Site, error) {
	s := &Site{
		Options: options, pages: map[string]*template.Template{}, styles: newAsset("style", ".css", []byte(page.StyleSheet())),
		overview: &rendered{}, drawings: &drawings{},
	}
	s.cache = newCache(s.read, options.Now)
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	shared := []string{"templates/layout.html", "templates/tables.html"}
	for _, name := range names {
		if slices.Contains(shared, name) {
			continue
		}
		t, err := page.Templates().Funcs(template.FuncMap{"commands": commands}).ParseFS(files, append(slices.Clone(shared), name)...)
		if err != nil {
			return nil, err
		}
		s.pages[name] = t
	}
	return s, nil
}

// Close waits until nothing is read any more.
func (s *Site) Close() { s.cache.close() }

// Handler returns the handler of all pages, for paths without the base path. It knows GET
// and HEAD only.
func (s *Site) Handler() http.Handler {
	var mutex sync.Mutex
	handlers := map[string]http.Handler{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := s.Base(r.Context())
		mutex.Lock()
		handler, isKnown := handlers[base]
		if !isKnown {
			if len(handlers) == maxBases {
				clear(handlers)
			}
			below := *s
			below.BasePath, below.overview = base, &rendered{}
			handler = below.handler()
			handlers[base] = handler
		}
		mutex.Unlock()
		handler.ServeHTTP(w, r)
	})
}

// maxBases is how many base paths are kept. Only trusted proxies choose them.
const maxBases = 16

// handler returns the handler of all pages below one base path.
func (s *Site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.showOverview)
	mux.HandleFunc("GET /analytics", s.showAnalytics)
	mux.HandleFunc("GET /analytics/{name}", s.showQuery)
	mux.HandleFunc("GET /launches", s.showLaunches)
	mux.HandleFunc("GET /launches/{id}", s.showLaunch)
	mux.HandleFunc("GET /launches/{id}/document", s.sendDocument)
	mux.HandleFunc("GET /runs", s.showRuns)
	mux.HandleFunc("GET /runs/{id}", s.showRun)
	mux.HandleFunc("GET /quarantine", s.showQuarantine)
	mux.HandleFunc("GET /quarantine/{id}", s.showRecord)
	mux.HandleFunc("GET /schedules", s.showSchedules)
	mux.HandleFunc("GET /assets/{file}", s.sendAsset)
	mux.HandleFunc("GET /favicon.ico", s.sendIcon)
	mux.HandleFunc("/", s.showNotFound)
	return mux
}
