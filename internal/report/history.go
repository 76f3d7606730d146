package report

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/revision"
	"liftoff/internal/table"
)

// LaunchHistory is the printed form of a launch's history.
type LaunchHistory struct {
	LaunchID string `json:"launch_id"`
	// Name is the newest one; nil if the newest document has none.
	Name         *string    `json:"name"`
	MissingSince *time.Time `json:"missing_since"`
	Revisions    []Revision `json:"revisions"`
}

// Revision is one revision of a launch and what it changed.
type Revision struct {
	Revision    int        `json:"revision"`
	FirstSeenAt *time.Time `json:"first_seen_at"`
	RunID       *int64     `json:"run_id"`
	// SlipMinutes is how far this revision moved date_utc; nil if that did not
	// change, or is not exact to the hour.
	SlipMinutes *revision.Slip `json:"slip_minutes"`
	Changes     []Change       `json:"changes"`
}

// Change is one changed field. Before and After are nil if the field was
// absent; JSON then leaves them out, which differs from null.
type Change struct {
	Field  string         `json:"field"`
	Before jsontext.Value `json:"before,omitzero"`
	After  jsontext.Value `json:"after,omitzero"`
}

// History lists what each revision of a launch's document changed, field by
// field. The revisions come in ascending order; missingSince is zero while the
// source has the launch. A document that is not JSON is an error.
func History(launchID string, missingSince time.Time, revisions []liftoff.Revision) (Listing, error) {
	h, err := NewLaunchHistory(launchID, missingSince, revisions)
	if err != nil {
		return Listing{}, err
	}
	return Listing{Value: h, Full: h.full(), Tables: h.tables()}, nil
}

// NewLaunchHistory is the value of History.
func NewLaunchHistory(launchID string, missingSince time.Time, revisions []liftoff.Revision) (LaunchHistory, error) {
	h := LaunchHistory{LaunchID: launchID, MissingSince: orNil(missingSince)}
	for i, current := range revisions {
		s := Revision{
			Revision:    current.Number,
			FirstSeenAt: orNil(current.FirstSeenAt),
			RunID:       orNil(current.RunID),
			Changes:     []Change{},
		}
		if i > 0 {
			if err := s.compare(revisions[i-1].Raw, current.Raw); err != nil {
				return LaunchHistory{}, fmt.Errorf("compare revision %d of launch %q with the one before: %w", current.Number, launchID, err)
			}
		}
		h.Revisions = append(h.Revisions, s)
		h.Name = nameOf(current.Raw)
	}
	return h, nil
}

// compare notes what changed between two documents.
func (s *Revision) compare(before, after []byte) error {
	changes, err := revision.Changes(before, after)
	if err != nil {
		return err
	}
	for _, c := range changes {
		s.Changes = append(s.Changes, Change{c.Path, valueOrNil(c.Before), valueOrNil(c.After)})
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

// nameOf returns the launch's name in a document, or nil.
func nameOf(document []byte) *string {
	var launch struct {
		Name *string `json:"name"`
	}
	if err := json.Unmarshal(document, &launch); err != nil {
		return nil // no document, or a name that is not a text
	}
	return launch.Name
}

// tables show a history to people: all revisions, then what each changed.
func (h LaunchHistory) tables() []table.Table {
	overview := table.Table{
		Name: "revisions", Title: h.title(),
		Columns: []table.Column{
			table.Integer("revision"), table.Timestamp("seen_at"), table.Integer("run"), table.Integer("changed_fields").In(table.Count), table.Text("slip"),
		},
	}
	tables := []table.Table{{}} // the overview goes first
	for _, s := range h.Revisions {
		var slip any
		if s.SlipMinutes != nil {
			slip = s.SlipMinutes.String()
		}
		overview.Rows = append(overview.Rows, []any{
			int64(s.Revision), cell(s.FirstSeenAt), cell(s.RunID), int64(len(s.Changes)), slip,
		})
		if len(s.Changes) > 0 {
			tables = append(tables, s.table())
		}
	}
	if len(h.Revisions) == 1 {
		const about = 3 // what the first columns say of the revision itself
		overview.Columns, overview.Rows[0] = overview.Columns[:about], overview.Rows[0][:about]
		overview.Description = "Nothing has changed since it was stored."
	}
	tables[0] = overview
	return tables
}

// title names the launch and says if the source no longer has it.
func (h LaunchHistory) title() string {
	title := "Launch " + h.LaunchID
	if h.Name != nil {
		title = *h.Name + " (" + h.LaunchID + ")"
	}
	if h.MissingSince == nil {
		return title
	}
	return title + ": missing upstream since " + display(h.MissingSince, "")
}

// table shows what one revision changed.
func (s Revision) table() table.Table {
	t := table.Table{
		Name: fmt.Sprintf("revision_%d", s.Revision), Title: fmt.Sprintf("Revision %d", s.Revision),
		Columns: []table.Column{table.Text("field"), table.Text("before"), table.Text("after")},
	}
	for _, c := range s.Changes {
		t.Rows = append(t.Rows, c.row())
	}
	return t
}

// row shows a change to people; a value that there was not is NULL.
func (c Change) row() []any {
	before, after := Difference(string(c.Before), string(c.After))
	row := []any{distinct(c.Field), nil, nil}
	if c.Before != nil {
		row[1] = before
	}
	if c.After != nil {
		row[2] = after
	}
	return row
}

// full is the whole history as one table for programs: a row for each changed
// field, and one without a field for each revision that changed none. The names are
// those of the JSON.
func (h LaunchHistory) full() table.Table {
	t := table.Table{
		Name: "history",
		Columns: []table.Column{
			table.Integer("revision"), table.Timestamp("first_seen_at"), table.Integer("run_id"),
			table.Text("field"), table.Text("before"), table.Text("after"), table.Integer("slip_minutes"),
		},
	}
	for _, s := range h.Revisions {
		add := func(field, before, after, slip any) {
			t.Rows = append(t.Rows, []any{int64(s.Revision), cell(s.FirstSeenAt), cell(s.RunID), field, before, after, slip})
		}
		if len(s.Changes) == 0 {
			add(nil, nil, nil, nil)
		}
		for _, c := range s.Changes {
			var slip any
			if c.Field == "date_utc" && s.SlipMinutes != nil {
				slip = int64(*s.SlipMinutes)
			}
			add(c.Field, jsonCell(c.Before), jsonCell(c.After), slip)
		}
	}
	return t
}

// jsonCell returns JSON text as a cell; NULL if there is no value.
func jsonCell(value []byte) any {
	if value == nil {
		return nil
	}
	return string(value)
}
