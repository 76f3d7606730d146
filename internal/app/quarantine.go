package app

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"liftoff"
	"liftoff/internal/export"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// formatRaw is the format of ShowQuarantined that no other command has.
const formatRaw = "raw"

// QuarantineRequest says which records of the quarantine to list.
type QuarantineRequest struct {
	// Reason is empty for any.
	Reason string
	// RunID is 0 for any.
	RunID int64
	Limit int
	// WithResolved lists those too that have gone through since.
	WithResolved bool
}

// ListQuarantine lists records in quarantine, the newest first.
func (a *App) ListQuarantine(ctx context.Context, request QuarantineRequest) error {
	reason := liftoff.RejectReason(request.Reason)
	switch {
	case request.Limit < 1:
		return liftoff.NewError(liftoff.Usage, errors.New("--limit must be 1 or more"), "name how many records to show")
	case reason != "" && !slices.Contains(liftoff.RejectReasons(), reason):
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--reason %q is none", request.Reason),
			fmt.Sprintf("use one of %v", liftoff.RejectReasons()))
	}
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	store, err := a.openCurrentStore(ctx)
	if err != nil {
		return err
	}
	found, err := store.Quarantine(ctx, postgres.QuarantineFilter{
		Reason: reason, RunID: request.RunID, Limit: request.Limit, WithResolved: request.WithResolved,
	})
	if err != nil {
		return err
	}
	list := make(quarantine, 0, len(found))
	for _, record := range found {
		list = append(list, newQuarantined(record))
	}
	return a.writeList(format, list)
}

// ShowQuarantined shows one record with its body.
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
	switch shown := newQuarantined(record); {
	case isRaw:
		_, err = a.Stdout.Write(record.Body)
		return err
	case format == report.FormatJSON:
		return report.WriteValue(a.Stdout, withBody{shown, record.Body})
	case format == report.FormatCSV || format == report.FormatMarkdown:
		return a.write(format, quarantine{shown}.all())
	default:
		return a.printQuarantined(shown, record.Body)
	}
}

// printQuarantined shows a record to people.
func (a *App) printQuarantined(r quarantined, body []byte) error {
	out := bufio.NewWriter(a.Stdout)
	line := func(name string, value any) {
		_, _ = fmt.Fprintf(out, "%-12s%s\n", name, report.Visible(fmt.Sprint(value))) // Flush tells
	}
	line("Record", r.ID)
	line("Reason", r.Reason)
	line("Detail", r.Detail)
	line("From", r.URL)
	line("First seen", r.FirstSeenAt.Format(time.DateTime)+" UTC")
	if r.RunID != nil {
		line("Run", *r.RunID)
	}
	line("Retries", r.Retries)
	if r.ResolvedAt != nil {
		line("Resolved", r.ResolvedAt.Format(time.DateTime)+" UTC")
	}
	line("SHA-256", r.SHA256)
	length := fmt.Sprintf("%d bytes", r.Length)
	if r.IsTruncated {
		length += fmt.Sprintf(", of which the first %d are kept", len(body))
	}
	line("Length", length)
	_, _ = fmt.Fprintf(out, "\n%s\n", report.Visible(string(body)))
	return out.Flush()
}

// ExportQuarantine writes what is in quarantine as JSON Lines to a file, or to
// Stdout for "-".
func (a *App) ExportQuarantine(ctx context.Context, path string) error {
	if path == "-" {
		_, err := a.exportQuarantine(ctx, a.Stdout)
		return err
	}
	count := 0
	// The file first: it costs less to try than a database.
	err := export.WriteFile(path, func(out io.Writer) (err error) {
		count, err = a.exportQuarantine(ctx, out)
		return err
	})
	if err == nil {
		a.Logger.InfoContext(ctx, fmt.Sprintf("%d records exported to %s.", count, path))
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
		line, err := json.Marshal(withBody{newQuarantined(record), record.Body})
		if err == nil {
			_, err = out.Write(append(line, '\n'))
		}
		if err != nil {
			return count, fmt.Errorf("export record %d of the quarantine: %w", record.ID, err)
		}
		count++
	}
	return count, out.Flush()
}

// openCurrentStore opens the configured database, which must have the current
// schema.
func (a *App) openCurrentStore(ctx context.Context) (*postgres.Store, error) {
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return nil, err
	}
	return store, store.RequireCurrentSchema(ctx)
}

// quarantine are records as they are printed, the newest first.
type quarantine []quarantined

// quarantined is one record as it is printed, without its body.
type quarantined struct {
	ID          int64                `json:"id"`
	Reason      liftoff.RejectReason `json:"reason"`
	Detail      string               `json:"detail"`
	URL         string               `json:"source_url"`
	FirstSeenAt time.Time            `json:"first_seen_at"`
	// RunID is nil when it is not known.
	RunID       *int64 `json:"run_id"`
	Length      int64  `json:"body_length"`
	SHA256      string `json:"body_sha256"`
	IsTruncated bool   `json:"is_truncated"`
	Retries     int    `json:"retries"`
	// ResolvedAt is nil while the record is in quarantine. ResolvedRunID is nil
	// then, and for one that something newer made needless.
	ResolvedAt    *time.Time `json:"resolved_at"`
	ResolvedRunID *int64     `json:"resolved_run_id"`
}

// withBody is a record with its bytes, which JSON shows in base64.
type withBody struct {
	quarantined
	Body []byte `json:"body_base64"`
}

func newQuarantined(r liftoff.QuarantinedRecord) quarantined {
	return quarantined{
		ID: r.ID, Reason: r.Reason, Detail: r.Detail, URL: r.URL, FirstSeenAt: r.FirstSeenAt, RunID: orNil(r.RunID),
		Length: r.Length, SHA256: hex.EncodeToString(r.SHA256), IsTruncated: r.IsTruncated, Retries: r.Retries,
		ResolvedAt: orNil(r.ResolvedAt), ResolvedRunID: orNil(r.ResolvedRunID),
	}
}
