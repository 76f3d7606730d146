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

//go:embed queries/count_launches_of_page.sql
var countLaunchesOfPageSQL string

// maxPage is how many launches a page may have.
const maxPage = 10_000

// LaunchPage returns a page of launches, the newest first and those without a date last.
// A request that makes no sense, or with a text that PostgreSQL cannot take, is a
// liftoff.Usage error.
func (s *Store) LaunchPage(ctx context.Context, request liftoff.LaunchPageRequest) (liftoff.LaunchPage, error) {
	if err := checkPageRequest(request); err != nil {
		return liftoff.LaunchPage{}, err
	}
	launches, err := s.launchesOfPage(ctx, request)
	if err != nil {
		return liftoff.LaunchPage{}, s.readFailure("look for a page of launches", err)
	}
	page := pageOf(launches, request)
	if err := s.countPage(ctx, request, &page); err != nil {
		return liftoff.LaunchPage{}, s.readFailure("count launches", err)
	}
	return page, nil
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

// launchesOfPage returns one launch more than the request asks for, if there is one, in
// the order in which they were found: the nearest to the given place first.
func (s *Store) launchesOfPage(ctx context.Context, request liftoff.LaunchPageRequest) ([]liftoff.StoredLaunch, error) {
	sql, place := launchPageOlderSQL, request.OlderThan
	if request.NewerThan != nil {
		sql, place = launchPageNewerSQL, request.NewerThan
	}
	var launchedAt *time.Time
	if place != nil && !place.LaunchedAt.IsZero() {
		moment := place.LaunchedAt.UTC()
		launchedAt = &moment
	}
	arguments := append([]any{int64(request.Limit) + 1, launchedAt, positionID(place)}, filterArguments(request.LaunchFilter)...)
	return collect(ctx, s, ask(sql, arguments...), scanStored)
}

// filterArguments are the arguments of statements with a filter.
func filterArguments(filter liftoff.LaunchFilter) []any {
	pattern := ""
	if filter.Search != "" {
		pattern = "%" + literal(filter.Search) + "%"
	}
	var from, until *time.Time
	if filter.Year != 0 {
		first, next := yearBegin(filter.Year), yearBegin(filter.Year+1)
		from, until = &first, &next
	}
	return []any{pattern, string(filter.Outcome), filter.RocketID, filter.LaunchpadID, from, until}
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
func (s *Store) countPage(ctx context.Context, request liftoff.LaunchPageRequest, page *liftoff.LaunchPage) error {
	arguments := append([]any{request.CountUpTo + 1}, filterArguments(request.LaunchFilter)...)
	counts, err := collect(ctx, s, ask(countLaunchesOfPageSQL, arguments...), pgx.RowTo[int64])
	if err != nil {
		return err
	}
	page.Total, page.IsCountOpen = min(counts[0], request.CountUpTo), counts[0] > request.CountUpTo
	return nil
}
