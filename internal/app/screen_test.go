package app_test

import (
	"bytes"
	"log/slog"
	"testing"

	"liftoff"
	"liftoff/internal/app"
)

// A terminal is no place for a Parquet file; that is said before any database
// is asked.
func TestExport_ParquetIsNotForAScreen(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	a := app.New(app.Options{Stdout: &stdout, Screen: app.Screen{IsTerminal: true}, Logger: slog.New(slog.DiscardHandler)})
	err := a.Export(t.Context(), app.ExportRequest{Format: "parquet"})
	if liftoff.CategoryOf(err) != liftoff.Usage || liftoff.HintOf(err) == "" || stdout.Len() != 0 {
		t.Errorf("got error %v of category %v, stdout %q", err, liftoff.CategoryOf(err), stdout.String())
	}
}
