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
	engine, err := a.openEngine(ctx)
	if err != nil {
		return err
	}
	return a.analyze(ctx, engine, names, format)
}

// analyze runs the named queries, or all, on an engine and prints them.
func (a *App) analyze(ctx context.Context, engine Engine, names []string, format report.Format) error {
	queries, err := analytics.Load()
	if err != nil {
		return err
	}
	queries, err = analytics.Select(queries, names)
	if err != nil {
		return err
	}
	results, err := engine.Run(ctx, queries)
	if err != nil {
		return err
	}
	return a.write(format, results...)
}

// write prints results as the terminal can show them.
func (a *App) write(format report.Format, results ...analytics.Result) error {
	return report.Write(a.Stdout, format, results, report.Options{
		Width: a.Screen.Width, ASCII: a.Screen.ASCII, Color: a.Screen.Color,
	})
}

// listing is a list that programs get whole, and people as far as it fits.
type listing interface {
	all() analytics.Result
	table() analytics.Result
}

// writeList prints a list; JSON is the list itself.
func (a *App) writeList(format report.Format, list listing) error {
	switch format {
	case report.FormatJSON:
		return report.WriteValue(a.Stdout, list)
	case report.FormatCSV:
		return a.write(format, list.all())
	default:
		return a.write(format, list.table())
	}
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
