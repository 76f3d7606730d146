package web

import (
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"liftoff"
	"liftoff/internal/chart"
	"liftoff/internal/page"
	"liftoff/internal/table"
)

// The built-in queries that the overview begins with. The others follow as sections.
const (
	aggregatesQuery = "aggregate_view"
	freshnessQuery  = "data_freshness"
	originQuery     = "real_and_synthetic"
	yearsQuery      = "launches_per_year"
	flownQuery      = "upcoming_and_past"
)

// overviewPage is the content of the overview.
type overviewPage struct {
	IsEmpty bool
	// Next is what to do about a database without launches.
	Next  string
	Lead  string
	Stale *staleSource
	// Strip are the big numbers.
	Strip template.HTML
	// First is the section above the latest launches.
	First    *page.Section
	Latest   []launchRow
	Runs     []runRow
	Sections []page.Section
	// Simulated are the sections of simulated values.
	Simulated []page.Section
	Age       string
}

// staleSource says that the source has had no new launch for long.
type staleSource struct {
	Since, Age string
	Newest     launchRow
}

// rendered is a page that has been drawn for one state, and serves requests for a second.
type rendered struct {
	mutex    sync.Mutex
	snapshot *snapshot
	// failedSince is that of the state.
	failedSince time.Time
	reading     bool
	at          time.Time
	body        compressed
}

// showOverview shows the overview. It is drawn once a second at most, so that ages in it
// are true.
func (s *Site) showOverview(w http.ResponseWriter, r *http.Request) {
	if err := checkParameters(r); err != nil {
		s.fail(w, r, "Overview", err)
		return
	}
	current := s.cache.get(r.Context())
	if current.snapshot == nil {
		s.fail(w, r, "Overview", current.err)
		return
	}
	body, err := s.drawOverview(current)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "A page could not be drawn.", "page", "overview", "error", err)
		http.Error(w, "The page could not be drawn. The log of the server says why.", http.StatusInternalServerError)
		return
	}
	body.send(w, r, "text/html; charset=utf-8")
}

// drawOverview returns the page as it was drawn for the same state within this second, or
// draws it.
func (s *Site) drawOverview(current state) (compressed, error) {
	last := s.overview
	last.mutex.Lock()
	defer last.mutex.Unlock()
	now := s.Now()
	if last.snapshot == current.snapshot && last.failedSince.Equal(current.failedSince) && last.reading == current.isReading && now.Sub(last.at) < time.Second {
		return last.body, nil
	}
	content, err := s.overviewOf(current.snapshot, now)
	if err != nil {
		return compressed{}, err
	}
	f := s.newFrame("Overview", "Overview", current)
	f.Content = content
	body, err := s.draw("overview", f)
	if err != nil {
		return compressed{}, err
	}
	last.snapshot, last.failedSince, last.reading = current.snapshot, current.failedSince, current.isReading
	last.at, last.body = now, compress(body)
	return last.body, nil
}

// overviewOf returns the content of the overview.
func (s *Site) overviewOf(found *snapshot, now time.Time) (overviewPage, error) {
	p := overviewPage{IsEmpty: found.isEmpty, Age: ageOf(found, now), Latest: s.launchRows(found.latest), Runs: s.runRows(found.runs)}
	if found.isEmpty {
		p.Next = s.AsCalled("`liftoff ingest --all`")
	}
	var err error
	if p.Lead, p.Strip, err = s.summaryOf(found); err != nil {
		return overviewPage{}, err
	}
	p.Stale = s.staleness(found)
	for i, query := range s.Queries {
		switch query.Name {
		case aggregatesQuery, freshnessQuery, originQuery:
			continue
		}
		section, err := s.sectionOf(found, i)
		section.Description = "" // the answer's own page has it
		switch {
		case err != nil:
			return overviewPage{}, err
		case query.Name == yearsQuery:
			section.IsWide = true
			p.First = &section
		case section.IsSimulated:
			p.Simulated = append(p.Simulated, section)
		default:
			p.Sections = append(p.Sections, section)
		}
	}
	return p, nil
}

// summaryOf returns the sentence and the numbers that the overview begins with.
func (s *Site) summaryOf(found *snapshot) (lead string, strip template.HTML, err error) {
	aggregates := rowOf(s.answerOf(found, aggregatesQuery))
	if aggregates == nil || found.isEmpty {
		return "", "", nil
	}
	flown, upcoming := int64(0), int64(0)
	for _, row := range rowsOf(s.answerOf(found, flownQuery)) {
		if row["status"] == string(liftoff.OutcomeUpcoming) {
			upcoming = whole(row["launches"])
		} else {
			flown += whole(row["launches"])
		}
	}
	successes, failures := int64(0), int64(0)
	for _, row := range rowsOf(s.answerOf(found, yearsQuery)) {
		successes += whole(row["successes"])
		failures += whole(row["failures"])
	}
	total := whole(aggregates["total_launches"])
	lead = fmt.Sprintf("%s from %s.", liftoff.Count(total, "launch", "launches"), hostOf(asOf(found.health).Source))
	over := "over " + liftoff.Count(total, "launch", "launches")
	known := "no known outcome"
	if successes+failures > 0 {
		known = fmt.Sprintf("%.1f %% of %s known outcomes", float64(successes)*100/float64(successes+failures), page.Count(successes+failures))
	}
	strip, err = chart.Strip([]chart.Number{
		{Label: "Launches", Value: page.Count(total), Sub: page.Count(flown) + " flown, " + page.Count(upcoming) + " upcoming"},
		{Label: "Successful", Value: page.Count(whole(aggregates["total_successful_launches"])), Sub: known},
		{Label: "Average payload mass", Value: rounded(aggregates["average_payload_mass"]), Unit: "kg", Sub: over, IsSimulated: true},
		{Label: "Average delay", Value: rounded(aggregates["average_launch_delay_minutes"]), Unit: "min", Sub: over, IsSimulated: true},
	})
	return lead, strip, err
}

// staleness says since when the source has had no new launch, if that is long.
func (s *Site) staleness(found *snapshot) *staleSource {
	if len(found.latest) == 0 {
		return nil
	}
	newest := found.latest[0]
	const long = 60 * 24 * time.Hour
	age := found.readAt.Sub(newest.LaunchedAt)
	if newest.LaunchedAt.IsZero() || age < long {
		return nil
	}
	return &staleSource{Since: newest.LaunchedAt.Format("2 January 2006"), Age: page.Ago(newest.LaunchedAt, found.readAt), Newest: s.launchRows(found.latest[:1])[0]}
}

// answerOf returns the answer to the query of that name; nil without one.
func (s *Site) answerOf(found *snapshot, name string) *table.Table {
	for i, query := range s.Queries {
		if query.Name == name && found.answers[i].err == nil {
			return &found.answers[i].table
		}
	}
	return nil
}

// ageOf says which run the figures are of, and how old they are.
func ageOf(found *snapshot, now time.Time) string {
	run := asOf(found.health)
	if run.ID == 0 {
		return "read " + page.Ago(found.readAt, now)
	}
	return fmt.Sprintf("As of run %d, %s", run.ID, page.Ago(run.FinishedAt, now))
}
