package web

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/plain"
	"liftoff/internal/postgres"
)

// maxBody is how many bytes of a record are shown.
const maxBody = 64 << 10

// recordRow is a record of the quarantine in a table.
type recordRow struct {
	ID       int64
	Href     string
	Reason   string
	LaunchID label
	Detail   label
	Run      int64
	RunHref  string
	SeenAt   time.Time
	Tries    int64
	// ResolvedAt is zero while the record is in quarantine.
	ResolvedAt time.Time
}

// quarantinePage is the content of the list of records.
type quarantinePage struct {
	// Wrong is the field of the address that has a mistake.
	Wrong   string
	Reasons []choice
	// WithResolved lists records that have left the quarantine too. Run is empty for
	// those of any run.
	WithResolved bool
	Run          string
	Rows         []recordRow
	// Open says how many records are in quarantine.
	Open string
	// Clear is the list without filters; empty if this is it.
	Clear         string
	Newest, Older string
	Age           string
}

// quarantineQuery is what an address asks for.
type quarantineQuery struct {
	postgres.QuarantineFilter
}

func quarantineParameters() []string { return []string{"reason", "run", "resolved", "before"} }

// parseQuarantineQuery reads the address of the list of records.
func parseQuarantineQuery(r *http.Request) (q quarantineQuery, err error) {
	q.Limit = rowsPerPage + 1
	if err := checkParameters(r, quarantineParameters()...); err != nil {
		return q, err
	}
	values := r.URL.Query()
	q.Reason = liftoff.RejectReason(values.Get("reason"))
	if q.Reason != "" && !slices.Contains(liftoff.RejectReasons(), q.Reason) {
		return q, wrongField("reason", "%.40q is none; it is %s", string(q.Reason), liftoff.Alternatives(liftoff.RejectReasons()...))
	}
	switch values.Get("resolved") {
	case "1":
		q.WithResolved = true
	case "":
	default:
		return q, wrongField("resolved", "%.40q is not 1", values.Get("resolved"))
	}
	for name, id := range map[string]*int64{"run": &q.RunID, "before": &q.BeforeID} {
		text := values.Get(name)
		if text == "" {
			continue
		}
		var ok bool
		if *id, ok = numberOf(text); !ok {
			return q, wrongField(name, "%.40q is no number", text)
		}
	}
	return q, nil
}

// href returns the address of the same records from before a number on.
func (s *Site) quarantineHref(q quarantineQuery, before int64) string {
	var a address
	a.add("reason", string(q.Reason))
	if q.RunID != 0 {
		a.add("run", strconv.FormatInt(q.RunID, 10))
	}
	if q.WithResolved {
		a.add("resolved", "1")
	}
	if before != 0 {
		a.add("before", strconv.FormatInt(before, 10))
	}
	return a.of(s.BasePath + "/quarantine")
}

// showQuarantine lists the records in quarantine, the newest first.
func (s *Site) showQuarantine(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	query, err := parseQuarantineQuery(r)
	if err != nil {
		s.showWrongQuarantine(w, r, err)
		return
	}
	if s.cleanAddress(w, r, quarantineParameters()...) {
		return
	}
	store, current, err := s.open(ctx)
	if err != nil {
		s.fail(w, r, "Quarantine", err)
		return
	}
	records, err := store.Quarantine(ctx, query.QuarantineFilter)
	if err != nil {
		s.fail(w, r, "Quarantine", err)
		return
	}
	content := s.quarantinePageOf(query, records)
	if current.snapshot != nil {
		content.Open = liftoff.Count(current.snapshot.health.Quarantined, "record is", "records are") + " in quarantine"
	}
	f := s.newFrame("Quarantine", "Quarantine", current)
	f.Content = content
	s.show(w, r, "quarantine", f)
}

// showWrongQuarantine shows the form with a mistake, to be corrected.
func (s *Site) showWrongQuarantine(w http.ResponseWriter, r *http.Request, wrong error) {
	f := s.newFrame("Quarantine", "This address has a mistake", s.cache.get(r.Context()))
	field, n := mistake(wrong)
	f.Notes = append([]note{n}, f.Notes...)
	values, _ := parseQuery(r) // nil if even that is wrong
	f.Content = quarantinePage{
		Wrong: field, Reasons: reasonChoices(values), WithResolved: values.Get("resolved") != "", Clear: s.BasePath + "/quarantine",
	}
	f.Status = http.StatusBadRequest
	s.show(w, r, "quarantine", f)
}

func reasonChoices(values url.Values) []choice {
	var reasons []liftoff.Named
	for _, reason := range liftoff.RejectReasons() {
		reasons = append(reasons, liftoff.Named{ID: string(reason), Name: reasonText(reason)})
	}
	return choicesOf(reasons, values.Get("reason"))
}

// reasonText spells a reason in words.
func reasonText(reason liftoff.RejectReason) string {
	return plain.Visible(strings.ReplaceAll(string(reason), "_", " "))
}

// quarantinePageOf returns the content of a page of records, of which there may be one
// too many.
func (s *Site) quarantinePageOf(query quarantineQuery, records []liftoff.QuarantinedRecord) quarantinePage {
	p := quarantinePage{
		Reasons: reasonChoices(url.Values{"reason": {string(query.Reason)}}), WithResolved: query.WithResolved, Age: s.readAt(),
	}
	if query.RunID != 0 {
		p.Run = strconv.FormatInt(query.RunID, 10)
	}
	if len(records) > rowsPerPage {
		records = records[:rowsPerPage]
		p.Older = s.quarantineHref(query, records[rowsPerPage-1].ID)
	}
	if query.BeforeID != 0 {
		p.Newest = s.quarantineHref(query, 0)
	}
	if query.Reason != "" || query.RunID != 0 || query.WithResolved {
		p.Clear = s.BasePath + "/quarantine"
	}
	for _, record := range records {
		p.Rows = append(p.Rows, recordRow{
			ID: record.ID, Href: fmt.Sprintf("%s/quarantine/%d", s.BasePath, record.ID), Reason: reasonText(record.Reason),
			LaunchID: labelOr(record.LaunchID, maxCell), Detail: newLabel(record.Detail, maxTitle), Run: record.RunID, RunHref: s.runHref(record.RunID),
			SeenAt: record.FirstSeenAt, Tries: int64(record.Retries), ResolvedAt: record.ResolvedAt,
		})
	}
	return p
}

// recordPage is the content of the page of a record.
type recordPage struct {
	ID     int64
	Reason string
	Detail string
	Facts  facts
	// Body is what was received, as a text; IsCut says that only its beginning is shown.
	Body  string
	IsCut bool
	// Next is what to do about it; empty if it has left the quarantine.
	Next string
	Age  string
}

// showRecord shows a record of the quarantine with what was received.
func (s *Site) showRecord(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	if err := checkParameters(r); err != nil {
		s.fail(w, r, "Quarantine", err)
		return
	}
	id, ok := numberOf(r.PathValue("id"))
	if !ok {
		s.fail(w, r, "Quarantine", notFound(fmt.Sprintf("record %.40q", r.PathValue("id")), "Quarantine"))
		return
	}
	store, current, err := s.open(ctx)
	if err != nil {
		s.fail(w, r, "Quarantine", err)
		return
	}
	record, err := store.QuarantinedRecord(ctx, id)
	if err != nil {
		s.fail(w, r, "Quarantine", orNotFound(err, fmt.Sprintf("record %d", id), "Quarantine"))
		return
	}
	f := s.newFrame("Quarantine", fmt.Sprintf("Record %d", id), current)
	f.Content = s.recordPageOf(record)
	s.show(w, r, "record", f)
}

// recordPageOf returns the content of the page of a record.
func (s *Site) recordPageOf(record liftoff.QuarantinedRecord) recordPage {
	p := recordPage{
		ID: record.ID, Reason: reasonText(record.Reason), Detail: plain.Visible(record.Detail), Age: s.readAt(),
		IsCut: record.IsTruncated || len(record.Body) > maxBody, Body: visibleLines(record.Body[:min(len(record.Body), maxBody)]),
	}
	if record.ResolvedAt.IsZero() {
		p.Next = s.AsCalled(fmt.Sprintf("`liftoff quarantine retry %d` tries to store it again", record.ID))
	}
	var f facts
	f.add("Launch", record.LaunchID)
	f.add("Source", record.Source)
	f.add("Address", record.URL)
	if record.RunID != 0 {
		f = append(f, fact{Name: "Run", Text: label{Text: strconv.FormatInt(record.RunID, 10)}, Href: s.runHref(record.RunID)})
	}
	f.moment("First seen", record.FirstSeenAt, "")
	f.moment("Last seen", record.LastSeenAt, "")
	f.count("Tries", int64(record.Retries))
	f.moment("Resolved", record.ResolvedAt, "")
	if record.ResolvedRunID != 0 {
		f = append(f, fact{Name: "Resolved by run", Text: label{Text: strconv.FormatInt(record.ResolvedRunID, 10)}, Href: s.runHref(record.ResolvedRunID)})
	}
	if record.IsSuperseded {
		f.add("Since then", "the launch is stored in a newer state")
	}
	f.add("Size", page.Bytes(record.Length))
	f.add("SHA-256", hex.EncodeToString(record.SHA256))
	p.Facts = f
	return p
}

// visibleLines shows bytes as a text of lines.
func visibleLines(body []byte) string {
	lines := strings.Split(string(body), "\n")
	for i, line := range lines {
		lines[i] = plain.Visible(strings.ReplaceAll(line, "\t", "  "))
	}
	return strings.Join(lines, "\n")
}
