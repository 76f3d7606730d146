package app

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"liftoff/internal/analytics"
	"liftoff/internal/report"
)

// AnalyzeRequest says which queries `liftoff analyze` runs.
type AnalyzeRequest struct {
	// Names are the queries' names; none means the summary on a terminal, and all
	// queries elsewhere.
	Names []string
	// All asks for all queries on a terminal, too.
	All bool
}

// Analyze runs analytics queries and prints the answers in the configured format.
func (a *App) Analyze(ctx context.Context, request AnalyzeRequest) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	engine, err := a.engine(a.openFilledStore)
	if err != nil {
		return err
	}
	var show shower
	if len(request.Names) == 0 && !request.All && a.isForPeople(format) {
		show, err = a.summary(ctx, engine)
	} else {
		show, err = a.answers(ctx, engine, request.Names, format)
	}
	if err != nil {
		return err
	}
	return show(ctx)
}

// shower prints answers that are there already.
type shower func(context.Context) error

// answers lets an engine answer the named queries, or all. It reports a misspelt
// name before the engine starts anything.
func (a *App) answers(ctx context.Context, engine Engine, names []string, format report.Format) (shower, error) {
	queries, err := analytics.Load()
	if err != nil {
		return nil, err
	}
	queries, err = analytics.Select(queries, names)
	if err != nil {
		return nil, err
	}
	answers, err := engine.Answer(ctx, queries)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		return a.show(ctx, format, func(out io.Writer) error { return report.Write(out, format, answers, a.reportOptions()) })
	}, nil
}

// isForPeople reports whether results in a format are read on a terminal.
func (a *App) isForPeople(format report.Format) bool {
	return format == report.FormatTable && a.Screen.IsTerminal
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
