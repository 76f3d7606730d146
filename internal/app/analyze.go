package app

import (
	"context"
	"io"

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
	// Own are queries of files, to run in place of the others.
	Own OwnQueries
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
	var show printFunc
	switch {
	case request.OutputDir != "":
		answers, err := a.ask(ctx, engine, request)
		if err != nil {
			return err
		}
		return a.writeAnswers(ctx, request.OutputDir, format, answers)
	case len(request.Names) == 0 && len(request.Own) == 0 && !request.All && a.isForPeople(format):
		show, err = a.summary(ctx, engine)
	default:
		show, err = a.answers(ctx, engine, request, format)
	}
	if err != nil {
		return err
	}
	return show(ctx)
}

// printFunc prints answers that the engine has given already.
type printFunc func(context.Context) error

// ask lets an engine answer the queries of the request. It reports a misspelt name
// before the engine starts anything.
func (a *App) ask(ctx context.Context, engine Engine, request AnalyzeRequest) ([]table.Table, error) {
	if len(request.Own) > 0 {
		return engine.Answer(ctx, request.Own)
	}
	queries, err := a.loadQueries()
	if err != nil {
		return nil, err
	}
	queries, err = analytics.Select(queries, request.Names)
	if err != nil {
		return nil, err
	}
	return engine.Answer(ctx, queries)
}

// answers lets an engine answer the queries of the request.
func (a *App) answers(ctx context.Context, engine Engine, request AnalyzeRequest, format report.Format) (printFunc, error) {
	answers, err := a.ask(ctx, engine, request)
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
