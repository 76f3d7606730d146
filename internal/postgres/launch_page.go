package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/launch_page_older.sql
var launchPageOlderSQL string

//go:embed queries/launch_page_newer.sql
var launchPageNewerSQL string

//go:embed queries/launch_page_of_matches.sql
var launchPageOfMatchesSQL string

//go:embed queries/count_launches_of_page.sql
var countLaunchesOfPageSQL string

//go:embed queries/walk_in_order.sql
var walkInOrderSQL string

//go:embed queries/find_by_index.sql
var findByIndexSQL string

const (
	// maxPage is how many launches a page may have.
	maxPage = 10_000
	// walk is how many launches, in their order, are looked at for a name: reading so
	// many takes a few milliseconds. If fewer match than a page has, matches are rare,
	// and the index of names finds them all as quickly.
	walk = 4000
	// countedWalk is how many launches are looked at, at least, to count those with a name.
	countedWalk = 10_001
	// fewMatches is how many of countedWalk launches match if the index of names can
	// count all matches as quickly.
	fewMatches = 200
)

// LaunchPage returns a page of launches, the newest first and those without a date last.
// A request that makes no sense, or with a text that PostgreSQL cannot take, is a
// liftoff.Usage error.
func (s *Store) LaunchPage(ctx context.Context, request liftoff.LaunchPageRequest) (liftoff.LaunchPage, error) {
	if err := checkPageRequest(request); err != nil {
		return liftoff.LaunchPage{}, err
	}
	page, err := s.launchPage(ctx, request)
	if err != nil {
		return liftoff.LaunchPage{}, s.readFailure("look for a page of launches", err)
	}
	return page, nil
}

// launchPage first walks through the launches in their order. It asks the index of names
// only if few of those have a matching name: to find and sort all launches of a frequent
// name would take long.
func (s *Store) launchPage(ctx context.Context, request liftoff.LaunchPageRequest) (page liftoff.LaunchPage, err error) {
	bounds := boundsOf(request)
	found, isWhole, err := s.walkPage(ctx, request, bounds)
	if err != nil {
		return page, err
	}
	if !isWhole {
		matches, total, err := s.findPage(ctx, request, bounds)
		if err != nil {
			return page, err
		}
		page = pageOf(matches, request)
		page.Total, page.IsCountOpen = min(total, request.CountUpTo), total > request.CountUpTo
		return page, nil
	}
	page = pageOf(found, request)
	page.Total, page.IsCountOpen, err = s.countPage(ctx, request)
	return page, err
}

// checkPageRequest says what is wrong with a request.
func checkPageRequest(request liftoff.LaunchPageRequest) error {
	usage := func(hint, format string, values ...any) error {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf(format, values...), hint)
	}
	for _, text := range []string{request.Search, request.RocketID, request.LaunchpadID, positionID(request.OlderThan), positionID(request.NewerThan)} {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			return usage("leave out what is not a letter, digit or sign", "launches cannot be looked for with %.100q", text)
		}
	}
	switch {
	case request.Limit < 1 || request.Limit > maxPage:
		return usage("set how many launches a page has", "a page has 1 to %d launches, not %d", maxPage, request.Limit)
	case request.OlderThan != nil && request.NewerThan != nil:
		return usage("ask for either", "a page is older than a launch or newer, not both")
	case request.CountUpTo < 0 || request.CountUpTo == math.MaxInt64:
		return usage("set 0 or more", "launches cannot be counted up to %d", request.CountUpTo)
	case request.Year < 0 || request.Year > 9999:
		return usage("leave it out for all years", "a year is 1 to 9999, not %d", request.Year)
	case request.Outcome != "" && !slices.Contains(liftoff.Outcomes(), request.Outcome):
		return usage("leave it out for all outcomes", "an outcome is %s, not %.100q", liftoff.Alternatives(liftoff.Outcomes()...), request.Outcome)
	default:
		return nil
	}
}

func positionID(position *liftoff.LaunchPosition) string { return orZero(position).ID }

// pageBounds are where a page begins, and the dates that it may have; nil for no bound.
type pageBounds struct {
	launchedAt, from, until *time.Time
	id                      *string
}

// boundsOf returns the bounds of a page. Of the place and the year's begin or end only the
// narrower one bounds the side that the page begins at: with two, PostgreSQL may begin to
// read at the wrong one.
func boundsOf(request liftoff.LaunchPageRequest) (b pageBounds) {
	b.from, b.until = yearBounds(request.Year)
	place, wider := request.OlderThan, &b.until
	if request.NewerThan != nil {
		place, wider = request.NewerThan, &b.from
	}
	if place == nil {
		return b
	}
	b.id = &place.ID
	if place.LaunchedAt.IsZero() {
		return b
	}
	moment := place.LaunchedAt.UTC()
	b.launchedAt = &moment
	isOutside := *wider != nil && (request.NewerThan == nil && !moment.Before(**wider) || request.NewerThan != nil && moment.Before(**wider))
	switch {
	case isOutside:
		b.launchedAt, b.id = nil, nil
	default:
		*wider = nil
	}
	return b
}

// yearBounds returns when a year begins and the next one does; nil for any year.
func yearBounds(year int) (from, until *time.Time) {
	if year == 0 {
		return nil, nil
	}
	first, next := yearBegin(year), yearBegin(year+1)
	return &first, &next
}

// pagedLaunch is a row of the statements for a page.
type pagedLaunch struct {
	liftoff.StoredLaunch
	// isMatch says that the name matches, isLast that no more launches were looked at.
	isMatch, isLast bool
	// matches is how many launches match, of all.
	matches int64
}

func scanPaged(row pgx.CollectableRow) (l pagedLaunch, err error) {
	err = row.Scan(append(storedTargets(&l.StoredLaunch), &l.isMatch, &l.isLast, &l.matches)...)
	return l, err
}

// walkPage returns one launch more than the request asks for, if there is one, the nearest
// to the given place first. It is not whole if there may be more further on.
func (s *Store) walkPage(ctx context.Context, request liftoff.LaunchPageRequest, b pageBounds) (found []liftoff.StoredLaunch, isWhole bool, err error) {
	sql := launchPageOlderSQL
	if request.NewerThan != nil {
		sql = launchPageNewerSQL
	}
	wanted := request.Limit + 1
	lookedAt := wanted
	if request.Search != "" {
		lookedAt = max(walk, 10*wanted)
	}
	rows, err := collect(ctx, s, ask(sql, int64(wanted), int64(lookedAt), pattern(request.Search), b.launchedAt, b.id,
		string(request.Outcome), request.RocketID, request.LaunchpadID, b.from, b.until).after(walkInOrderSQL), scanPaged)
	if err != nil {
		return nil, false, err
	}
	isWhole = true
	for _, row := range rows {
		isWhole = isWhole && !row.isLast
		if row.isMatch {
			found = append(found, row.StoredLaunch)
		}
	}
	return found, isWhole || len(found) == wanted, nil
}

// findPage is walkPage by the index of names, and returns how many launches match in all.
func (s *Store) findPage(ctx context.Context, request liftoff.LaunchPageRequest, b pageBounds) (found []liftoff.StoredLaunch, total int64, err error) {
	from, until := yearBounds(request.Year)
	rows, err := collect(ctx, s, ask(launchPageOfMatchesSQL, int64(request.Limit)+1, pattern(request.Search), b.launchedAt, b.id,
		string(request.Outcome), request.RocketID, request.LaunchpadID, from, until, request.NewerThan != nil).after(findByIndexSQL), scanPaged)
	if err != nil {
		return nil, 0, err
	}
	for _, row := range rows {
		total = row.matches
		if row.isMatch {
			found = append(found, row.StoredLaunch)
		}
	}
	return found, total, nil
}

// pattern returns what ILIKE finds a part of a name by; "" for any.
func pattern(search string) string {
	if search == "" {
		return ""
	}
	return "%" + literal(search) + "%"
}

// pageOf makes a page of launches that were found, which may be one too many.
func pageOf(launches []liftoff.StoredLaunch, request liftoff.LaunchPageRequest) liftoff.LaunchPage {
	hasMore := len(launches) > request.Limit
	if hasMore {
		launches = launches[:request.Limit]
	}
	// The way back is open: the place that was given is that of a launch on the other side.
	hasOlder, hasNewer := hasMore, request.OlderThan != nil
	if request.NewerThan != nil {
		slices.Reverse(launches)
		hasOlder, hasNewer = true, hasMore
	}
	page := liftoff.LaunchPage{Launches: launches}
	if len(launches) == 0 {
		return page
	}
	if hasOlder {
		page.Older = placeOf(launches[len(launches)-1])
	}
	if hasNewer {
		page.Newer = placeOf(launches[0])
	}
	return page
}

func placeOf(launch liftoff.StoredLaunch) *liftoff.LaunchPosition {
	return &liftoff.LaunchPosition{LaunchedAt: launch.LaunchedAt, ID: launch.ID}
}

// countPage counts the launches that the filter lets through.
func (s *Store) countPage(ctx context.Context, request liftoff.LaunchPageRequest) (total int64, isOpen bool, err error) {
	from, until := yearBounds(request.Year)
	lookedAt := request.CountUpTo + 1
	if request.Search != "" {
		lookedAt = max(lookedAt, countedWalk)
	}
	type counts struct{ LookedAt, Matches int64 }
	rows, err := collect(ctx, s, ask(countLaunchesOfPageSQL, lookedAt, pattern(request.Search),
		string(request.Outcome), request.RocketID, request.LaunchpadID, from, until).after(walkInOrderSQL), pgx.RowToStructByPos[counts])
	if err != nil {
		return 0, false, err
	}
	switch counted := rows[0]; {
	case counted.Matches > request.CountUpTo:
		return request.CountUpTo, true, nil
	case counted.LookedAt < lookedAt:
		return counted.Matches, false, nil
	case counted.Matches > fewMatches:
		return rounded(counted.Matches - 1), true, nil
	}
	_, total, err = s.findPage(ctx, request, pageBounds{})
	return min(total, request.CountUpTo), total > request.CountUpTo, err
}

// rounded returns a number with one digit and zeros that is not larger than n.
func rounded(n int64) int64 {
	unit := int64(1)
	for n/unit >= 10 {
		unit *= 10
	}
	return n / unit * unit
}
