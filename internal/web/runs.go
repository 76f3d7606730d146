package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/plain"
	"liftoff/internal/postgres"
)

// runRow is a run in a table.
type runRow struct {
	liftoff.RunCounts
	ID        int64
	Href      string
	Status    statusMark
	StartedAt time.Time
	// Short is StartedAt without its year, Took how long the run was; empty while it runs.
	Short, Took                 string
	Schedule, Selection, Source label
}

// runRows returns runs as the template "runs" shows them.
func (s *Site) runRows(runs []liftoff.LedgerRow) []runRow {
	rows := make([]runRow, 0, len(runs))
	for _, run := range runs {
		row := runRow{
			RunCounts: run.RunCounts, ID: run.ID, Href: s.runHref(run.ID), Status: markOf(run.Status), StartedAt: run.StartedAt,
			Short: run.StartedAt.UTC().Format("2 Jan, 15:04"), Schedule: labelOr(run.Schedule, maxCell), Selection: newLabel(string(run.Selection), maxCell),
			Source: newLabel(hostOf(run.Source), maxCell),
		}
		if !run.FinishedAt.IsZero() {
			row.Took = took(run.FinishedAt.Sub(run.StartedAt))
		}
		rows = append(rows, row)
	}
	return rows
}

// runHref returns the address of a run; empty for none.
func (s *Site) runHref(id int64) string {
	if id == 0 {
		return ""
	}
	return s.BasePath + "/runs/" + strconv.FormatInt(id, 10)
}

// runsPage is the content of the list of runs.
type runsPage struct {
	Rows []runRow
	// Next is what to do about a ledger without runs.
	Next          string
	Newest, Older string
	Age           string
}

// showRuns lists runs, the newest first.
func (s *Site) showRuns(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	before, err := parseBefore(r, "before")
	if err != nil {
		s.fail(w, r, "Runs", err)
		return
	}
	store, current, err := s.open(ctx)
	if err != nil {
		s.fail(w, r, "Runs", err)
		return
	}
	runs, err := store.Runs(ctx, postgres.RunFilter{BeforeID: before, Limit: rowsPerPage + 1})
	if err != nil {
		s.fail(w, r, "Runs", err)
		return
	}
	content := runsPage{Next: s.AsCalled("`liftoff ingest --all`"), Age: s.readAt()}
	if len(runs) > rowsPerPage {
		runs = runs[:rowsPerPage]
		content.Older = fmt.Sprintf("%s/runs?before=%d", s.BasePath, runs[rowsPerPage-1].ID)
	}
	if before != 0 {
		content.Newest = s.BasePath + "/runs"
	}
	content.Rows = s.runRows(runs)
	f := s.newFrame("Runs", "Runs", current)
	f.Content = content
	s.show(w, r, "runs", f)
}

// parseBefore reads the number in the parameter before; 0 without one.
func parseBefore(r *http.Request, known ...string) (int64, error) {
	if err := checkParameters(r, known...); err != nil {
		return 0, err
	}
	values := r.URL.Query()
	if !values.Has("before") {
		return 0, nil
	}
	before, ok := numberOf(values.Get("before"))
	if !ok {
		return 0, wrongField("before", "%.40q is no number of a row; follow the links of the page instead", values.Get("before"))
	}
	return before, nil
}

// runPage is the content of the page of a run.
type runPage struct {
	ID     int64
	Status statusMark
	// Lead says in one line what the run was for.
	Lead label
	// Error is what ended it, Next what to do about it.
	Error, Next    string
	About, Records facts
	Took           facts
	Gaps           []string
	// MoreGaps is how many are not shown.
	MoreGaps   int64
	Command    string
	Quarantine string
	Age        string
}

// showRun shows a run.
func (s *Site) showRun(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	if err := checkParameters(r); err != nil {
		s.fail(w, r, "Runs", err)
		return
	}
	id, ok := numberOf(r.PathValue("id"))
	if !ok {
		s.fail(w, r, "Runs", notFound(fmt.Sprintf("run %.40q", r.PathValue("id")), "Runs"))
		return
	}
	store, current, err := s.open(ctx)
	if err != nil {
		s.fail(w, r, "Runs", err)
		return
	}
	run, err := store.Run(ctx, id)
	if err != nil {
		s.fail(w, r, "Runs", orNotFound(err, fmt.Sprintf("run %d", id), "Runs"))
		return
	}
	f := s.newFrame("Runs", fmt.Sprintf("Run %d", id), current)
	// The page says itself how this run ended.
	f.Notes = slices.DeleteFunc(f.Notes, func(n note) bool { return n.Link.Href == fmt.Sprintf("%s/runs/%d", s.BasePath, id) })
	f.Content = s.runPageOf(run)
	s.show(w, r, "run", f)
}

// runPageOf returns the content of the page of a run.
func (s *Site) runPageOf(run liftoff.RunDetails) runPage {
	const maxGaps = 50
	p := runPage{
		ID: run.ID, Status: markOf(run.Status), Lead: newLabel("for "+string(run.Selection)+" from "+hostOf(run.Source), maxTitle),
		Error: sentence(plain.Visible(run.Error)), Next: sentence(s.AsCalled(run.NextStep())), Command: plain.Visible(run.Command), Age: s.readAt(),
		About: s.aboutRun(run), Records: recordsOf(run), Took: tookOf(run.Statistics), MoreGaps: int64(max(len(run.Gaps)-maxGaps, 0)),
	}
	for _, gap := range run.Gaps[:min(len(run.Gaps), maxGaps)] {
		p.Gaps = append(p.Gaps, plain.Visible("after "+launchOr(gap.AfterID, "the beginning")+", before "+launchOr(gap.BeforeID, "the end")))
	}
	if run.Quarantined > 0 {
		p.Quarantine = fmt.Sprintf("%s/quarantine?run=%d", s.BasePath, run.ID)
	}
	return p
}

func launchOr(id, word string) string {
	if id == "" {
		return word
	}
	return "launch " + id
}

// aboutRun is when the run was, of what and by whom.
func (s *Site) aboutRun(run liftoff.RunDetails) facts {
	var f facts
	f.moment("Started", run.StartedAt, "")
	if run.FinishedAt.IsZero() {
		f.add("Finished", "not yet, as far as is known")
	} else {
		f.moment("Finished", run.FinishedAt, "")
		f.add("Took", took(run.FinishedAt.Sub(run.StartedAt)))
	}
	f.add("Asked for", string(run.Selection))
	f.add("Source", run.Source)
	if run.Schedule != "" {
		f.add("Schedule", run.Schedule)
		f.moment("Slot", run.DueAt, "")
	}
	f.add("Version", run.ProgramVersion)
	switch {
	case run.Watermark.IsZero():
		f.add("Watermark of the source", "none yet")
	case run.Watermark.Equal(run.StartedAt):
		f.moment("Watermark of the source", run.Watermark, "set by this run")
	default:
		f.moment("Watermark of the source", run.Watermark, "")
	}
	if run.OwesReferences {
		f.add("Still to fetch", "payloads, rockets or launchpads of its launches")
	}
	return f
}

// recordsOf is what became of the records.
func recordsOf(run liftoff.RunDetails) facts {
	var f facts
	f.count("Fetched", run.Fetched)
	f.count("New", run.Inserted)
	f.count("Revised", run.Revised)
	f.count("Unchanged", run.Unchanged)
	f.count("Quarantined", run.Quarantined)
	if run.Quarantined > 0 {
		f.count("Still in quarantine", run.OpenRecords)
	}
	f.count("Missing at the source", run.Missing)
	if run.Announced >= 0 {
		f.count("Announced by the source", run.Announced)
	}
	f.count("Pages", run.Pages)
	f.add("Size", page.Bytes(run.Bytes))
	return f
}

// tookOf is what the run took; nothing if that is not known.
func tookOf(statistics *liftoff.Statistics) facts {
	if statistics == nil {
		return nil
	}
	var f facts
	f.add("Fetching", took(statistics.Fetch))
	f.add("Decoding", took(statistics.Decode))
	f.add("Storing", took(statistics.Store))
	f.add("References", took(statistics.References))
	f.add("View", took(statistics.View))
	f.count("Requests", statistics.Requests)
	f.count("Repeated requests", statistics.Retries)
	if statistics.PeakMemory > 0 {
		f.add("Peak memory", page.Bytes(statistics.PeakMemory))
	}
	return f
}
