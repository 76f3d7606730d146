package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/plain"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/revision"
)

// maxDocument is how many bytes of a document are shown; the download has all.
const maxDocument = 256 << 10

// launchPage is the content of the page of a launch.
type launchPage struct {
	ID, Name label
	// Letters stand for the patch.
	Letters      string
	Outcome      liftoff.Outcome
	Date         date
	MissingSince time.Time
	Facts        facts
	Details      string
	Links        []documentLink
	// MoreLinks is how many are not shown.
	MoreLinks int64
	Payloads  []payloadRow
	Dates     *dateLine
	// Newest is the newest change, Earlier are those before, the newest first; History
	// says why they cannot be shown, or that there are none.
	Newest   *changeSet
	Earlier  []changeSet
	History  string
	Document document
	Age      string
}

// payloadRow is a payload in a table.
type payloadRow struct {
	Name, Type, Orbit label
	Mass              string
}

// document is the JSON of a launch.
type document struct {
	// Text is what is shown, Size and Revision are of the whole.
	Text, Size string
	Revision   int64
	IsCut      bool
	Href       string
}

// showLaunch shows everything about a launch.
func (s *Site) showLaunch(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	store, current, id, err := s.openLaunch(ctx, r)
	if err != nil {
		s.fail(w, r, "Launches", err)
		return
	}
	launch, err := store.LaunchDetails(ctx, id)
	if err != nil {
		s.fail(w, r, "Launches", orNotFound(err, fmt.Sprintf("launch %.80q", id), "Launches"))
		return
	}
	content := s.launchPageOf(launch, current)
	history, err := store.LaunchHistory(ctx, id)
	switch {
	case liftoff.CategoryOf(err) == liftoff.Usage: // too long to be compared
		content.History = s.problem(err)
	case err != nil:
		s.fail(w, r, "Launches", err)
		return
	default:
		s.addHistory(&content, history.Revisions)
	}
	f := s.newFrame("Launches", content.Name.Text, current)
	f.Content = content
	s.show(w, r, "launch", f)
}

// openLaunch returns the database and the id of the launch that an address names.
func (s *Site) openLaunch(ctx context.Context, r *http.Request) (*postgres.Store, state, string, error) {
	if err := checkParameters(r); err != nil {
		return nil, state{}, "", err
	}
	id := r.PathValue("id")
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) || len(id) > maxID {
		return nil, state{}, "", notFound(fmt.Sprintf("launch %.40q", id), "Launches")
	}
	store, current, err := s.open(ctx)
	return store, current, id, err
}

// problem returns an error with its next step as a text.
func (s *Site) problem(err error) string {
	text := sentence(plain.Visible(liftoff.OneLine(err)))
	if next := s.NextStep(err); next != "" {
		text += " " + sentence(next)
	}
	return text
}

// launchPageOf returns the content without what comes from the history.
func (s *Site) launchPageOf(l liftoff.LaunchDetails, current state) launchPage {
	name := cmp.Or(l.Name, l.ID)
	p := launchPage{
		ID: newLabel(l.ID, maxCell), Name: newLabel(name, maxTitle), Letters: lettersOf(name),
		Outcome: liftoff.OutcomeOf(l.Upcoming, l.Success), Date: newDate(l.LaunchedAt, l.DatePrecision), MissingSince: l.MissingSince,
		Facts: factsOf(l), Age: s.ageNow(current), Document: s.documentOf(l),
	}
	if !l.LaunchedAt.IsZero() && l.DatePrecision == "hour" {
		p.Date.Clock += " UTC"
	}
	for _, payload := range l.Payloads {
		p.Payloads = append(p.Payloads, payloadRow{
			Name: newLabel(cmp.Or(payload.Name, payload.ID), maxName), Type: labelOr(payload.Type, maxCell),
			Orbit: labelOr(payload.Orbit, maxCell), Mass: page.Kilograms(payload.MassKg),
		})
	}
	details, links := textsOf(l.Raw)
	p.Details = newLabel(details, maxDetails).Text
	p.MoreLinks = int64(max(len(links)-maxLinks, 0))
	p.Links = links[:min(len(links), maxLinks)]
	return p
}

// lettersOf returns up to three letters that stand for a name: those of its first word,
// or the first of each word.
func lettersOf(name string) string {
	const most = 3
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])
	if isWord := strings.ToUpper(words[0]) == words[0] && len(first) > 1; isWord || len(words) == 1 {
		return strings.ToUpper(string(first[:min(len(first), most)]))
	}
	var letters []rune
	for _, word := range words[:min(len(words), most)] {
		r, _ := utf8.DecodeRuneInString(word)
		letters = append(letters, unicode.ToUpper(r))
	}
	return string(letters)
}

// factsOf is what is known of a launch.
func factsOf(l liftoff.LaunchDetails) facts {
	var f facts
	orNull := func(text string) string { return cmp.Or(text, page.Null) }
	f.add("Rocket", orNull(cmp.Or(l.Rocket, l.RocketID)))
	f.add("Launchpad", orNull(cmp.Or(l.Launchpad, l.LaunchpadName, l.LaunchpadID)))
	if l.LaunchpadName != l.Launchpad {
		f[len(f)-1].More = newLabel(l.LaunchpadName, maxTitle).Text
	}
	number := page.Null
	if l.FlightNumber != nil {
		number = page.Count(*l.FlightNumber)
	}
	f.add("Flight number", number)
	f.count("Payloads", l.PayloadCount)
	f.add("Payload mass", withUnit(page.Kilograms(l.PayloadMassKg), "kg"))
	f.add("Slip of the date", page.Minutes(l.SlipMinutes))
	simulated := func(name string, value *int64, unit string) {
		text := page.Null
		if value != nil {
			text = page.Count(*value) + " " + unit
		}
		f = append(f, fact{Name: name, Text: label{Text: text}, IsSimulated: true})
	}
	simulated("Payload mass", l.SimulatedPayloadMassKg, "kg")
	simulated("Delay", l.SimulatedDelayMinutes, "min")
	f.moment("First fetched", l.FetchedAt, "")
	if l.Revisions > 1 {
		f.moment("Newest revision", l.RevisedAt, "number "+page.Count(l.Revisions))
	}
	if !l.MissingSince.IsZero() {
		f.moment("Missing since", l.MissingSince, "no query counts it")
	}
	return f
}

func withUnit(text, unit string) string {
	if text == page.Null {
		return text
	}
	return text + " " + unit
}

// documentOf returns the newest document as it is shown.
func (s *Site) documentOf(l liftoff.LaunchDetails) document {
	d := document{Size: page.Bytes(int64(len(l.Raw))), Revision: l.Revisions, Href: s.launchHref(l.ID) + "/document"}
	if len(l.Raw) == 0 {
		return document{}
	}
	text, err := report.Document(l.Raw)
	if err != nil {
		text = plain.Visible(string(l.Raw))
	}
	if d.IsCut = len(text) > maxDocument; d.IsCut {
		text = strings.ToValidUTF8(text[:maxDocument], "")
	}
	d.Text = text
	return d
}

// plainID is an id that can be a part of a file's name.
var plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// sendDocument sends the newest document of a launch as a file.
func (s *Site) sendDocument(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	store, _, id, err := s.openLaunch(ctx, r)
	if err != nil {
		s.fail(w, r, "Launches", err)
		return
	}
	launch, err := store.LaunchDetails(ctx, id)
	if err == nil && len(launch.Raw) == 0 {
		err = notFound(fmt.Sprintf("document of launch %.80q", id), "Launches")
	}
	if err != nil {
		s.fail(w, r, "Launches", orNotFound(err, fmt.Sprintf("launch %.80q", id), "Launches"))
		return
	}
	file := "launch.json"
	if plainID.MatchString(id) {
		file = "launch-" + id + ".json"
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", file))
	compress(launch.Raw).send(w, r, "application/json")
}

// addHistory adds what each revision has changed, and the dates.
func (s *Site) addHistory(p *launchPage, revisions []liftoff.Revision) {
	p.Dates = dateLineOf(revisions, p.Outcome)
	if len(revisions) < 2 { //nolint:mnd // one revision has nothing before it
		p.History = "Nothing has changed since it was stored."
		return
	}
	const maxRevisions = 40
	oldest := max(1, len(revisions)-maxRevisions)
	for i := len(revisions) - 1; i >= oldest; i-- {
		set, err := s.changesOf(revisions[i-1], revisions[i])
		if err != nil {
			p.History = s.problem(fmt.Errorf("compare revision %d with the one before: %w", revisions[i].Number, err))
			return
		}
		if p.Newest == nil {
			p.Newest = &set
		} else {
			p.Earlier = append(p.Earlier, set)
		}
	}
	if oldest > 1 {
		p.History = fmt.Sprintf("The %s before are not shown; %s lists them.", liftoff.Count(int64(oldest-1), "change", "changes"), s.AsCalled("`liftoff history`"))
	}
}

// changeSet is what a revision has changed.
type changeSet struct {
	Number, Before int
	SeenAt         time.Time
	Run            int64
	RunHref        string
	// Fields is how many fields differ, Slip how far the date moved.
	Fields, Slip string
	// First are the most telling changes, Others the rest, without More of them.
	First, Others []changeRow
	Rest, More    int64
}

// changeTable is a part of the changes.
type changeTable struct {
	Number, Before int
	Rows           []changeRow
}

// FirstTable has the most telling changes, OtherTable the rest.
func (c changeSet) FirstTable() changeTable { return changeTable{c.Number, c.Before, c.First} }

// OtherTable has the changes that are folded.
func (c changeSet) OtherTable() changeTable { return changeTable{c.Number, c.Before, c.Others} }

// changeRow is a field that differs. A value that there was not is empty.
type changeRow struct {
	Field, Before, After label
}

// changesOf compares two revisions.
func (s *Site) changesOf(before, after liftoff.Revision) (changeSet, error) {
	const (
		firstRows = 12
		maxRows   = 500
	)
	changes, err := revision.Changes(before.Raw, after.Raw)
	if err != nil {
		return changeSet{}, err
	}
	sortTelling(changes)
	set := changeSet{
		Number: after.Number, Before: before.Number, SeenAt: after.FirstSeenAt, Run: after.RunID, RunHref: s.runHref(after.RunID),
		Fields: liftoff.Count(int64(len(changes)), "field", "fields"), More: int64(max(len(changes)-maxRows, 0)), Rest: int64(max(len(changes)-firstRows, 0)),
	}
	if slip, ok := revision.SlipBetween(before.Raw, after.Raw); ok && slip != 0 {
		minutes := int64(slip)
		set.Slip = page.Minutes(&minutes)
	}
	for i, change := range changes[:min(len(changes), maxRows)] {
		row := changeRowOf(change)
		if i < firstRows {
			set.First = append(set.First, row)
		} else {
			set.Others = append(set.Others, row)
		}
	}
	return set, nil
}

func changeRowOf(change revision.Change) changeRow {
	const maxValue = 300
	before, after := report.Difference(change.Before, change.After)
	return changeRow{Field: newLabel(change.Path, maxName), Before: newLabel(before, maxValue), After: newLabel(after, maxValue)}
}
