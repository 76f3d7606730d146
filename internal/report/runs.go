package report

import (
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/table"
)

// LedgerRow is the printed form of a run in the ledger.
type LedgerRow struct {
	ID         int64             `json:"run_id"`
	Source     string            `json:"source"`
	Selection  liftoff.Selection `json:"selection"`
	Command    string            `json:"command"`
	Version    string            `json:"program_version"`
	Status     liftoff.RunStatus `json:"status"`
	StartedAt  *time.Time        `json:"started_at"`
	FinishedAt *time.Time        `json:"finished_at"`
	// DurationMS is nil while the run is running, which may have crashed.
	DurationMS *int64 `json:"duration_ms"`
	// Announced is nil if the source did not say.
	Announced   *int64  `json:"announced"`
	Pages       int64   `json:"pages"`
	Fetched     int64   `json:"fetched"`
	Inserted    int64   `json:"inserted"`
	Unchanged   int64   `json:"unchanged"`
	Revised     int64   `json:"revised"`
	Quarantined int64   `json:"quarantined"`
	Missing     int64   `json:"missing"`
	Bytes       int64   `json:"bytes"`
	Error       *string `json:"error"`
	// Schedule and DueAt are of a run that a worker did; nil for any other.
	Schedule *string    `json:"schedule"`
	DueAt    *time.Time `json:"due_at"`
	// What the run took; nil if that is not known.
	Requests        *int64 `json:"requests"`
	Retries         *int64 `json:"retries"`
	FetchMS         *int64 `json:"fetch_ms"`
	DecodeMS        *int64 `json:"decode_ms"`
	StoreMS         *int64 `json:"store_ms"`
	ReferencesMS    *int64 `json:"references_ms"`
	ViewMS          *int64 `json:"view_ms"`
	PeakMemoryBytes *int64 `json:"peak_memory_bytes"`
	Gaps            []Gap  `json:"missed_ranges"`
}

// Gap is a range of the source that a run could not fetch; nil means the
// beginning or the end.
type Gap struct {
	AfterID  *string `json:"after_id"`
	BeforeID *string `json:"before_id"`
}

// Runs lists runs of the ledger in the given order. The note is for people only.
func Runs(runs []liftoff.LedgerRow, note string) Listing {
	rows := make([]LedgerRow, 0, len(runs))
	for _, r := range runs {
		rows = append(rows, NewLedgerRow(r))
	}
	short := tableOf("runs", rows, shortRunColumns())
	short.Title, short.Description = "Ingestion runs, the newest first", note
	return Listing{Value: rows, Full: tableOf("runs", rows, fullRunColumns()), Tables: []table.Table{short}}
}

// NewLedgerRow returns the printed form of a run in the ledger.
func NewLedgerRow(r liftoff.LedgerRow) LedgerRow {
	row := LedgerRow{
		ID: r.ID, Source: r.Source, Selection: r.Selection, Command: r.Command, Version: r.ProgramVersion,
		Status: r.Status, StartedAt: orNil(r.StartedAt), FinishedAt: orNil(r.FinishedAt),
		Pages: r.Pages, Fetched: r.Fetched, Inserted: r.Inserted, Unchanged: r.Unchanged, Revised: r.Revised,
		Quarantined: r.Quarantined, Missing: r.Missing, Bytes: r.Bytes, Error: orNil(r.Error),
		Schedule: orNil(r.Schedule), DueAt: orNil(r.DueAt), Gaps: []Gap{},
	}
	if row.StartedAt != nil && row.FinishedAt != nil {
		milliseconds := r.FinishedAt.Sub(r.StartedAt).Milliseconds()
		row.DurationMS = &milliseconds
	}
	if r.Announced >= 0 {
		row.Announced = &r.Announced
	}
	row.noteStatistics(r.Statistics)
	for _, m := range r.Gaps {
		row.Gaps = append(row.Gaps, Gap{orNil(m.AfterID), orNil(m.BeforeID)})
	}
	return row
}

func (r *LedgerRow) noteStatistics(took *liftoff.Statistics) {
	if took == nil {
		return
	}
	milliseconds := func(d time.Duration) *int64 { return new(d.Milliseconds()) }
	r.Requests, r.Retries, r.PeakMemoryBytes = &took.Requests, &took.Retries, orNil(took.PeakMemory)
	r.FetchMS, r.DecodeMS, r.StoreMS = milliseconds(took.Fetch), milliseconds(took.Decode), milliseconds(took.Store)
	r.ReferencesMS, r.ViewMS = milliseconds(took.References), milliseconds(took.View)
}

// shortRunColumns show runs to people, the most important first.
func shortRunColumns() []column[LedgerRow] {
	count := func(name string) table.Column { return table.Integer(name).In(table.Count) }
	return []column[LedgerRow]{
		{Column: table.Integer("run"), value: func(r LedgerRow) any { return r.ID }},
		{Column: table.Word("status"), value: func(r LedgerRow) any { return string(r.Status) }},
		{Column: table.Timestamp("started"), value: func(r LedgerRow) any { return cell(r.StartedAt) }},
		{Column: count("fetched"), value: func(r LedgerRow) any { return r.Fetched }},
		{Column: count("inserted"), value: func(r LedgerRow) any { return r.Inserted }},
		{Column: table.Float("duration").In("s"), value: func(r LedgerRow) any { return r.seconds() }},
		{Column: count("revised"), value: func(r LedgerRow) any { return r.Revised }, isOptional: true},
		{Column: count("quarantined"), value: func(r LedgerRow) any { return r.Quarantined }, isOptional: true},
		{Column: count("missing"), value: func(r LedgerRow) any { return r.Missing }, isOptional: true},
		{Column: table.Text("selection"), value: func(r LedgerRow) any { return string(r.Selection) }},
		{Column: table.Word("schedule"), value: func(r LedgerRow) any { return cell(r.Schedule) }, isOptional: true},
		{Column: count("unchanged"), value: func(r LedgerRow) any { return r.Unchanged }},
	}
}

// fullRunColumns are everything that is known of runs, named as in JSON.
func fullRunColumns() []column[LedgerRow] {
	return []column[LedgerRow]{
		{Column: table.Integer("run_id"), value: func(r LedgerRow) any { return r.ID }},
		{Column: table.Text("source"), value: func(r LedgerRow) any { return r.Source }},
		{Column: table.Text("selection"), value: func(r LedgerRow) any { return string(r.Selection) }},
		{Column: table.Text("command"), value: func(r LedgerRow) any { return r.Command }},
		{Column: table.Text("program_version"), value: func(r LedgerRow) any { return r.Version }},
		{Column: table.Text("status"), value: func(r LedgerRow) any { return string(r.Status) }},
		{Column: table.Timestamp("started_at"), value: func(r LedgerRow) any { return cell(r.StartedAt) }},
		{Column: table.Timestamp("finished_at"), value: func(r LedgerRow) any { return cell(r.FinishedAt) }},
		{Column: table.Integer("duration_ms").In("ms"), value: func(r LedgerRow) any { return cell(r.DurationMS) }},
		{Column: table.Integer("announced"), value: func(r LedgerRow) any { return cell(r.Announced) }},
		{Column: table.Integer("pages"), value: func(r LedgerRow) any { return r.Pages }},
		{Column: table.Integer("fetched"), value: func(r LedgerRow) any { return r.Fetched }},
		{Column: table.Integer("inserted"), value: func(r LedgerRow) any { return r.Inserted }},
		{Column: table.Integer("unchanged"), value: func(r LedgerRow) any { return r.Unchanged }},
		{Column: table.Integer("revised"), value: func(r LedgerRow) any { return r.Revised }},
		{Column: table.Integer("quarantined"), value: func(r LedgerRow) any { return r.Quarantined }},
		{Column: table.Integer("missing"), value: func(r LedgerRow) any { return r.Missing }},
		{Column: table.Integer("bytes"), value: func(r LedgerRow) any { return r.Bytes }},
		{Column: table.Text("error"), value: func(r LedgerRow) any { return cell(r.Error) }},
		{Column: table.Text("schedule"), value: func(r LedgerRow) any { return cell(r.Schedule) }},
		{Column: table.Timestamp("due_at"), value: func(r LedgerRow) any { return cell(r.DueAt) }},
		{Column: table.Integer("requests"), value: func(r LedgerRow) any { return cell(r.Requests) }},
		{Column: table.Integer("retries"), value: func(r LedgerRow) any { return cell(r.Retries) }},
		{Column: table.Integer("fetch_ms").In("ms"), value: func(r LedgerRow) any { return cell(r.FetchMS) }},
		{Column: table.Integer("decode_ms").In("ms"), value: func(r LedgerRow) any { return cell(r.DecodeMS) }},
		{Column: table.Integer("store_ms").In("ms"), value: func(r LedgerRow) any { return cell(r.StoreMS) }},
		{Column: table.Integer("references_ms").In("ms"), value: func(r LedgerRow) any { return cell(r.ReferencesMS) }},
		{Column: table.Integer("view_ms").In("ms"), value: func(r LedgerRow) any { return cell(r.ViewMS) }},
		{Column: table.Integer("peak_memory_bytes"), value: func(r LedgerRow) any { return cell(r.PeakMemoryBytes) }},
		{Column: table.Text("missed_ranges"), value: func(r LedgerRow) any { return r.gaps() }},
	}
}

// seconds returns how long the run took; NULL while it runs.
func (r LedgerRow) seconds() any {
	if r.DurationMS == nil {
		return nil
	}
	return float64(*r.DurationMS) / 1000
}

// gaps returns the ids around each gap, such as ..b c..d e..; NULL without any.
func (r LedgerRow) gaps() any {
	var parts []string
	for _, g := range r.Gaps {
		part := ".."
		if g.AfterID != nil {
			part = *g.AfterID + part
		}
		if g.BeforeID != nil {
			part += *g.BeforeID
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil
	}
	return strings.Join(parts, " ")
}
