package spacex

import (
	"context"
	"iter"
	"slices"
	"strings"

	"liftoff"
	"liftoff/internal/source/fetch"
)

const (
	// maxIDsInFilter bounds the ids in one request's filter.
	maxIDsInFilter = 500
	// maxHandedOut is how many bytes of references are handed out at once, unless
	// one is longer: they are stored with one statement.
	maxHandedOut = 4 << 20
)

// References returns the payloads, rockets or launchpads with the given ids, in
// as few requests as that takes: one for each 500 ids. With nil for ids it
// returns all of them, page after page through the query route: the API's plain
// list of payloads has no bound, and a page of 1,000 holds all that there
// really are. Those that the API does not know or cannot have, or whose documents
// cannot be stored, are left out.
//
// An API that sends another number of them than it announces is a liftoff.Source
// error, after all that came. Other errors are as for Launches; one that wraps
// liftoff.ErrNotFound says that the API does not serve the kind. References only
// reads, so it may be called again.
func (c *Client) References(ctx context.Context, kind liftoff.ReferenceKind, ids []string) iter.Seq2[[]liftoff.Reference, error] {
	return func(yield func([]liftoff.Reference, error) bool) {
		if ids == nil {
			c.yieldReferences(ctx, kind, filter{what: "all " + string(kind)}, yield)
			return
		}
		for some := range slices.Chunk(possible(ids), maxIDsInFilter) {
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
	received, announced := 0, 0
	for found, err := range c.walk(ctx, noun, filter) {
		if err != nil {
			yield(nil, err)
			return false
		}
		received, announced = received+len(found.records)+found.repeated, found.total
		if !c.handOut(ctx, kind, found.records, yield) {
			return false
		}
	}
	if received != announced {
		why := fetch.Unusable("the API announces %d %s and sent %d", announced, kind, received)
		yield(nil, c.Fail(c.queryCall(noun, filter.name()), why))
		return false
	}
	return true
}

// handOut hands out the references among the records of a page; false means to
// stop.
func (c *Client) handOut(ctx context.Context, kind liftoff.ReferenceKind, records []record, yield func([]liftoff.Reference, error) bool) bool {
	var rejected []record
	references, size := make([]liftoff.Reference, 0, len(records)), 0
	for _, each := range records {
		if each.isRejected() {
			rejected = append(rejected, each)
			continue
		}
		if len(references) > 0 && size+len(each.raw) > maxHandedOut {
			if !yield(references, nil) {
				return false
			}
			references, size = nil, 0
		}
		references, size = append(references, liftoff.Reference{ID: each.id, Raw: each.raw, Payload: each.payload}), size+len(each.raw)
	}
	if len(rejected) > 0 {
		c.logger.WarnContext(ctx, "Some references cannot be stored and are left out.",
			"kind", string(kind), "count", len(rejected), "error", rejected[0].detail)
	}
	return yield(references, nil)
}
