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
	const flag = "--output-dir"
	if err := makeFolder(folder, flag); err != nil {
		return err
	}
	for _, answer := range answers {
		path := filepath.Join(folder, answer.Name+ending(format))
		err := writeInto(path, flag, func(out io.Writer) error {
			return report.Write(out, format, []table.Table{answer}, report.Options{ASCII: a.Screen.ASCII})
		})
		if err != nil {
			return err
		}
	}
	a.Logger.InfoContext(ctx, "Answers written.", "queries", len(answers), "folder", folder)
	return nil
}

// makeFolder makes a folder that a flag names, if it is not there.
func makeFolder(folder, flag string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil { //nolint:gosec // the user's umask decides, as for a folder of the shell
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("create the folder of %s: %w", flag, err), folderHint(flag))
	}
	return nil
}

// writeInto writes a file into a folder that a flag names. It appears once it is complete.
func writeInto(path, flag string, write func(io.Writer) error) error {
	err := export.WriteFile(path, write)
	if liftoff.CategoryOf(err) == liftoff.Usage {
		return liftoff.NewError(liftoff.Usage, err, folderHint(flag))
	}
	return err
}

func folderHint(flag string) string { return "name a folder that you may write to with " + flag }
