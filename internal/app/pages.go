package app

import (
	"fmt"
	"net/http"

	"liftoff"
	"liftoff/internal/postgres"
)

// pages returns what the dashboard shows.
func (a *App) pages(store *postgres.Store) (http.Handler, error) {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		text := "liftoff " + a.Version + "\n"
		if err := store.RequireReadableSchema(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			text += "\nThere is nothing to show: " + liftoff.OneLine(err) + ". Next: " + a.nextStep(err) + "\n"
		}
		_, _ = fmt.Fprint(w, text) // the client may have gone
	})
	return routes, nil
}
