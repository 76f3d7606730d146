package reportfile

import (
	"bytes"
	"io"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/report"
)

// head is what the JSON says besides the sections.
type head struct {
	Title   string    `json:"title"`
	MadeAt  time.Time `json:"made_at"`
	Program string    `json:"program"`
	// Source is nil, as Run is, before the first good run.
	Source *string `json:"source"`
	Run    *run    `json:"run"`
	// LastRun is the run that ended last, however it ended.
	LastRun  *run   `json:"last_run"`
	Running  []run  `json:"running"`
	Engine   string `json:"engine"`
	Database string `json:"database"`
	// Next is what to do about a database without launches.
	Next     *string   `json:"next"`
	Compared *compared `json:"compared_with"`
}

// run is a run of the ledger.
type run struct {
	ID         int64              `json:"run_id"`
	Selection  liftoff.Selection  `json:"selection"`
	StartedAt  time.Time          `json:"started_at"`
	FinishedAt *time.Time         `json:"finished_at"`
	Status     *liftoff.RunStatus `json:"status"`
	Error      *string            `json:"error"`
}

// compared says how many launches have changed since a run.
type compared struct {
	Run     run   `json:"run"`
	New     int64 `json:"new"`
	Revised int64 `json:"revised"`
	Missing int64 `json:"missing"`
}

func newRun(row liftoff.LedgerRow) run {
	return run{
		ID: row.ID, Selection: row.Selection, StartedAt: row.StartedAt, FinishedAt: orNil(row.FinishedAt),
		Status: orNil(row.Status), Error: orNil(row.Error),
	}
}

// writeJSON writes the report as one object. Its sections are what `analyze -o json` prints.
func writeJSON(w io.Writer, r Report) error {
	h := head{Title: r.title(), MadeAt: r.MadeAt.UTC(), Program: r.Program, Running: []run{}, Engine: r.Engine, Database: r.Database, Next: orNil(r.Next)}
	if good := r.Health.LastGood; good.ID != 0 {
		shown := newRun(good)
		shown.Status = orNil(liftoff.RunSucceeded)
		h.Source, h.Run = &good.Source, &shown
	}
	if last := r.Health.LastEnded; last.ID != 0 {
		shown := newRun(last)
		h.LastRun = &shown
	}
	for _, row := range r.Health.Running {
		shown := newRun(row)
		shown.Status = orNil(liftoff.RunRunning)
		h.Running = append(h.Running, shown)
	}
	if c := r.Changes; c != nil {
		h.Compared = &compared{Run: newRun(c.Since), New: c.New.Total, Revised: c.Revised.Total, Missing: c.Missing.Total}
	}
	var top, sections bytes.Buffer
	if err := report.WriteValue(&top, h); err != nil {
		return err
	}
	if err := report.Write(&sections, report.FormatJSON, r.Sections(), report.Options{}); err != nil {
		return err
	}
	// The sections go in as they are, with a line for each row.
	opened := strings.TrimSuffix(top.String(), "\n}\n")
	_, err := io.WriteString(w, opened+",\n  \"sections\": "+indented(sections.String())+"}\n")
	return err
}

// indented returns lines with two more blanks before each but the first. No value has a
// line end in it.
func indented(lines string) string {
	return strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", "\n  ") + "\n"
}

// orNil returns nil for a zero value, which is null.
func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
