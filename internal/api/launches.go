package api

import (
	"context"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"liftoff"
	"liftoff/internal/report"
)

const (
	firstYear = 1
	// countedLaunches is up to how many launches are counted.
	countedLaunches = 10_000
)

// Launch is a launch in a list.
type Launch struct {
	report.StoredLaunch

	Outcome liftoff.Outcome `json:"outcome" doc:"How it went, of upcoming and success in one word"`
}

// LaunchList is a page of launches.
type LaunchList struct {
	Launches    []Launch `json:"launches" doc:"The newest first, those without a date last"`
	Total       int64    `json:"total" minimum:"0" maximum:"10000" doc:"How many launches the filters let through; if is_count_open, there are more than that" example:"205"`
	IsCountOpen bool     `json:"is_count_open" doc:"Whether there are more launches than total: no more than 10,000 are counted"`
	PageCursors
}

// PageCursors lead to the pages beside a page.
type PageCursors struct {
	NextCursor     *string `json:"next_cursor" doc:"The cursor of the page with older ones; null on the last page"`
	PreviousCursor *string `json:"previous_cursor" doc:"The cursor of the page with newer ones; null on the first page"`
}

// LaunchFacts is everything that is known of a launch.
type LaunchFacts struct {
	report.LaunchDetails

	Outcome liftoff.Outcome `json:"outcome" doc:"How it went, of upcoming and success in one word"`
}

// launchesQuery is what an address asks for.
type launchesQuery struct {
	Conditional
	Search    string          `query:"search" minLength:"3" maxLength:"200" format:"liftoff-search" doc:"A part of the name, in any case, with at least 3 letters or digits" example:"starlink"`
	Outcome   liftoff.Outcome `query:"outcome" doc:"Only launches with this outcome"`
	Rocket    string          `query:"rocket" minLength:"1" maxLength:"128" doc:"Only launches of the rocket with this rocket_id"`
	Launchpad string          `query:"launchpad" minLength:"1" maxLength:"128" doc:"Only launches from the launchpad with this launchpad_id"`
	Year      int             `query:"year" minimum:"1" maximum:"9999" doc:"Only launches with a date in this year (UTC)" example:"2020"`
	Limit     int             `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many launches at most"`
	Cursor    string          `query:"cursor" pattern:"^[A-Za-z0-9_-]{16,1000}$" format:"liftoff-launches-cursor" doc:"The next_cursor or previous_cursor of another page, with the same filters" example:"bGF1bmNoZXN-b2xkZXJ-MjAyMi0wOS0wNVQwMjowOTowMFp-NWViODdkNDJmZmQ4NmUwMDA2MDRiMzg0"`
}

// launchID is the id of a launch in an address.
type launchID struct {
	Conditional
	ID string `path:"id" minLength:"1" maxLength:"128" pattern:"^[^\\x00-\\x1f\\x7f/\\\\]+$" format:"liftoff-launch-id" doc:"The id of a launch" example:"5eb87d42ffd86e000604b384"`
}

func (a *API) registerLaunches(api huma.API) {
	huma.Register(api, operation("listLaunches", "/api/v1/launches", "Launches", "Launches, the newest first"),
		func(ctx context.Context, q *launchesQuery) (*reply[LaunchList], error) {
			request, err := q.request()
			if err != nil {
				return nil, err
			}
			return replyWith(ctx, a, q.Conditional, func(c *call) (LaunchList, error) {
				page, err := c.store.LaunchPage(ctx, request)
				return launchList(page), err
			})
		})
	huma.Register(api, operation("getLaunch", "/api/v1/launches/{id}", "Launches", "One launch with its newest document"),
		func(ctx context.Context, id *launchID) (*reply[LaunchFacts], error) {
			return replyWith(ctx, a, id.Conditional, func(c *call) (LaunchFacts, error) {
				launch, err := c.store.LaunchDetails(ctx, id.ID)
				return LaunchFacts{LaunchDetails: report.NewLaunchDetails(launch), Outcome: liftoff.OutcomeOf(launch.Upcoming, launch.Success)}, err
			})
		})
	huma.Register(api, operation("getLaunchHistory", "/api/v1/launches/{id}/history", "Launches", "What each revision of a launch changed"),
		func(ctx context.Context, id *launchID) (*reply[report.LaunchHistory], error) {
			return replyWith(ctx, a, id.Conditional, func(c *call) (report.LaunchHistory, error) {
				stored, err := c.store.LaunchHistory(ctx, id.ID)
				if err != nil {
					return report.LaunchHistory{}, err
				}
				return report.NewLaunchHistory(id.ID, stored.MissingSince, stored.Revisions)
			})
		})
}

// request is what the store is asked for. An error names the parameter that is wrong.
func (q *launchesQuery) request() (liftoff.LaunchPageRequest, error) {
	request := liftoff.LaunchPageRequest{
		LaunchFilter: liftoff.LaunchFilter{Search: strings.TrimSpace(q.Search), Outcome: q.Outcome, RocketID: q.Rocket, LaunchpadID: q.Launchpad, Year: q.Year},
		Limit:        q.Limit, CountUpTo: countedLaunches,
	}
	if q.Search != "" && lettersOf(q.Search) < liftoff.MinSearchLetters {
		return request, wrongField("query.search", "needs at least 3 letters or digits")
	}
	if q.Cursor == "" {
		return request, nil
	}
	to, place, err := parseLaunchCursor(q.Cursor)
	switch {
	case err != nil:
		return request, wrongField("query.cursor", err.Error())
	case to == newer:
		request.NewerThan = place
	default:
		request.OlderThan = place
	}
	return request, nil
}

// lettersOf counts what the index of names knows.
func lettersOf(text string) (letters int) {
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
	}
	return letters
}

func launchList(page liftoff.LaunchPage) LaunchList {
	list := LaunchList{Launches: make([]Launch, 0, len(page.Launches)), Total: page.Total, IsCountOpen: page.IsCountOpen}
	for _, l := range page.Launches {
		list.Launches = append(list.Launches, Launch{report.NewStoredLaunch(l), liftoff.OutcomeOf(l.Upcoming, l.Success)})
	}
	list.NextCursor, list.PreviousCursor = launchCursor(older, page.Older), launchCursor(newer, page.Newer)
	return list
}
