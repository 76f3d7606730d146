package app

import (
	"context"
	"fmt"
	"text/tabwriter"

	"liftoff/internal/analytics"
	"liftoff/internal/report"
)

// Analyze runs the named analytics queries, or all if there are no names, and
// prints the answers in the configured format.
func (a *App) Analyze(ctx context.Context, names []string) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	engine, err := a.engine(a.openFilledStore)
	if err != nil {
		return err
	}
	return a.analyze(ctx, engine, names, format)
}

// analyze runs the named queries, or all, on an engine and prints the answers.
// It reports a misspelt name before the engine starts anything.
func (a *App) analyze(ctx context.Context, engine Engine, names []string, format report.Format) error {
	queries, err := analytics.Load()
	if err != nil {
		return err
	}
	queries, err = analytics.Select(queries, names)
	if err != nil {
		return err
	}
	answers, err := engine.Answer(ctx, queries)
	if err != nil {
		return err
	}
	return report.Write(a.Stdout, format, answers, a.reportOptions())
}

// reportOptions describe what the terminal can show.
func (a *App) reportOptions() report.Options {
	return report.Options{Width: a.Screen.Width, ASCII: a.Screen.ASCII, Color: a.Screen.Color}
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
