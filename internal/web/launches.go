package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"liftoff"
	"liftoff/internal/page"
)

// launchRow is a launch in a table.
type launchRow struct {
	Href              string
	Name              label
	Date              date
	Outcome           liftoff.Outcome
	Rocket, Launchpad label
	// Mass is the real mass of the payloads in kg.
	Mass string
	// MissingSince is zero while the source has the launch.
	MissingSince time.Time
}

// launchRows returns launches as the template "launches" shows them.
func (s *Site) launchRows(launches []liftoff.StoredLaunch) []launchRow {
	rows := make([]launchRow, 0, len(launches))
	for _, l := range launches {
		rows = append(rows, launchRow{
			Href: s.launchHref(l.ID), Name: newLabel(cmp.Or(l.Name, l.ID), maxName), Date: newDate(l.LaunchedAt, l.DatePrecision),
			Outcome: liftoff.OutcomeOf(l.Upcoming, l.Success), Rocket: labelOr(cmp.Or(l.Rocket, l.RocketID), maxCell),
			Launchpad: labelOr(cmp.Or(l.Launchpad, l.LaunchpadID), maxCell), Mass: page.Kilograms(l.PayloadMassKg), MissingSince: l.MissingSince,
		})
	}
	return rows
}

// launchesPage is the content of the list of launches.
type launchesPage struct {
	Form launchForm
	Rows []launchRow
	// Count says how many launches there are.
	Count string
	// IsEmpty says that none is stored, Next what to do about that. IsPast says that the
	// place in the address is behind the last launch.
	IsEmpty, IsPast bool
	Next            string
	// Clear is the list of all launches; empty if this is it.
	Clear                string
	Newest, Newer, Older string
	Age                  string
}

// launchForm is the form with the filters.
type launchForm struct {
	// Wrong is the field that has a mistake.
	Wrong                                string
	Name                                 string
	Outcomes, Rockets, Launchpads, Years []choice
	MinLetters, MaxLetters               int
}

// choice is something to choose.
type choice struct {
	Value, Text string
	IsChosen    bool
}

// showLaunches lists launches, the newest first.
func (s *Site) showLaunches(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	query, err := parseLaunchQuery(r)
	if err != nil {
		s.showWrongLaunches(w, r, err)
		return
	}
	if s.cleanAddress(w, r, launchParameters()...) {
		return
	}
	store, current, err := s.open(ctx)
	if err != nil {
		s.fail(w, r, "Launches", err)
		return
	}
	found, err := store.LaunchPage(ctx, liftoff.LaunchPageRequest{
		LaunchFilter: query.LaunchFilter, OlderThan: query.older, NewerThan: query.newer, Limit: rowsPerPage, CountUpTo: countedLaunches,
	})
	if err != nil {
		s.fail(w, r, "Launches", err)
		return
	}
	f := s.newFrame("Launches", "Launches", current)
	f.Content = s.launchesPageOf(query, found, current)
	s.show(w, r, "launches", f)
}

// showWrongLaunches shows the form with a mistake, to be corrected.
func (s *Site) showWrongLaunches(w http.ResponseWriter, r *http.Request, wrong error) {
	current := s.cache.get(r.Context())
	f := s.newFrame("Launches", "This address has a mistake", current)
	field, n := mistake(wrong)
	f.Notes = append([]note{n}, f.Notes...)
	values, _ := parseQuery(r) // nil if even that is wrong
	content := launchesPage{Form: newLaunchForm(values, current), Clear: s.BasePath + "/launches"}
	content.Form.Wrong = field
	f.Content = content
	f.Status = http.StatusBadRequest
	s.show(w, r, "launches", f)
}

// launchesPageOf returns the content of a page of launches.
func (s *Site) launchesPageOf(query launchQuery, found liftoff.LaunchPage, current state) launchesPage {
	values := url.Values{
		"search": {query.Search}, "outcome": {string(query.Outcome)}, "rocket": {query.RocketID}, "launchpad": {query.LaunchpadID},
		"year": {strconv.Itoa(query.Year)},
	}
	p := launchesPage{
		Form: newLaunchForm(values, current), Rows: s.launchRows(found.Launches), Count: countOf(found), Age: s.ageNow(current),
		IsEmpty: len(found.Launches) == 0 && found.Total == 0 && (!query.isFiltered() || current.isEmpty()),
		IsPast:  len(found.Launches) == 0 && found.Total > 0,
	}
	if p.IsEmpty {
		p.Next = s.AsCalled("`liftoff ingest --all`")
	}
	if query.isFiltered() {
		p.Clear = s.BasePath + "/launches"
	}
	if query.older != nil || query.newer != nil {
		p.Newest = s.launchesHref(query.LaunchFilter, nil, nil)
	}
	if found.Newer != nil {
		p.Newer = s.launchesHref(query.LaunchFilter, nil, found.Newer)
	}
	if found.Older != nil {
		p.Older = s.launchesHref(query.LaunchFilter, found.Older, nil)
	}
	return p
}

// countOf says how many launches there are.
func countOf(found liftoff.LaunchPage) string {
	switch {
	case found.IsCountOpen:
		return "more than " + page.Count(found.Total) + " launches"
	case found.Total == 1:
		return "1 launch"
	default:
		return page.Count(found.Total) + " launches"
	}
}

// newLaunchForm returns the form filled in with what an address says, right or wrong.
func newLaunchForm(values url.Values, current state) launchForm {
	var known liftoff.LaunchChoices
	if current.snapshot != nil {
		known = current.snapshot.choices
	}
	form := launchForm{Name: newLabel(values.Get("search"), maxSearch).Text, MinLetters: liftoff.MinSearchLetters, MaxLetters: maxSearch}
	var outcomes, years []liftoff.Named
	for _, outcome := range liftoff.Outcomes() {
		outcomes = append(outcomes, liftoff.Named{ID: string(outcome), Name: string(outcome)})
	}
	for _, year := range known.Years {
		years = append(years, liftoff.Named{ID: strconv.Itoa(year), Name: strconv.Itoa(year)})
	}
	year := values.Get("year")
	if year == "0" {
		year = ""
	}
	form.Outcomes = choicesOf(outcomes, values.Get("outcome"))
	form.Rockets = choicesOf(known.Rockets, values.Get("rocket"))
	form.Launchpads = choicesOf(known.Launchpads, values.Get("launchpad"))
	form.Years = choicesOf(years, year)
	return form
}

// choicesOf returns what can be chosen. A value that is chosen and not known stays, so
// that it can be seen.
func choicesOf(known []liftoff.Named, chosen string) []choice {
	choices := make([]choice, 0, len(known)+1)
	for _, each := range known {
		if each.ID == "" { // that is any
			continue
		}
		choices = append(choices, choice{Value: each.ID, Text: newLabel(cmp.Or(each.Name, each.ID), maxCell).Text, IsChosen: each.ID == chosen})
	}
	if chosen != "" && !slices.ContainsFunc(choices, func(c choice) bool { return c.IsChosen }) {
		choices = append(choices, choice{Value: chosen[:min(len(chosen), maxID)], Text: newLabel(chosen, maxCell).Text, IsChosen: true})
	}
	return choices
}
