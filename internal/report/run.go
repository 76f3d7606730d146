package report

import (
	"io"
	"strconv"
	"time"

	"liftoff"
	"liftoff/internal/table"
)

// RunDetails is the printed form of one run.
type RunDetails struct {
	LedgerRow

	OpenRecords    int64      `json:"still_quarantined"`
	OwesReferences bool       `json:"owes_references"`
	Watermark      *time.Time `json:"source_watermark"`
	// Next is what the user can do about it; nil for nothing.
	Next *string `json:"next"`
}

// Run is one run of the ledger.
type Run struct {
	liftoff.RunDetails
	// Next is what the user can do about it; empty for nothing.
	Next string
}

// NewRunDetails returns the printed form of one run.
func NewRunDetails(run Run) RunDetails {
	return RunDetails{NewLedgerRow(run.LedgerRow), run.OpenRecords, run.OwesReferences, orNil(run.Watermark), orNil(run.Next)}
}

// WriteRun prints everything about one run.
func WriteRun(w io.Writer, format Format, run Run, options Options) error {
	r := NewRunDetails(run)
	title := "Run " + strconv.FormatInt(r.ID, 10)
	switch format {
	case FormatJSON:
		return WriteValue(w, r)
	case FormatCSV:
		return Write(w, format, []table.Table{r.full()}, options)
	case FormatMarkdown:
		return Write(w, format, []table.Table{r.fields().table("run", title)}, options)
	default:
		return r.fields().write(w, title, options)
	}
}

// fields are what people want to know of the run.
func (r RunDetails) fields() fieldList {
	var f fieldList
	count := func(name string, n int64) { f.add(name, thousands(n)) }
	f.add("Status", string(r.Status))
	if r.Error != nil {
		f.add("Error", *r.Error)
	}
	if r.Next != nil {
		f.add("Next", *r.Next)
	}
	f.add("Asked for", string(r.Selection))
	f.add("Command", r.Command)
	if r.Schedule != nil {
		f.add("Schedule", *r.Schedule+", the slot of "+instant(r.DueAt))
	}
	f.add("Source", r.Source)
	f.add("Version", r.Version)
	f.add("Started", instant(r.StartedAt))
	f.add("Finished", orWord(instant(r.FinishedAt), "not yet, as far as is known"))
	if r.DurationMS != nil {
		f.add("Duration", (time.Duration(*r.DurationMS) * time.Millisecond).String())
	}
	f = append(f, r.took()...)
	if r.Announced != nil {
		count("Announced by the source", *r.Announced)
	}
	count("Pages", r.Pages)
	count("Bytes", r.Bytes)
	count("Records fetched", r.Fetched)
	count("  inserted", r.Inserted)
	count("  unchanged", r.Unchanged)
	count("  revised", r.Revised)
	count("  quarantined", r.Quarantined)
	if r.Quarantined > 0 {
		count("  still in quarantine", r.OpenRecords)
	}
	count("Missing at the source", r.Missing)
	for _, g := range r.Gaps {
		f.add("Gap", "after "+idOr(g.AfterID, "the beginning")+", before "+idOr(g.BeforeID, "the end"))
	}
	if r.OwesReferences {
		f.add("Still to fetch", "payloads, rockets or launchpads of its launches")
	}
	f.add("Watermark of the source", r.watermark())
	return f
}

// took says what the stages took, and the requests.
func (r RunDetails) took() []field {
	if r.Requests == nil {
		return nil
	}
	var f fieldList
	seconds := func(name string, milliseconds *int64) {
		f.add(name, (time.Duration(*milliseconds) * time.Millisecond).String())
	}
	// Stages overlap, and several pages and batches are under way at once.
	seconds("  fetching", r.FetchMS)
	seconds("  decoding", r.DecodeMS)
	seconds("  storing", r.StoreMS)
	seconds("  references", r.ReferencesMS)
	seconds("  view", r.ViewMS)
	f.add("Requests", thousands(*r.Requests)+", "+thousands(*r.Retries)+" of them repeated")
	if r.PeakMemoryBytes != nil {
		f.add("Peak memory", thousands(*r.PeakMemoryBytes>>20)+" MiB")
	}
	return f
}

// watermark says up to when the source is known, and whether this run made that so.
func (r RunDetails) watermark() string {
	switch {
	case r.Watermark == nil:
		return "none yet"
	case r.StartedAt != nil && r.Watermark.Equal(*r.StartedAt):
		return instant(r.Watermark) + ", set by this run"
	default:
		return instant(r.Watermark)
	}
}

// full is the run as a table of one row, for programs.
func (r RunDetails) full() table.Table {
	t := tableOf("run", []LedgerRow{r.LedgerRow}, fullRunColumns())
	t.Columns = append(t.Columns, table.Integer("still_quarantined"), table.Boolean("owes_references"), table.Timestamp("source_watermark"), table.Text("next"))
	t.Rows[0] = append(t.Rows[0], r.OpenRecords, r.OwesReferences, cell(r.Watermark), cell(r.Next))
	return t
}

func idOr(id *string, word string) string {
	if id == nil {
		return word
	}
	return "launch " + *id
}
