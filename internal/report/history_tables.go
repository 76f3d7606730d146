package app

import (
	"fmt"
	"time"

	"liftoff/internal/analytics"
)

// tables shows a history to people: all revisions, then what each changed.
func (h history) tables() []analytics.Result {
	overview := analytics.Result{
		Query: analytics.Query{Name: "revisions", Title: h.title()},
		Columns: []analytics.Column{
			integer("revision"), moment("seen_at"), integer("run"), integer("changed_fields"), words("slip"),
		},
	}
	results := []analytics.Result{overview}
	for _, s := range h.Revisions {
		results[0].Rows = append(results[0].Rows, []any{
			int64(s.Revision), cell(s.FirstSeenAt), cell(s.RunID), int64(len(s.Changes)), s.slip(),
		})
		if len(s.Changes) > 0 {
			results = append(results, s.table())
		}
	}
	return results
}

// title says what launch it is, and whether the source still has it.
func (h history) title() string {
	title := "Launch " + h.LaunchID
	if h.Name != nil {
		title = *h.Name + " (" + h.LaunchID + ")"
	}
	if h.MissingSince == nil {
		return title
	}
	return title + ": missing upstream since " + h.MissingSince.Format(time.DateTime) + " UTC"
}

// table shows what one revision changed.
func (s state) table() analytics.Result {
	result := analytics.Result{
		Query:   analytics.Query{Name: fmt.Sprintf("revision_%d", s.Revision), Title: fmt.Sprintf("Revision %d", s.Revision)},
		Columns: []analytics.Column{words("field"), words("before"), words("after")},
	}
	for _, c := range s.Changes {
		result.Rows = append(result.Rows, []any{c.Field, jsonCell(c.Before), jsonCell(c.After)})
	}
	return result
}

// slip is the slip as people say it, or NULL.
func (s state) slip() any {
	if s.SlipMinutes == nil {
		return nil
	}
	return s.SlipMinutes.String()
}

// list is the whole history as one table for programs: a row for each changed
// field, and one without a field for each revision that changed none.
func (h history) list() analytics.Result {
	result := analytics.Result{
		Query: analytics.Query{Name: "history"},
		Columns: []analytics.Column{
			integer("revision"), moment("seen_at"), integer("run"), words("field"), words("before"), words("after"),
			integer("slip_minutes"),
		},
	}
	for _, s := range h.Revisions {
		add := func(field, before, after, slip any) {
			result.Rows = append(result.Rows, []any{int64(s.Revision), cell(s.FirstSeenAt), cell(s.RunID), field, before, after, slip})
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
	return result
}

// cell returns what a pointer points to; NULL for nil.
func cell[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}

// jsonCell returns JSON text as a cell; NULL where there is no value.
func jsonCell(value []byte) any {
	if value == nil {
		return nil
	}
	return string(value)
}
