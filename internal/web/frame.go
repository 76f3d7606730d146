package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/plain"
	"liftoff/internal/postgres"
)

// frame is what stands around the content of every page.
type frame struct {
	// Status is that of the answer; 0 stands for 200.
	Status int
	// Title is the page's, Section the part of the site that it belongs to.
	Title, Section string
	// Base is what all addresses begin with; Style is the address of the style sheet.
	Base, Style string
	Sections    []page.Link
	// Dot is the colour of the state: "", late or bad. State says it in words.
	Dot, State string
	Notes      []note
	Footer     []string
	// Now is when the page was made.
	Now time.Time
	// Content is what the page's own template shows.
	Content any
}

// note is a message at the top of a page.
type note struct {
	IsBad bool
	// Strong is its first sentence, Text the rest.
	Strong, Text string
	// Link leads to more; none if its Href is empty.
	Link page.Link
}

// newFrame returns the frame of a page.
func (s *Site) newFrame(section, title string, current state) frame {
	f := frame{
		Title: title, Section: section, Base: s.BasePath, Style: s.BasePath + "/assets/" + s.styles.name, Now: s.Now().UTC(),
		Sections: []page.Link{
			{Text: "Overview", Href: s.BasePath + "/"},
			{Text: "Launches", Href: s.BasePath + "/launches"},
			{Text: "Analytics", Href: s.BasePath + "/analytics"},
			{Text: "Runs", Href: s.BasePath + "/runs"},
			{Text: "Schedules", Href: s.BasePath + "/schedules"},
			{Text: "Quarantine", Href: s.BasePath + "/quarantine"},
		},
		Footer: []string{"liftoff " + s.Version},
	}
	s.addState(&f, current)
	f.Footer = append(f.Footer, "All times are UTC")
	return f
}

// addState says how old the data is and what is wrong.
func (s *Site) addState(f *frame, current state) {
	if current.err != nil {
		f.Dot, f.State = "bad", "the database does not answer"
		if errors.Is(current.err, postgres.ErrNoTables) {
			f.State = "no data yet"
		}
		f.Notes = append(f.Notes, s.failureNote(current))
	}
	found := current.snapshot
	if found == nil {
		return
	}
	if current.err == nil {
		f.Dot, f.State = stateOf(found.health, f.Now)
	}
	if current.isReading {
		f.Notes = append(f.Notes, note{Strong: "Newer data is being read.", Text: "Load the page again in a moment. These figures are as of " + page.Moment(found.readAt) + "."})
	}
	f.Notes = append(f.Notes, s.runNotes(found.health, f.Now)...)
	f.Footer = append(f.Footer, fmt.Sprintf("PostgreSQL %s", found.health.ServerVersion), dataOf(asOf(found.health))+", read "+page.Ago(found.readAt, f.Now))
}

// asOf returns the run that the figures are of: the last good one, or a later one that has
// stored something and did not go well.
func asOf(health liftoff.Health) liftoff.LedgerRow {
	if health.LastChange.ID > health.LastGood.ID {
		return health.LastChange
	}
	return health.LastGood
}

// failureNote says that the database does not answer, and what is shown instead.
func (s *Site) failureNote(current state) note {
	n := note{IsBad: true, Strong: "The database cannot be read since " + page.Moment(current.failedSince) + ".", Text: liftoff.OneLine(current.err) + "."}
	if next := s.NextStep(current.err); next != "" {
		n.Text += " Next: " + next + "."
	}
	if found := current.snapshot; found != nil {
		n.Text += fmt.Sprintf(" Figures on this page were read %s, at %s.", page.Ago(found.readAt, s.Now()), page.Moment(found.readAt))
	}
	return n
}

// stateOf says in a few words how the ingestion is going.
func stateOf(health liftoff.Health, now time.Time) (dot, words string) {
	const old = 26 * time.Hour
	good := health.LastGood
	switch {
	case good.ID == 0 && health.LastEnded.ID == 0:
		return "late", "no run yet"
	case good.ID == 0:
		return "bad", "no good run yet"
	}
	words = hostOf(good.Source) + " · stored " + page.Ago(good.FinishedAt, now)
	switch {
	case health.LastEnded.ID > good.ID && isBad(health.LastEnded.Status):
		return "bad", words
	case now.Sub(good.FinishedAt) > old:
		return "late", words
	default:
		return "", words
	}
}

// runNotes say that the newest run did not go well, or that one is under way.
func (s *Site) runNotes(health liftoff.Health, now time.Time) []note {
	var notes []note
	if last := health.LastEnded; last.ID > health.LastGood.ID && isBad(last.Status) {
		n := note{
			IsBad:  true,
			Strong: fmt.Sprintf("Run %d has %s %s.", last.ID, endedAs(last.Status), page.Ago(last.FinishedAt, now)),
			Text:   sentence(plain.Visible(last.Error)),
			Link:   page.Link{Text: "What went wrong", Href: fmt.Sprintf("%s/runs/%d", s.BasePath, last.ID)},
		}
		if health.LastGood.ID != 0 {
			n.Text += fmt.Sprintf(" The last good run was run %d, %s.", health.LastGood.ID, page.Ago(health.LastGood.FinishedAt, now))
		}
		notes = append(notes, n)
	}
	for _, run := range health.Running {
		notes = append(notes, note{
			Strong: fmt.Sprintf("Run %d is under way since %s.", run.ID, page.Moment(run.StartedAt)),
			Link:   page.Link{Text: "Watch it", Href: fmt.Sprintf("%s/runs/%d", s.BasePath, run.ID)},
		})
	}
	return notes
}

// isBad reports whether a run ended in a way that somebody should look at.
func isBad(status liftoff.RunStatus) bool {
	return status == liftoff.RunFailed || status == liftoff.RunCrashed || status == liftoff.RunPartial
}

// endedAs says in the perfect tense how a run ended.
func endedAs(status liftoff.RunStatus) string {
	if status == liftoff.RunPartial {
		return "fetched only a part"
	}
	return string(status)
}

// dataOf names the run behind the data.
func dataOf(run liftoff.LedgerRow) string {
	if run.ID == 0 {
		return "No good run yet"
	}
	return fmt.Sprintf("Data as of %s (run %d)", page.Moment(run.FinishedAt), run.ID)
}

// hostOf returns the host of a source's address, or the whole of what it is known by.
func hostOf(source string) string {
	if address, err := url.Parse(source); err == nil && address.Host != "" {
		return address.Host
	}
	return plain.Visible(source)
}

// failurePage is the content of the page for an error.
type failurePage struct {
	Status int
	// Problem is what is wrong, Next what to do about it.
	Problem, Next string
}

// fail shows an error that a page has met: not found, a wrong request, or a database that
// does not answer.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, section string, err error) {
	status := http.StatusServiceUnavailable
	title := "This page cannot be shown now"
	switch {
	case errors.Is(err, liftoff.ErrNotFound):
		status, title = http.StatusNotFound, "Not found"
	case errors.Is(err, errRequest):
		status, title = http.StatusBadRequest, "This address has a mistake"
	case errors.Is(err, postgres.ErrNoTables), errors.Is(err, postgres.ErrNoDatabase):
		title = "There is no data yet"
	}
	if status == http.StatusServiceUnavailable {
		s.Logger.WarnContext(r.Context(), "A page could not be shown.", "path", r.URL.Path, "error", err)
		w.Header().Set("Retry-After", "5")
	}
	f := s.newFrame(section, title, s.peekState())
	f.Notes = nil // they would say it again
	f.Content = failurePage{Status: status, Problem: sentence(plain.Visible(liftoff.OneLine(err))), Next: sentence(s.NextStep(err))}
	f.Status = status
	s.show(w, r, "failure", f)
}
