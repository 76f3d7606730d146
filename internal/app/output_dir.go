package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"liftoff"
	"liftoff/internal/export"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// checkOneCSV refuses the CSV of more than one query on stdout: no program reads
// two tables from one CSV file.
func checkOneCSV(request AnalyzeRequest, format report.Format) error {
	names := slices.Compact(slices.Sorted(slices.Values(request.Names)))
	if format != report.FormatCSV || request.OutputDir != "" || len(names) == 1 || len(request.Own) == 1 {
		return nil
	}
	return liftoff.NewError(liftoff.Usage, errors.New("CSV on stdout is for one query"),
		"name one query, or write a file for each with --output-dir DIR")
}

// ending is that of a file in a format.
func ending(format report.Format) string {
	switch format {
	case report.FormatTable:
		return ".txt"
	case report.FormatMarkdown:
		return ".md"
	default:
		return "." + string(format)
	}
}

// writeAnswers writes a file for each answer to a folder, which is created if it is
// not there. Each file appears only once it is complete.
func (a *App) writeAnswers(ctx context.Context, folder string, format report.Format, answers []table.Table) error {
	const hint = "name a folder that you may write to with --output-dir"
	if err := os.MkdirAll(folder, 0o777); err != nil { //nolint:gosec // the user's umask decides, as for a folder of the shell
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("create the output folder: %w", err), hint)
	}
	for _, answer := range answers {
		path := filepath.Join(folder, answer.Name+ending(format))
		err := export.WriteFile(path, func(out io.Writer) error {
			return report.Write(out, format, []table.Table{answer}, report.Options{ASCII: a.Screen.ASCII})
		})
		if liftoff.CategoryOf(err) == liftoff.Usage {
			err = liftoff.NewError(liftoff.Usage, err, hint)
		}
		if err != nil {
			return err
		}
	}
	a.Logger.InfoContext(ctx, "Answers written.", "queries", len(answers), "folder", folder)
	return nil
}
