package app

import (
	"context"
	"fmt"
	"text/tabwriter"

	"liftoff/internal/analytics"
	"liftoff/internal/report"
)

// Analyze runs the named analytics queries, or all when there are none, and
// prints them in the configured format.
func (a *App) Analyze(ctx context.Context, names []string) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	queries, err := analytics.Load()
	if err != nil {
		return err
	}
	// A misspelt name should be told before a server is started.
	if _, err := analytics.Select(queries, names); err != nil {
		return err
	}
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	if empty, err := store.IsEmpty(ctx); err == nil && empty {
		a.Logger.WarnContext(ctx, "There are no launches in PostgreSQL at "+store.Target()+" yet; fetch some with `"+a.Program+" ingest`.")
	}
	return a.analyze(ctx, store, names, format)
}

// ListQueries prints the names and titles of the analytics queries.
func (a *App) ListQueries() error {
	queries, err := analytics.Load()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, q := range queries {
		if _, err := fmt.Fprintf(table, "%s\t%s\n", q.Name, q.Title); err != nil {
			return err
		}
	}
	return table.Flush()
}

// QueryNames returns the names of the analytics queries, for completion.
func QueryNames() []string {
	queries, err := analytics.Load()
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(queries))
	for _, q := range queries {
		names = append(names, q.Name)
	}
	return names
}
