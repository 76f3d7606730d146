package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"liftoff"
)

const (
	// maxSearch is how many characters of a name can be looked for, and maxID how many
	// bytes an id in an address has.
	maxSearch = 200
	maxID     = 1000
	// countedLaunches is up to how many launches are counted.
	countedLaunches = 10_000
	firstYear       = 1
	lastYear        = 9999
)

// launchParameters returns the parameters of the list of launches, in their order.
func launchParameters() []string {
	return []string{"search", "outcome", "rocket", "launchpad", "year", "older", "newer"}
}

// place is a place in the list of launches as it stands in an address, such as
// 2022-09-05T02:09:00Z~5eb87d42ffd86e000604b384; without a date it begins with ~.
var place = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)?~(.+)$`)

// launchQuery is what an address asks for.
type launchQuery struct {
	liftoff.LaunchFilter

	older, newer *liftoff.LaunchPosition
}

// parseLaunchQuery reads the address of the list of launches. An error names the
// parameter that is wrong.
func parseLaunchQuery(r *http.Request) (launchQuery, error) {
	var q launchQuery
	if err := checkParameters(r, launchParameters()...); err != nil {
		return q, err
	}
	values := r.URL.Query()
	q.LaunchFilter = liftoff.LaunchFilter{
		Search: strings.TrimSpace(values.Get("search")), Outcome: liftoff.Outcome(values.Get("outcome")),
		RocketID: values.Get("rocket"), LaunchpadID: values.Get("launchpad"),
	}
	if err := checkSearch(q.Search); err != nil {
		return q, err
	}
	if q.Outcome != "" && !slices.Contains(liftoff.Outcomes(), q.Outcome) {
		return q, wrongField("outcome", "%.40q is none; it is %s", string(q.Outcome), liftoff.Alternatives(liftoff.Outcomes()...))
	}
	for name, id := range map[string]string{"rocket": q.RocketID, "launchpad": q.LaunchpadID} {
		if len(id) > maxID {
			return q, wrongField(name, "no id is that long")
		}
	}
	return q, q.parseRest(values)
}

// parseRest reads the year and the place.
func (q *launchQuery) parseRest(values url.Values) (err error) {
	if text := values.Get("year"); text != "" {
		year, err := strconv.Atoi(text)
		if err != nil || year < firstYear || year > lastYear {
			return wrongField("year", "%.20q is no year from %d to %d", text, firstYear, lastYear)
		}
		q.Year = year
	}
	older, newer := values.Get("older"), values.Get("newer")
	if older != "" && newer != "" {
		return wrongField("newer", "a page is older or newer than a launch, not both; leave out older or newer")
	}
	if q.older, err = parsePlace("older", older); err != nil {
		return err
	}
	q.newer, err = parsePlace("newer", newer)
	return err
}

// checkSearch refuses what the index of names does not help with.
func checkSearch(search string) error {
	if search == "" {
		return nil
	}
	if length := utf8.RuneCountInString(search); length > maxSearch {
		return wrongField("search", "it has %d characters; up to %d can be looked for", length, maxSearch)
	}
	letters := 0
	for _, r := range search {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
	}
	if letters < liftoff.MinSearchLetters {
		return wrongField("search", "give at least %d letters or digits to look for", liftoff.MinSearchLetters)
	}
	return nil
}

// parsePlace reads a place in the list; nil for "".
func parsePlace(name, text string) (*liftoff.LaunchPosition, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no place is none
	}
	parts := place.FindStringSubmatch(text)
	if parts == nil || len(parts[2]) > maxID {
		return nil, wrongField(name, "it is no place in the list; follow the links of the page instead")
	}
	position := &liftoff.LaunchPosition{ID: parts[2]}
	if parts[1] != "" {
		at, err := time.Parse(time.RFC3339Nano, parts[1])
		if err != nil || at.Year() < firstYear || at.IsZero() {
			return nil, wrongField(name, "its date does not exist; follow the links of the page instead")
		}
		position.LaunchedAt = at
	}
	return position, nil
}

// placeText is the inverse of parsePlace.
func placeText(position *liftoff.LaunchPosition) string {
	if position == nil {
		return ""
	}
	text := "~" + position.ID
	if !position.LaunchedAt.IsZero() {
		text = position.LaunchedAt.UTC().Format(time.RFC3339Nano) + text
	}
	return text
}

// isFiltered reports whether any launch may be left out.
func (q launchQuery) isFiltered() bool { return q.LaunchFilter != liftoff.LaunchFilter{} }

// href returns the address of a page of the same launches.
func (s *Site) launchesHref(filter liftoff.LaunchFilter, older, newer *liftoff.LaunchPosition) string {
	var a address
	a.add("search", filter.Search)
	a.add("outcome", string(filter.Outcome))
	a.add("rocket", filter.RocketID)
	a.add("launchpad", filter.LaunchpadID)
	if filter.Year != 0 {
		a.add("year", strconv.Itoa(filter.Year))
	}
	a.add("older", placeText(older))
	a.add("newer", placeText(newer))
	return a.of(s.BasePath + "/launches")
}

// launchHref returns the address of a launch.
func (s *Site) launchHref(id string) string { return s.BasePath + "/launches/" + url.PathEscape(id) }
