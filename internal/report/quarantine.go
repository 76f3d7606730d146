package report

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"liftoff"
	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// quarantined is the printed form of a record, without its body.
type quarantined struct {
	ID          int64                `json:"id"`
	Reason      liftoff.RejectReason `json:"reason"`
	Detail      string               `json:"detail"`
	URL         string               `json:"source_url"`
	FirstSeenAt *time.Time           `json:"first_seen_at"`
	// RunID is nil if it is not known.
	RunID       *int64 `json:"run_id"`
	Length      int64  `json:"body_length"`
	SHA256      string `json:"body_sha256"`
	IsTruncated bool   `json:"is_truncated"`
	Retries     int    `json:"retries"`
	// ResolvedAt is nil while the record is in quarantine. ResolvedRunID is also
	// nil for a record that a newer one replaced.
	ResolvedAt    *time.Time `json:"resolved_at"`
	ResolvedRunID *int64     `json:"resolved_run_id"`
}

// quarantinedWithBody is a record with its bytes, which JSON shows in base64.
type quarantinedWithBody struct {
	quarantined
	Body []byte `json:"body_base64"`
}

func newQuarantined(r liftoff.QuarantinedRecord) quarantined {
	return quarantined{
		ID: r.ID, Reason: r.Reason, Detail: r.Detail, URL: r.URL, FirstSeenAt: orNil(r.FirstSeenAt), RunID: orNil(r.RunID),
		Length: r.Length, SHA256: hex.EncodeToString(r.SHA256), IsTruncated: r.IsTruncated, Retries: r.Retries,
		ResolvedAt: orNil(r.ResolvedAt), ResolvedRunID: orNil(r.ResolvedRunID),
	}
}

// Quarantine lists quarantined records without their bodies, in the given
// order.
func Quarantine(records []liftoff.QuarantinedRecord) Listing {
	rows := make([]quarantined, 0, len(records))
	for _, record := range records {
		rows = append(rows, newQuarantined(record))
	}
	// The most important columns first: the last are left out where space is short.
	short := tableOf("quarantine", rows, []column[quarantined]{
		{Column: table.Integer("record"), value: func(r quarantined) any { return r.ID }},
		{Column: table.Word("reason"), value: func(r quarantined) any { return string(r.Reason) }},
		{Column: table.Main("detail"), value: func(r quarantined) any { return r.Detail }},
		{Column: table.Integer("run"), value: func(r quarantined) any { return cell(r.RunID) }},
		{Column: table.Timestamp("first_seen"), value: func(r quarantined) any { return cell(r.FirstSeenAt) }},
		{Column: table.Timestamp("resolved"), value: func(r quarantined) any { return cell(r.ResolvedAt) }, isOptional: true},
		{Column: table.Integer("length").In("bytes"), value: func(r quarantined) any { return r.Length }},
		{Column: table.Integer("retries").In(table.Count), value: func(r quarantined) any { return int64(r.Retries) }},
	})
	short.Title = "Records in quarantine, the newest first"
	full := tableOf("quarantine", rows, []column[quarantined]{
		{Column: table.Integer("id"), value: func(r quarantined) any { return r.ID }},
		{Column: table.Text("reason"), value: func(r quarantined) any { return string(r.Reason) }},
		{Column: table.Text("detail"), value: func(r quarantined) any { return r.Detail }},
		{Column: table.Text("source_url"), value: func(r quarantined) any { return r.URL }},
		{Column: table.Timestamp("first_seen_at"), value: func(r quarantined) any { return cell(r.FirstSeenAt) }},
		{Column: table.Integer("run_id"), value: func(r quarantined) any { return cell(r.RunID) }},
		{Column: table.Integer("body_length").In("bytes"), value: func(r quarantined) any { return r.Length }},
		{Column: table.Text("body_sha256"), value: func(r quarantined) any { return r.SHA256 }},
		{Column: table.Boolean("is_truncated"), value: func(r quarantined) any { return r.IsTruncated }},
		{Column: table.Integer("retries"), value: func(r quarantined) any { return int64(r.Retries) }},
		{Column: table.Timestamp("resolved_at"), value: func(r quarantined) any { return cell(r.ResolvedAt) }},
		{Column: table.Integer("resolved_run_id"), value: func(r quarantined) any { return cell(r.ResolvedRunID) }},
	})
	return Listing{Value: rows, Full: full, Tables: []table.Table{short}}
}

// WriteQuarantined prints one quarantined record; JSON and text include its
// body.
func WriteQuarantined(w io.Writer, format Format, record liftoff.QuarantinedRecord, options Options) error {
	shown := newQuarantined(record)
	switch format {
	case FormatJSON:
		return WriteValue(w, quarantinedWithBody{shown, record.Body})
	case FormatCSV, FormatMarkdown:
		return Write(w, format, []table.Table{Quarantine([]liftoff.QuarantinedRecord{record}).Full}, options)
	default:
		return writeQuarantinedText(w, shown, record.Body)
	}
}

// WriteQuarantinedLine writes one quarantined record with its body as a line of
// JSON.
func WriteQuarantinedLine(w io.Writer, record liftoff.QuarantinedRecord) error {
	line, err := json.Marshal(quarantinedWithBody{newQuarantined(record), record.Body}, moments())
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	return err
}

// writeQuarantinedText prints a record for people.
func writeQuarantinedText(w io.Writer, r quarantined, body []byte) error {
	out := bufio.NewWriter(w)
	line := func(name string, value any) {
		_, _ = fmt.Fprintf(out, "%-12s%s\n", name, plain.Visible(fmt.Sprint(value))) // Flush returns the error
	}
	line("Record", r.ID)
	line("Reason", r.Reason)
	line("Detail", r.Detail)
	line("From", r.URL)
	line("First seen", display(r.FirstSeenAt, "unknown"))
	if r.RunID != nil {
		line("Run", *r.RunID)
	}
	line("Retries", r.Retries)
	if r.ResolvedAt != nil {
		line("Resolved", display(r.ResolvedAt, ""))
	}
	line("SHA-256", r.SHA256)
	length := thousands(r.Length) + " bytes"
	if r.IsTruncated {
		length += " (only the first " + thousands(int64(len(body))) + " are kept)"
	}
	line("Length", length)
	_, _ = fmt.Fprintf(out, "\n%s\n", plain.Visible(string(body)))
	return out.Flush()
}
