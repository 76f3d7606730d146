package app

import (
	"context"
	"errors"
	"io"

	"liftoff"
	"liftoff/internal/export"
	"liftoff/internal/report"
)

// ExportRequest says what `liftoff export` writes, and where.
type ExportRequest struct {
	// Format is jsonl, csv or parquet; "" for what the ending of OutputFile says.
	Format string
	// OutputFile is "" or "-" for Stdout.
	OutputFile string
	// Raw adds each launch's newest document.
	Raw bool
}

// Export writes all launches to a file or to Stdout.
func (a *App) Export(ctx context.Context, request ExportRequest) error {
	format, err := export.FormatFor(request.Format, request.OutputFile)
	if err != nil {
		return err
	}
	// All CSV of the program is safe for spreadsheets in the same way.
	opts := export.Options{Format: format, Raw: request.Raw, CSVText: report.CSVText}
	if request.OutputFile != "" && request.OutputFile != "-" {
		return a.exportToFile(ctx, request.OutputFile, opts)
	}
	if format == export.Parquet && a.Screen.IsTerminal {
		return liftoff.NewError(liftoff.Usage, errors.New("refusing to write binary Parquet to a terminal"),
			"name a file with --output-file, or redirect stdout to a file")
	}
	_, err = a.export(ctx, a.Stdout, opts)
	return err
}

// exportToFile exports to a file, which appears only once it is complete.
func (a *App) exportToFile(ctx context.Context, path string, opts export.Options) error {
	var count int64
	// The file first: that is cheaper to try than a database.
	err := export.WriteFile(path, func(out io.Writer) (err error) {
		count, err = a.export(ctx, out, opts)
		return err
	})
	if err != nil {
		return err
	}
	a.Logger.InfoContext(ctx, "Launches exported.", "launches", count, "file", path)
	return nil
}

// export writes all launches of the database and returns how many there are.
func (a *App) export(ctx context.Context, out io.Writer, opts export.Options) (int64, error) {
	store, err := a.openFilledStore(ctx)
	if err != nil {
		return 0, err
	}
	return export.Write(ctx, store, out, opts)
}
