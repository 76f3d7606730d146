package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"liftoff"
	"liftoff/internal/export"
	"liftoff/internal/report"
)

// ExportRequest says what `liftoff export` shall write, and where.
type ExportRequest struct {
	// Format is jsonl, csv or parquet.
	Format string
	// OutputFile is "" for Stdout.
	OutputFile string
	// Raw asks for each launch's newest document too.
	Raw bool
}

// Export writes all launches to a file or to Stdout.
func (a *App) Export(ctx context.Context, request ExportRequest) error {
	format, err := export.ParseFormat(request.Format)
	if err != nil {
		return err
	}
	// The text of a spreadsheet is the same wherever the program writes one.
	opts := export.Options{Format: format, Raw: request.Raw, CSVText: report.CSVText}
	if request.OutputFile != "" {
		return a.exportToFile(ctx, request.OutputFile, opts)
	}
	if format == export.Parquet && a.Screen.IsTerminal {
		return liftoff.NewError(liftoff.Usage, errors.New("a Parquet file is nothing to read on a terminal"),
			"name a file with --output-file, or send stdout to one")
	}
	_, err = a.export(ctx, a.Stdout, opts)
	return err
}

// exportToFile exports to a file, which is there when it is whole.
func (a *App) exportToFile(ctx context.Context, path string, opts export.Options) error {
	var count int64
	// The file first: it costs less to try than a database.
	err := export.WriteFile(path, func(out io.Writer) (err error) {
		count, err = a.export(ctx, out, opts)
		return err
	})
	if err != nil {
		return err
	}
	a.Logger.InfoContext(ctx, fmt.Sprintf("%d launches exported to %s.", count, path))
	return nil
}

// export writes all launches of the database and returns how many there are.
func (a *App) export(ctx context.Context, out io.Writer, opts export.Options) (int64, error) {
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return 0, err
	}
	if err := a.warnIfEmpty(ctx, store); err != nil {
		return 0, err
	}
	return export.NewPostgres(store.Pool()).Write(ctx, out, opts)
}
