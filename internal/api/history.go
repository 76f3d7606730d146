package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"liftoff"
	"liftoff/internal/revision"
)

// launchHistory is what each revision changed; its fields are those of
// liftoff history ID -o json.
type launchHistory struct {
	LaunchID     string     `json:"launch_id"`
	Name         *string    `json:"name" doc:"The newest name"`
	MissingSince *time.Time `json:"missing_since"`
	Revisions    []state    `json:"revisions" nullable:"false"`
}

// state is one revision of a launch.
type state struct {
	Revision    int        `json:"revision"`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	RunID       *int64     `json:"run_id"`
	SlipMinutes *int64     `json:"slip_minutes" doc:"By how much this revision moved the date, if both are precise to the hour"`
	Changes     []change   `json:"changes" nullable:"false"`
}

// change is one changed field.
type change struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before,omitzero" doc:"Absent if the field was"`
	After  json.RawMessage `json:"after,omitzero" doc:"Absent if the field is"`
}

func (s *server) getHistory(ctx context.Context, in *launchInput) (*answer[launchHistory], error) {
	tag, isKnown, err := s.tag(ctx, in.Conditional, "history "+in.ID)
	if err != nil {
		return nil, err
	}
	stored, err := s.Store.LaunchHistory(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err, fmt.Sprintf("there is no launch %q", in.ID))
	}
	if isKnown {
		return &answer[launchHistory]{Tagged: tag, Status: http.StatusNotModified}, nil
	}
	body := launchHistory{LaunchID: in.ID, MissingSince: orNil(stored.MissingSince), Revisions: []state{}}
	for i, current := range stored.Revisions {
		next := state{Revision: current.Number, FirstSeenAt: orNil(current.FirstSeenAt), RunID: orNil(current.RunID), Changes: []change{}}
		if i > 0 {
			err = next.compare(stored.Revisions[i-1], current)
		}
		if err != nil {
			return nil, s.problem(ctx, fmt.Errorf("compare revision %d of launch %q with the one before: %w", current.Number, in.ID, err), "")
		}
		body.Revisions = append(body.Revisions, next)
		body.Name = nameOf(current.Raw)
	}
	return &answer[launchHistory]{Tagged: tag, Status: http.StatusOK, Body: body}, nil
}

// compare notes what changed from one revision to the next.
func (s *state) compare(before, after liftoff.Revision) error {
	changes, err := revision.Changes(before.Raw, after.Raw)
	if err != nil {
		return err
	}
	for _, c := range changes {
		s.Changes = append(s.Changes, change{c.Path, json.RawMessage(c.Before), json.RawMessage(c.After)})
		if c.Path != "date_utc" {
			continue
		}
		if slip, ok := revision.SlipBetween(before.Raw, after.Raw); ok {
			s.SlipMinutes = new(int64(slip))
		}
	}
	return nil
}

// nameOf returns the name in a launch's document; nil without one.
func nameOf(document []byte) *string {
	var launch struct {
		Name *string `json:"name"`
	}
	if err := json.Unmarshal(document, &launch); err != nil {
		return nil // no document, or a name that is not a text
	}
	return launch.Name
}
