package spacex

import (
	"context"
	"iter"
	"slices"
	"strings"

	"liftoff"
)

// maxIDsInFilter bounds the ids in one request's filter.
const maxIDsInFilter = 500

// References returns the payloads, rockets or launchpads with the given ids, in
// as few requests as that takes: one for each 500 ids. With nil for ids it
// returns all of them, page after page through the query route: the API's plain
// list of payloads has no bound, and a page of 1,000 holds all that there
// really are. Those that the API does not know or cannot have, or whose documents
// cannot be stored, are left out.
//
// Errors are as for Launches; one that wraps liftoff.ErrNotFound says that the
// API has none of the kind. References only reads, so it may be called again.
func (c *Client) References(ctx context.Context, kind liftoff.ReferenceKind, ids []string) iter.Seq2[[]liftoff.Reference, error] {
	return func(yield func([]liftoff.Reference, error) bool) {
		if ids == nil {
			c.yieldReferences(ctx, kind, filter{what: "all " + string(kind)}, yield)
			return
		}
		// The API refuses a whole request for an id that none of its records can have.
		ids := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !recordID.MatchString(id) })
		for some := range slices.Chunk(ids, maxIDsInFilter) {
			wanted := withIDs(some)
			wanted.what = string(kind)
			if !c.yieldReferences(ctx, kind, wanted, yield) {
				return
			}
		}
	}
}

// yieldReferences hands out what a filter finds; false means to stop.
func (c *Client) yieldReferences(ctx context.Context, kind liftoff.ReferenceKind, filter filter, yield func([]liftoff.Reference, error) bool) bool {
	noun := strings.TrimSuffix(string(kind), "s")
	for found, err := range c.walk(ctx, noun, filter) {
		if err != nil {
			yield(nil, err)
			return false
		}
		references := make([]liftoff.Reference, 0, len(found.records))
		var rejected []record
		for _, each := range found.records {
			if each.isRejected() {
				rejected = append(rejected, each)
			} else {
				references = append(references, liftoff.Reference{ID: each.id, Raw: each.raw})
			}
		}
		if len(rejected) > 0 {
			c.logger.WarnContext(ctx, "Some references cannot be stored and are left out.",
				"kind", string(kind), "count", len(rejected), "reason", rejected[0].detail)
		}
		if !yield(references, nil) {
			return false
		}
	}
	return true
}
