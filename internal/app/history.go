package app

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/revision"
)

// History prints what has changed in a launch's payload, field by field, and
// when it was seen. An id that no stored launch has is a liftoff.Usage error.
func (a *App) History(ctx context.Context, launchID string) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	if err := store.RequireReadableSchema(ctx); err != nil {
		return err
	}
	var stored postgres.LaunchHistory
	if utf8.ValidString(launchID) { // PostgreSQL takes no other text
		if stored, err = store.LaunchHistory(ctx, launchID); err != nil {
			return err
		}
	}
	if len(stored.Revisions) == 0 {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("no launch %q is stored in PostgreSQL at %s", launchID, store.Target()),
			"check the id: SELECT id, name FROM launches; or fetch the launch first")
	}
	h, err := newHistory(launchID, stored)
	if err != nil {
		return err
	}
	switch format {
	case report.FormatJSON:
		return report.WriteValue(a.Stdout, h)
	case report.FormatCSV:
		return a.write(format, h.list())
	default:
		return a.write(format, h.tables()...)
	}
}

// history is a launch's history as it is printed.
type history struct {
	LaunchID string `json:"launch_id"`
	// Name is the newest one; nil when the payload has none.
	Name         *string    `json:"name"`
	MissingSince *time.Time `json:"missing_since"`
	Revisions    []state    `json:"revisions"`
}

// state is one revision of a launch and what it changed.
type state struct {
	Revision    int        `json:"revision"`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	RunID       *int64     `json:"run_id"`
	// SlipMinutes is by how much this revision put date_utc off; nil when that
	// did not change, or is not known to the hour.
	SlipMinutes *revision.Slip `json:"slip_minutes"`
	Changes     []change       `json:"changes"`
}

// change is one changed field. Before and After are nil where the field was
// not there, and then not printed as JSON, which tells that from null.
type change struct {
	Field  string         `json:"field"`
	Before jsontext.Value `json:"before,omitzero"`
	After  jsontext.Value `json:"after,omitzero"`
}

// newHistory compares each stored revision with the one before it.
func newHistory(launchID string, stored postgres.LaunchHistory) (history, error) {
	h := history{LaunchID: launchID, MissingSince: orNil(stored.MissingSince)}
	for i, current := range stored.Revisions {
		s := state{
			Revision:    current.Number,
			FirstSeenAt: orNil(current.FirstSeenAt),
			RunID:       orNil(current.RunID),
			Changes:     []change{},
		}
		if i > 0 {
			if err := s.compare(stored.Revisions[i-1].Raw, current.Raw); err != nil {
				return history{}, fmt.Errorf("compare revision %d of launch %q with the one before: %w", current.Number, launchID, err)
			}
		}
		h.Revisions = append(h.Revisions, s)
		h.Name = nameOf(current.Raw)
	}
	return h, nil
}

// compare notes what has changed between two payloads.
func (s *state) compare(before, after []byte) error {
	changes, err := revision.Changes(before, after)
	if err != nil {
		return err
	}
	for _, c := range changes {
		s.Changes = append(s.Changes, change{c.Path, valueOrNil(c.Before), valueOrNil(c.After)})
		if c.Path != "date_utc" {
			continue
		}
		if slip, ok := revision.SlipBetween(before, after); ok {
			s.SlipMinutes = &slip
		}
	}
	return nil
}

func valueOrNil(text string) jsontext.Value {
	if text == "" {
		return nil
	}
	return jsontext.Value(text)
}

// nameOf returns the launch's name in a payload, or nil.
func nameOf(payload []byte) *string {
	var launch struct {
		Name *string `json:"name"`
	}
	if err := json.Unmarshal(payload, &launch); err != nil {
		return nil // no payload, or a name that is no text
	}
	return launch.Name
}

// orNil returns nil for a zero value, which then is printed as NULL.
func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
