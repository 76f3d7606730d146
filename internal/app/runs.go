package app

import (
	"context"
	"errors"
	"time"

	"liftoff"
	"liftoff/internal/report"
)

// Runs prints the newest runs of the ledger, at most limit.
func (a *App) Runs(ctx context.Context, limit int) error {
	if limit < 1 {
		return liftoff.NewError(liftoff.Usage, errors.New("--limit must be 1 or more"), "name how many runs to show")
	}
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	if err := store.RequireReadableSchema(ctx); err != nil {
		return err
	}
	stored, err := store.Runs(ctx, limit)
	if err != nil {
		return err
	}
	list := make(runs, 0, len(stored))
	for _, r := range stored {
		list = append(list, newRun(r))
	}
	return a.writeList(format, list)
}

// runs are runs as they are printed, the newest first.
type runs []run

// run is one run of the ledger as it is printed.
type run struct {
	ID         int64             `json:"run_id"`
	Source     string            `json:"source"`
	Selection  liftoff.Selection `json:"selection"`
	Command    string            `json:"command"`
	Version    string            `json:"program_version"`
	Status     liftoff.RunStatus `json:"status"`
	StartedAt  time.Time         `json:"started_at"`
	FinishedAt *time.Time        `json:"finished_at"`
	// DurationMS is nil while the run is running: it may have died.
	DurationMS *int64 `json:"duration_ms"`
	// Announced is nil when the source did not say.
	Announced   *int64        `json:"announced"`
	Pages       int64         `json:"pages"`
	Fetched     int64         `json:"fetched"`
	Inserted    int64         `json:"inserted"`
	Unchanged   int64         `json:"unchanged"`
	Revised     int64         `json:"revised"`
	Quarantined int64         `json:"quarantined"`
	Missing     int64         `json:"missing"`
	Bytes       int64         `json:"bytes"`
	Error       *string       `json:"error"`
	Missed      []missedRange `json:"missed_ranges"`
}

// missedRange is a part of the source that a run could not fetch; nil means
// the beginning or the end.
type missedRange struct {
	AfterID  *string `json:"after_id"`
	BeforeID *string `json:"before_id"`
}

func newRun(r liftoff.Run) run {
	printed := run{
		ID: r.ID, Source: r.Source, Selection: r.Selection, Command: r.Command, Version: r.ProgramVersion,
		Status: r.Status, StartedAt: r.StartedAt, FinishedAt: orNil(r.FinishedAt),
		Pages: r.Pages, Fetched: r.Fetched, Inserted: r.Inserted, Unchanged: r.Unchanged, Revised: r.Revised,
		Quarantined: r.Quarantined, Missing: r.Missing, Bytes: r.Bytes, Error: orNil(r.Error),
		Missed: []missedRange{},
	}
	if printed.FinishedAt != nil {
		milliseconds := r.FinishedAt.Sub(r.StartedAt).Milliseconds()
		printed.DurationMS = &milliseconds
	}
	if r.Announced >= 0 {
		printed.Announced = &r.Announced
	}
	for _, m := range r.Missed {
		printed.Missed = append(printed.Missed, missedRange{orNil(m.AfterID), orNil(m.BeforeID)})
	}
	return printed
}
