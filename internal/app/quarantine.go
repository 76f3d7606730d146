package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"

	"liftoff"
	"liftoff/internal/export"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// formatRaw is a format of ShowQuarantined only: the body without anything else.
const formatRaw = "raw"

// QuarantineRequest says which quarantined records to list.
type QuarantineRequest struct {
	// Reason is empty for any.
	Reason string
	// RunID is 0 for any.
	RunID int64
	Limit int
	// WithResolved also lists records that a retry has stored since.
	WithResolved bool
}

// ListQuarantine lists quarantined records, the newest first.
func (a *App) ListQuarantine(ctx context.Context, request QuarantineRequest) error {
	reason := liftoff.RejectReason(request.Reason)
	switch {
	case request.Limit < 1:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--limit needs 1 or more, not \"%d\"", request.Limit), "set how many records to show")
	case reason != "" && !slices.Contains(liftoff.RejectReasons(), reason):
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--reason %q is not a known reason", request.Reason),
			"use "+liftoff.Alternatives(liftoff.RejectReasons()...))
	}
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	store, err := a.openCurrentStore(ctx)
	if err != nil {
		return err
	}
	records, err := store.Quarantine(ctx, postgres.QuarantineFilter{
		Reason: reason, RunID: request.RunID, Limit: request.Limit, WithResolved: request.WithResolved,
	})
	if err != nil {
		return err
	}
	return a.show(ctx, format, func(out io.Writer) error { return report.Quarantine(records).Write(out, format, a.reportOptions()) })
}

// ShowQuarantined prints one record with its body.
func (a *App) ShowQuarantined(ctx context.Context, id int64) error {
	format, err := report.ParseFormat(a.Config.Output)
	isRaw := a.Config.Output == formatRaw
	if err != nil && !isRaw {
		return err
	}
	store, err := a.openCurrentStore(ctx)
	if err != nil {
		return err
	}
	record, err := store.QuarantinedRecord(ctx, id)
	if err != nil {
		return err
	}
	if isRaw {
		_, err = a.Stdout.Write(record.Body)
		return err
	}
	return report.WriteQuarantined(a.Stdout, format, record, a.reportOptions())
}

// ExportQuarantine writes the quarantined records as JSON Lines to a file, or to
// Stdout for "-".
func (a *App) ExportQuarantine(ctx context.Context, path string) error {
	if path == "-" {
		_, err := a.exportQuarantine(ctx, a.Stdout)
		return err
	}
	count := 0
	// The file first: that is cheaper to try than a database.
	err := export.WriteFile(path, func(out io.Writer) (err error) {
		count, err = a.exportQuarantine(ctx, out)
		return err
	})
	if err == nil {
		a.Logger.InfoContext(ctx, "Quarantined records exported.", "records", count, "file", path)
	}
	return err
}

// exportQuarantine writes the records and returns how many there are.
func (a *App) exportQuarantine(ctx context.Context, to io.Writer) (int, error) {
	store, err := a.openCurrentStore(ctx)
	if err != nil {
		return 0, err
	}
	out, count := bufio.NewWriter(to), 0
	for record, err := range store.QuarantinedRecords(ctx, nil) {
		if err != nil {
			return count, err
		}
		if err := report.WriteQuarantinedLine(out, record); err != nil {
			return count, fmt.Errorf("export quarantined record %d: %w", record.ID, err)
		}
		count++
	}
	return count, out.Flush()
}

// RejectReasons returns the reasons for quarantine, for completion.
func RejectReasons() []string {
	var names []string
	for _, reason := range liftoff.RejectReasons() {
		names = append(names, string(reason))
	}
	return names
}
