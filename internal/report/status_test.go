package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/report"
)

// What is printed of the status, in all formats, is what people and probes rely on.
func TestWriteStatus_Golden(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 23, 17, 12, 0, time.UTC)
	run := func(id int64, schedule string, ago time.Duration) liftoff.LedgerRow {
		return liftoff.LedgerRow{
			ID: id, Source: "https://api.spacexdata.com", Selection: liftoff.SelectNew, Schedule: schedule,
			StartedAt: now.Add(-ago - time.Minute), FinishedAt: now.Add(-ago), RunCounts: liftoff.RunCounts{Inserted: 1200, Revised: 3},
		}
	}
	versions := liftoff.Health{Now: now, SchemaVersion: 20, ServerVersion: "18.6 (Debian 18.6-1.pgdg13+1)"}
	busy, fresh := versions, versions
	busy.LastGood, busy.LastChange, busy.Quarantined = run(41, "hourly", 3*time.Hour), run(7, "", 51*time.Hour), 2
	for id := range int64(5) {
		busy.Running = append(busy.Running, run(42+id, "hourly", 5*time.Second))
	}
	var out bytes.Buffer
	for _, s := range []report.Status{
		{
			Health: busy, State: report.StateOverdue, Problem: `the schedule "hourly" is overdue since 2026-11-30 23:07:00 UTC, and no run is under way`,
			NextSchedule: "hourly", NextDueAt: now.Add(-10 * time.Minute), Newest: "Starlink 4-36 (v1.5)", NewestAt: now.AddDate(-4, 0, 0), AgeDays: 1461,
			ProgramVersion: "v1.2.3", Database: "PostgreSQL at liftoff_ingest@db.example.org:5432/spacex",
		},
		{Health: fresh, State: report.StateWell, AreAllPaused: true, ProgramVersion: "v1.2.3", Database: "PostgreSQL at db/spacex"},
		{Health: fresh, State: report.StateWell, NextSchedule: "daily", NextDueAt: now.Add(time.Second), ProgramVersion: "v1.2.3", Database: "PostgreSQL at db/spacex"},
	} {
		for _, format := range []report.Format{report.FormatTable, report.FormatJSON, report.FormatCSV, report.FormatMarkdown} {
			before := out.Len()
			if err := report.WriteStatus(&out, format, s, report.Options{Width: 80}); err != nil {
				t.Fatal(err)
			}
			if screen := string(out.Bytes()[before:]); format == report.FormatTable && strings.Count(screen, "\n") > 23 {
				t.Errorf("the screen has %d lines:\n%s", strings.Count(screen, "\n"), screen)
			}
			out.WriteString("\n")
		}
	}
	path := filepath.Join("testdata", "status.txt")
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
