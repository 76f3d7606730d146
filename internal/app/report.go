package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/chart"
	"liftoff/internal/export"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/reportfile"
	"liftoff/internal/table"
)

// ReportRequest says what `liftoff report` makes, and where.
type ReportRequest struct {
	// Format is html, markdown, json or csv-dir; "" for what the ending of OutputFile says.
	Format string
	// OutputFile is "" or "-" for Stdout; OutputDir is the folder of csv-dir.
	OutputFile, OutputDir string
	// ChartDir is a folder for the charts, each a file of its own; "" for none. Chart is
	// what they are: svg, png, or "" for svg.
	ChartDir, Chart string
	// Compare is the run since which changes are listed; 0 for none.
	Compare int64
}

// format returns the format of the report, or why parts of the request do not go together.
func (r ReportRequest) format() (reportfile.Format, error) {
	format, err := reportfile.FormatFor(r.Format, r.OutputFile)
	switch {
	case err != nil:
		return "", err
	case format == reportfile.CSVDir && r.OutputDir == "":
		return "", liftoff.NewError(liftoff.Usage, errors.New("csv-dir writes several files"), "name a folder for them with --output-dir DIR")
	case format == reportfile.CSVDir && r.OutputFile != "":
		return "", liftoff.NewError(liftoff.Usage, errors.New("--output-file is for one file, and csv-dir writes several"), "leave it out")
	case format != reportfile.CSVDir && r.OutputDir != "":
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("--output-dir is for csv-dir, and %s is one file", format), "name it with --output-file FILE, or add -o csv-dir")
	case r.Chart != "" && r.ChartDir == "":
		return "", liftoff.NewError(liftoff.Usage, errors.New("--chart says what the files of --chart-dir are"), "name a folder for them with --chart-dir DIR")
	case r.Chart != "" && r.Chart != "svg" && r.Chart != "png":
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("--chart must be svg or png, not %q", r.Chart), "change it, or leave it out for svg")
	default:
		return format, nil
	}
}

// Report makes a report of all analytics queries, and of what has changed since a run. Each
// of its files appears only once it is complete, the report itself last.
func (a *App) Report(ctx context.Context, request ReportRequest) error {
	format, err := request.format()
	if err != nil {
		return err
	}
	queries, err := a.loadQueries()
	if err != nil {
		return err
	}
	if format == reportfile.CSVDir {
		return a.writeCSVReport(ctx, request, queries)
	}
	write := func(out io.Writer) error {
		content, options, err := a.prepareReport(ctx, request, queries)
		if err != nil {
			return err
		}
		return reportfile.Write(out, format, content, options)
	}
	if request.OutputFile == "" || request.OutputFile == "-" {
		return write(a.Stdout)
	}
	// The file first: that is cheaper to try than a database.
	if err := export.WriteFile(request.OutputFile, write); err != nil {
		return err
	}
	a.Logger.InfoContext(ctx, "Report written.", "format", string(format), "file", request.OutputFile)
	return nil
}

// prepareReport returns what the report says, and writes the charts beside it.
func (a *App) prepareReport(ctx context.Context, request ReportRequest, queries []analytics.Query) (content reportfile.Report, options reportfile.Options, err error) {
	store, err := a.openReadableStore(ctx)
	if err != nil {
		return content, options, err
	}
	if content, err = a.readReport(ctx, store, queries); err != nil {
		return content, options, err
	}
	if request.Compare != 0 {
		changes, err := store.ChangesSince(ctx, request.Compare)
		if err != nil {
			return content, options, err
		}
		content.Changes = &changes
	}
	if err := content.CheckNames(); err != nil || request.ChartDir == "" {
		return content, options, err
	}
	drawings, err := a.writeCharts(ctx, request, content.Sections())
	options.Image = func(section string) string { return drawings[section] }
	return content, options, err
}

// readReport reads what the report says. If a run ends meanwhile, it reads again, so that
// the answers are of the run that the report names.
func (a *App) readReport(ctx context.Context, store *postgres.Store, queries []analytics.Query) (reportfile.Report, error) {
	engine, err := a.engineOver(store)
	if err != nil {
		return reportfile.Report{}, err
	}
	const tries = 3
	content := reportfile.Report{Program: "liftoff " + a.Version, Database: a.describePlace()}
	if content.Health, err = store.Health(ctx); err != nil {
		return reportfile.Report{}, err
	}
	for range tries {
		content.MadeAt = a.Now().UTC()
		if content.Answers, err = engine.Answer(ctx, queries); err != nil {
			return reportfile.Report{}, err
		}
		health, err := store.Health(ctx)
		if err != nil {
			return reportfile.Report{}, err
		}
		isSame := health.LastGood.ID == content.Health.LastGood.ID && health.LastEnded.ID == content.Health.LastEnded.ID
		if content.Health = health; isSame {
			break
		}
	}
	content.Engine = a.answeredBy(engine, content.Health.ServerVersion)
	// A role that may only read the views cannot tell.
	if isEmpty, err := store.IsEmpty(ctx); err == nil && isEmpty {
		content.Next = a.AsCalled(a.whereLaunchesAre(ctx, store))
		a.Logger.WarnContext(ctx, "There are no launches in PostgreSQL yet.", "database", store.Name(), "next", content.Next)
	}
	return content, nil
}

// writeCharts writes the drawing of each section that has one to the folder of the request,
// and returns their addresses from where the report is, by section.
func (a *App) writeCharts(ctx context.Context, request ReportRequest, sections []table.Table) (map[string]string, error) {
	const flag = "--chart-dir"
	if err := makeFolder(request.ChartDir, flag); err != nil {
		return nil, err
	}
	ending := ".svg"
	if request.Chart == "png" {
		ending = ".png"
	}
	addresses := map[string]string{}
	for _, section := range sections {
		drawing := chart.Of(section)
		if drawing.Empty() != "" {
			continue
		}
		path := filepath.Join(request.ChartDir, section.Name+ending)
		draw := drawing.WriteSVG
		if ending == ".png" {
			draw = drawing.WritePNG
		}
		if err := writeInto(path, flag, draw); err != nil {
			return nil, err
		}
		addresses[section.Name] = addressFrom(request.OutputFile, path)
	}
	a.Logger.InfoContext(ctx, "Charts written.", "charts", len(addresses), "folder", request.ChartDir)
	return addresses, nil
}

// addressFrom returns the address of a file relative to the folder of the report; a report
// on stdout is taken to be where the command runs.
func addressFrom(report, file string) string {
	folder := "."
	if report != "" && report != "-" {
		folder = filepath.Dir(report)
	}
	absolute, err := filepath.Abs(file)
	if from, fromErr := filepath.Abs(folder); err == nil && fromErr == nil {
		if relative, err := filepath.Rel(from, absolute); err == nil {
			return filepath.ToSlash(relative)
		}
	}
	return filepath.ToSlash(file)
}

// writeCSVReport writes a file for each section, and last the list of them.
func (a *App) writeCSVReport(ctx context.Context, request ReportRequest, queries []analytics.Query) error {
	content, _, err := a.prepareReport(ctx, request, queries)
	if err != nil {
		return err
	}
	index, err := content.Index()
	if err != nil {
		return err
	}
	return a.writeAnswers(ctx, request.OutputDir, report.FormatCSV, append(content.Sections(), index))
}
