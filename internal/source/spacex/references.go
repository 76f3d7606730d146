package spacex

import (
	"context"
	"iter"
	"slices"

	"liftoff"
)

// maxIDsInFilter bounds the ids in one request's filter.
const maxIDsInFilter = 500

// References returns the payloads, rockets or launchpads with the given ids,
// in as few requests as that takes: one for each 500 ids. Those that the API
// does not know, or whose documents cannot be stored, are not among them.
// Errors are as for Launches.
func (c *Client) References(ctx context.Context, kind liftoff.ReferenceKind, ids []string) iter.Seq2[[]liftoff.Reference, error] {
	return func(yield func([]liftoff.Reference, error) bool) {
		for some := range slices.Chunk(ids, maxIDsInFilter) {
			filter := WithIDs(some)
			filter.what = string(kind)
			if !c.yieldReferences(ctx, kind, filter, yield) {
				return
			}
		}
	}
}

// AllReferences returns all payloads, rockets or launchpads, page after page
// through the query route: the API's plain list of payloads has no bound, and
// a page of 1,000 holds all that there really are.
func (c *Client) AllReferences(ctx context.Context, kind liftoff.ReferenceKind) iter.Seq2[[]liftoff.Reference, error] {
	return func(yield func([]liftoff.Reference, error) bool) {
		c.yieldReferences(ctx, kind, Filter{what: "all " + string(kind)}, yield)
	}
}

// yieldReferences hands out what a filter finds; false means to stop.
func (c *Client) yieldReferences(ctx context.Context, kind liftoff.ReferenceKind, filter Filter, yield func([]liftoff.Reference, error) bool) bool {
	for page, err := range c.walk(ctx, string(kind), filter) {
		if err != nil {
			yield(nil, err)
			return false
		}
		if len(page.Rejected) > 0 {
			c.options.Logger.WarnContext(ctx, "Some "+string(kind)+" cannot be stored and are passed over.",
				"count", len(page.Rejected), "reason", page.Rejected[0].Detail)
		}
		references := make([]liftoff.Reference, 0, len(page.Launches))
		for _, document := range page.Launches {
			references = append(references, liftoff.Reference{ID: document.ID, Raw: document.Raw})
		}
		if !yield(references, nil) {
			return false
		}
	}
	return true
}
