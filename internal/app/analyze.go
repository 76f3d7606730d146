package app

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"liftoff/internal/analytics"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// AnalyzeRequest says which queries `liftoff analyze` runs.
type AnalyzeRequest struct {
	// Names are the queries' names; none means the summary on a terminal, and all
	// queries elsewhere.
	Names []string
	// All asks for all queries on a terminal, too.
	All bool
	// OutputDir is a folder for one file for each answer; "" prints the answers.
	OutputDir string
}

// Analyze runs analytics queries and prints the answers in the configured format,
// or writes them to files.
func (a *App) Analyze(ctx context.Context, request AnalyzeRequest) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	if err := checkOneCSV(request, format); err != nil {
		return err
	}
	engine, err := a.engine(a.openFilledStore)
	if err != nil {
		return err
	}
	var show shower
	switch {
	case request.OutputDir != "":
		answers, err := ask(ctx, engine, request.Names)
		if err != nil {
			return err
		}
		return a.writeAnswers(ctx, request.OutputDir, format, answers)
	case len(request.Names) == 0 && !request.All && a.isForPeople(format):
		show, err = a.summary(ctx, engine)
	default:
		show, err = a.answers(ctx, engine, request.Names, format)
	}
	if err != nil {
		return err
	}
	return show(ctx)
}

// shower prints answers that are there already.
type shower func(context.Context) error

// ask lets an engine answer the named queries, or all. It reports a misspelt name
// before the engine starts anything.
func ask(ctx context.Context, engine Engine, names []string) ([]table.Table, error) {
	queries, err := analytics.Load()
	if err != nil {
		return nil, err
	}
	queries, err = analytics.Select(queries, names)
	if err != nil {
		return nil, err
	}
	return engine.Answer(ctx, queries)
}

// answers lets an engine answer the named queries, or all.
func (a *App) answers(ctx context.Context, engine Engine, names []string, format report.Format) (shower, error) {
	answers, err := ask(ctx, engine, names)
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
	out := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, q := range queries {
		if _, err := fmt.Fprintf(out, "%s\t%s\n", q.Name, q.Title); err != nil {
			return err
		}
	}
	return out.Flush()
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
