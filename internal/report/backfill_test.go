package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/report"
)

// What is printed of a backfill, in all formats, is what people and programs rely on.
func TestWriteBackfill_Golden(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 23, 17, 12, 0, time.UTC)
	open := report.Backfill{Backfill: liftoff.Backfill{
		ID: 3, Source: "https://api.spacexdata.com", Since: time.Date(2020, 1, 31, 0, 0, 0, 0, time.UTC), State: liftoff.BackfillOpen,
		OpenedAt: at, Parts: 1064, PartsDone: 13, Workers: 4, Announced: 80_000, Fetched: 16_000, PerSecond: 1234.56,
	}, Next: []string{"liftoff worker --backfill 3", "liftoff backfill status 3 --wait"}}
	finished := report.Backfill{Backfill: liftoff.Backfill{
		ID: 4, Source: "https://api.spacexdata.com", State: liftoff.BackfillFinished,
		OpenedAt: at, FinishedAt: at.Add(time.Minute), Parts: 1, PartsDone: 1, Announced: -1,
	}}
	var out bytes.Buffer
	for _, b := range []report.Backfill{open, finished} {
		for _, format := range []report.Format{report.FormatTable, report.FormatJSON, report.FormatCSV, report.FormatMarkdown} {
			if err := report.WriteBackfill(&out, format, b, report.Options{Width: 80}); err != nil {
				t.Fatal(err)
			}
			out.WriteString("\n")
		}
	}
	path := filepath.Join("testdata", "backfill.txt")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
