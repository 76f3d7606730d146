package spacex

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// dateFormat is the API's own form of a date. It keeps dates as text, so a
// date to compare with must have the same form.
const dateFormat = "2006-01-02T15:04:05.000Z"

// filter says which documents of a collection to fetch. Its zero value means all.
type filter struct {
	// what names the documents in messages; see name.
	what      string
	condition condition
	// covers reports whether a document may be among those found; nil when the
	// id does not tell. An API that ignores a filter sends everything.
	covers func(id string) bool
}

// name returns what the filter finds, for messages.
func (f filter) name() string { return cmp.Or(f.what, "all launches") }

// condition is a MongoDB filter.
type condition map[string]any

// filterOf returns the filter for a query of launches.
func filterOf(query liftoff.Query) filter {
	switch query.Selection {
	case liftoff.SelectSince:
		return filter{}.since(query.Since)
	case liftoff.SelectUpcoming:
		return filter{what: "upcoming launches", condition: condition{"upcoming": true}}
	case liftoff.SelectIDs:
		return withIDs(query.IDs)
	case liftoff.SelectNew:
		return newSince(query)
	case liftoff.SelectBackfill:
		return within(query.Range).since(query.Since)
	default:
		return filter{}
	}
}

// withIDs returns the filter for documents by their ids.
func withIDs(ids []string) filter {
	ids = slices.Clone(ids)
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	return filter{
		what:      fmt.Sprintf("%d launches by id", len(ids)),
		condition: condition{"_id": condition{"$in": ids}},
		covers:    func(id string) bool { return wanted[id] },
	}
}

// newSince returns the filter for launches that are upcoming, have a date at or
// after query.Since, were created after query.NewestID, have one of query.IDs, or lie
// in a gap.
func newSince(query liftoff.Query) filter {
	if query.NewestID == "" {
		return filter{} // The API knows no empty id, and refuses the filter.
	}
	date := query.Since.UTC().Format(dateFormat)
	either := []condition{
		{"date_utc": condition{"$gte": date}},
		{"upcoming": true},
		{"_id": condition{"$gt": query.NewestID}},
	}
	if ids := possible(query.IDs); len(ids) > 0 {
		either = append(either, condition{"_id": condition{"$in": ids}})
	}
	for _, gap := range query.Gaps {
		either = append(either, between(gap.AfterID, gap.BeforeID))
	}
	return filter{what: "launches that are new or may have changed", condition: condition{"$or": either}}
}

// within returns the filter for launches in a range of ids.
func within(ids liftoff.IDRange) filter {
	bounds := condition{}
	if ids.After != "" {
		bounds["$gt"] = ids.After
	}
	if ids.UpTo != "" {
		bounds["$lte"] = ids.UpTo
	}
	found := filter{
		what:   fmt.Sprintf("launches after %q up to %q", ids.After, ids.UpTo),
		covers: func(id string) bool { return id > ids.After && (ids.UpTo == "" || id <= ids.UpTo) },
	}
	if len(bounds) > 0 {
		found.condition = condition{"_id": bounds}
	}
	return found
}

// since returns the filter narrowed to launches that are dated at or after a moment;
// unchanged if it is zero.
func (f filter) since(moment time.Time) filter {
	if moment.IsZero() {
		return f
	}
	date := moment.UTC().Format(dateFormat)
	narrowed := condition{"date_utc": condition{"$gte": date}}
	maps.Copy(narrowed, f.condition)
	return filter{what: cmp.Or(f.what, "launches") + " since " + date, condition: narrowed, covers: f.covers}
}

// between returns the condition for ids between two, both excluded; an empty
// one is no bound.
func between(after, before string) condition {
	bounds := condition{}
	if after != "" {
		bounds["$gt"] = after
	}
	if before != "" {
		bounds["$lt"] = before
	}
	if len(bounds) == 0 {
		return condition{}
	}
	return condition{"_id": bounds}
}

// after returns the filter narrowed to ids after one.
func (f filter) after(id string) filter {
	narrowed := between(id, "")
	if f.condition != nil {
		narrowed = condition{"$and": []condition{f.condition, narrowed}}
	}
	return filter{what: f.what, condition: narrowed, covers: f.covers}
}

// json returns the filter as the API takes it.
func (f filter) json() ([]byte, error) {
	if f.condition == nil {
		return []byte("{}"), nil
	}
	text, err := json.Marshal(f.condition, json.Deterministic(true), jsontext.EscapeForHTML(false))
	if err != nil {
		return nil, fmt.Errorf("write the filter for %s: %w", f.name(), err)
	}
	return text, nil
}
