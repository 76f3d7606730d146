package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"liftoff"
)

// countUpTo is the number of launches up to which they are counted.
const countUpTo = 10_000

// launchesInput is what a list of launches is asked for with.
type launchesInput struct {
	Conditional

	Search    string `query:"search" minLength:"3" maxLength:"100" pattern:"^[^\\x00]*$" example:"starlink" doc:"A part of the name, in any case"`
	Outcome   string `query:"outcome" enum:"success,failure,unknown,upcoming" doc:"How the launch went"`
	Rocket    string `query:"rocket" minLength:"1" maxLength:"128" pattern:"^[^\\x00]*$" doc:"The rocket's id"`
	Launchpad string `query:"launchpad" minLength:"1" maxLength:"128" pattern:"^[^\\x00]*$" doc:"The launchpad's id"`
	Year      int    `query:"year" minimum:"1" maximum:"9999" example:"2020" doc:"The year of the date, in UTC"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many launches at most"`
	Cursor    string `query:"cursor" maxLength:"300" pattern:"^(older|newer)\\.(undated|-?[0-9]{1,18})\\.([0-9a-f]{2}){1,128}$" doc:"Where to go on: next or previous of an answer"`
}

// launchPage is one page of launches.
type launchPage struct {
	Launches     []Launch `json:"launches" nullable:"false"`
	Total        int64    `json:"total" doc:"How many launches there are with this filter; if total_is_exact is false, there are more"`
	TotalIsExact bool     `json:"total_is_exact" doc:"false if there are more than total"`
	Next         *string  `json:"next" doc:"The cursor of the older launches; null on the last page"`
	Previous     *string  `json:"previous" doc:"The cursor of the newer launches; null on the first page"`
}

// Launch is a launch in a list; its fields are those of liftoff launches -o json.
type Launch struct {
	ID            string     `json:"id"`
	Name          *string    `json:"name"`
	LaunchedAt    *time.Time `json:"launched_at" doc:"As precise as date_precision says"`
	DatePrecision *string    `json:"date_precision" example:"hour"`
	RocketID      *string    `json:"rocket_id"`
	Rocket        *string    `json:"rocket" doc:"The rocket's name"`
	LaunchpadID   *string    `json:"launchpad_id"`
	Launchpad     *string    `json:"launchpad" doc:"The launchpad's short name"`
	Upcoming      *bool      `json:"upcoming"`
	Success       *bool      `json:"success"`
	MissingSince  *time.Time `json:"missing_since" doc:"Since when the source no longer has the launch; null while it has"`
}

func launchOf(l liftoff.StoredLaunch) Launch {
	return Launch{
		ID: l.ID, Name: orNil(l.Name), LaunchedAt: orNil(l.LaunchedAt), DatePrecision: orNil(l.DatePrecision),
		RocketID: orNil(l.RocketID), Rocket: orNil(l.Rocket), LaunchpadID: orNil(l.LaunchpadID), Launchpad: orNil(l.Launchpad),
		Upcoming: l.Upcoming, Success: l.Success, MissingSince: orNil(l.MissingSince),
	}
}

// orNil returns nil for a zero value: what is not known.
func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

func (s *server) listLaunches(ctx context.Context, in *launchesInput) (*answer[launchPage], error) {
	request := liftoff.LaunchPageRequest{
		LaunchFilter: liftoff.LaunchFilter{
			Search: in.Search, Outcome: liftoff.Outcome(in.Outcome), RocketID: in.Rocket, LaunchpadID: in.Launchpad, Year: in.Year,
		},
		Limit: in.Limit, CountUpTo: countUpTo,
	}
	if err := goOn(&request, in.Cursor); err != nil {
		return nil, err
	}
	asked := *in
	asked.Conditional = Conditional{}
	tag, isKnown, err := s.tag(ctx, in.Conditional, asked)
	if err != nil || isKnown {
		return &answer[launchPage]{Tagged: tag, Status: http.StatusNotModified}, err
	}
	page, err := s.Store.LaunchPage(ctx, request)
	if err != nil {
		return nil, s.problem(ctx, err, "")
	}
	body := launchPage{
		Launches: []Launch{}, Total: page.Total, TotalIsExact: !page.IsCountOpen,
		Next: launchCursor(older, page.Older), Previous: launchCursor(newer, page.Newer),
	}
	for _, l := range page.Launches {
		body.Launches = append(body.Launches, launchOf(l))
	}
	return &answer[launchPage]{Tagged: tag, Status: http.StatusOK, Body: body}, nil
}

// launchInput names a launch.
type launchInput struct {
	Conditional

	ID string `path:"id" minLength:"1" maxLength:"128" pattern:"^[^\\x00]*$" doc:"The launch's id"`
}

// launchDetails is everything about one launch; its fields are those of
// liftoff launches ID -o json.
type launchDetails struct {
	Launch

	LaunchpadName          *string         `json:"launchpad_full_name"`
	FlightNumber           *int64          `json:"flight_number"`
	PayloadCount           int64           `json:"payload_count"`
	PayloadMassKg          *float64        `json:"payload_mass_kg" doc:"The real mass of all payloads; null unless all are known"`
	Payloads               []payload       `json:"payloads" nullable:"false"`
	SimulatedPayloadMassKg *int64          `json:"simulated_total_payload_mass_kg" doc:"Not real"`
	SimulatedDelayMinutes  *int64          `json:"simulated_delay_minutes" doc:"Not real"`
	SlipMinutes            *int64          `json:"slip_minutes"`
	FetchedAt              *time.Time      `json:"fetched_at_timestamp"`
	RevisedAt              *time.Time      `json:"revised_at"`
	Revisions              int64           `json:"revisions" doc:"How many states of the document are stored"`
	Raw                    json.RawMessage `json:"raw_data" doc:"The newest document as the source sent it; null if there is none"`
}

// payload is a payload of a launch.
type payload struct {
	ID     string   `json:"id"`
	Name   *string  `json:"name"`
	Type   *string  `json:"type"`
	Orbit  *string  `json:"orbit"`
	MassKg *float64 `json:"mass_kg"`
}

func (s *server) getLaunch(ctx context.Context, in *launchInput) (*answer[launchDetails], error) {
	tag, isKnown, err := s.tag(ctx, in.Conditional, "launch "+in.ID)
	if err != nil {
		return nil, err
	}
	// Also to know whether there is such a launch, before 304.
	l, err := s.Store.LaunchDetails(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err, fmt.Sprintf("there is no launch %q", in.ID))
	}
	if isKnown {
		return &answer[launchDetails]{Tagged: tag, Status: http.StatusNotModified}, nil
	}
	body := launchDetails{
		Launch: launchOf(l.StoredLaunch), LaunchpadName: orNil(l.LaunchpadName), FlightNumber: l.FlightNumber,
		PayloadCount: l.PayloadCount, PayloadMassKg: l.PayloadMassKg, Payloads: []payload{},
		SimulatedPayloadMassKg: l.SimulatedPayloadMassKg, SimulatedDelayMinutes: l.SimulatedDelayMinutes, SlipMinutes: l.SlipMinutes,
		FetchedAt: orNil(l.FetchedAt), RevisedAt: orNil(l.RevisedAt), Revisions: l.Revisions, Raw: l.Raw,
	}
	for _, p := range l.Payloads {
		body.Payloads = append(body.Payloads, payload{p.ID, orNil(p.Name), orNil(p.Type), orNil(p.Orbit), p.MassKg})
	}
	return &answer[launchDetails]{Tagged: tag, Status: http.StatusOK, Body: body}, nil
}
