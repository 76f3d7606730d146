package spacex

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// dateFormat is the API's own form of a date. It keeps dates as text, so a
// date to compare with must have the very same form.
const dateFormat = "2006-01-02T15:04:05.000Z"

// Filter says which launches to fetch. Its zero value means all.
type Filter struct {
	// what names the launches in messages; see name.
	what      string
	condition condition
	// covers reports whether a launch may be among those found; nil when the
	// id does not tell. An API that passes over a filter sends everything.
	covers func(id string) bool
}

// name returns what the filter finds, for messages.
func (f Filter) name() string { return cmp.Or(f.what, "all launches") }

// condition is a MongoDB filter.
type condition map[string]any

// Everything returns the filter for all launches.
func Everything() Filter { return Filter{} }

// Since returns the filter for launches whose date is at or after a moment.
func Since(moment time.Time) Filter {
	date := moment.UTC().Format(dateFormat)
	return Filter{what: "launches since " + date, condition: condition{"date_utc": condition{"$gte": date}}}
}

// Upcoming returns the filter for launches that have not flown yet.
func Upcoming() Filter {
	return Filter{what: "upcoming launches", condition: condition{"upcoming": true}}
}

// WithIDs returns the filter for launches by their ids.
func WithIDs(ids []string) Filter {
	ids = slices.Clone(ids)
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	return Filter{
		what:      fmt.Sprintf("%d launches by id", len(ids)),
		condition: condition{"_id": condition{"$in": ids}},
		covers:    func(id string) bool { return wanted[id] },
	}
}

// News says what may have changed since an earlier run.
type News struct {
	// Since is the date from which launches are looked at again.
	Since time.Time
	// NewestID is the largest id seen; every launch created later is new. When
	// it is empty, all are.
	NewestID string
	// UpcomingIDs are launches that had not flown yet: they may have since, on
	// whatever date.
	UpcomingIDs []string
	// Missed are what earlier runs could not fetch.
	Missed []liftoff.MissedRange
}

// NewSince returns the filter for launches that are upcoming or were, have a
// date at or after news.Since, were created after news.NewestID, or were missed.
func NewSince(news News) Filter {
	if news.NewestID == "" {
		return Everything() // The API knows no id that is empty, and refuses the filter.
	}
	date := news.Since.UTC().Format(dateFormat)
	either := []condition{
		{"date_utc": condition{"$gte": date}},
		{"upcoming": true},
		{"_id": condition{"$gt": news.NewestID}},
	}
	if len(news.UpcomingIDs) > 0 {
		either = append(either, condition{"_id": condition{"$in": news.UpcomingIDs}})
	}
	for _, missed := range news.Missed {
		either = append(either, between(missed.AfterID, missed.BeforeID))
	}
	return Filter{what: "launches that are new or may have changed", condition: condition{"$or": either}}
}

// Within returns the filter for launches in a range of ids.
func Within(ids liftoff.IDRange) Filter {
	bounds := condition{}
	if ids.After != "" {
		bounds["$gt"] = ids.After
	}
	if ids.UpTo != "" {
		bounds["$lte"] = ids.UpTo
	}
	filter := Filter{
		what:   fmt.Sprintf("launches after %q up to %q", ids.After, ids.UpTo),
		covers: func(id string) bool { return id > ids.After && (ids.UpTo == "" || id <= ids.UpTo) },
	}
	if len(bounds) > 0 {
		filter.condition = condition{"_id": bounds}
	}
	return filter
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
func (f Filter) after(id string) Filter {
	narrowed := between(id, "")
	if f.condition != nil {
		narrowed = condition{"$and": []condition{f.condition, narrowed}}
	}
	return Filter{what: f.what, condition: narrowed, covers: f.covers}
}

// json returns the filter as the API takes it.
func (f Filter) json() ([]byte, error) {
	if f.condition == nil {
		return []byte("{}"), nil
	}
	text, err := json.Marshal(f.condition, json.Deterministic(true), jsontext.EscapeForHTML(false))
	if err != nil {
		return nil, fmt.Errorf("write the filter for %s: %w", f.name(), err)
	}
	return text, nil
}
