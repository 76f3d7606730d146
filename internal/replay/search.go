package replay

import (
	"context"
	"slices"
)

// selection is the documents that a search found, in order: either a run of
// natural order, or explicit positions.
type selection struct {
	low, high  int
	descending bool
	positions  []int32
	explicit   bool
}

// rangeOf selects the first count documents.
func rangeOf(count int) selection { return selection{high: count} }

func (s selection) len() int {
	if s.explicit {
		return len(s.positions)
	}
	return s.high - s.low
}

// at returns the position of the document with the rank.
func (s selection) at(rank int) int {
	switch {
	case s.explicit && s.descending:
		return int(s.positions[len(s.positions)-1-rank])
	case s.explicit:
		return int(s.positions[rank])
	case s.descending:
		return s.high - 1 - rank
	default:
		return s.low + rank
	}
}

// search finds the documents that pass the filter, in the order asked for.
// Conditions on ordered fields and on ids cost a binary search or a look-up,
// all others a scan that keeps 4 bytes a document found (and the sort keys, if
// the order is not the natural one).
func (c *collection) search(ctx context.Context, f filter, by order) (selection, error) {
	found, rest := narrow(c.docs, f)
	if !rest.isEmpty() && found.len() > 0 {
		positions, err := scan(ctx, c.docs, found, rest)
		if err != nil {
			return selection{}, err
		}
		found = selection{positions: positions, explicit: true}
	}
	if by.isNatural(c.docs) {
		found.descending = len(by) > 0 && by[0].descending
		return found, nil
	}
	return by.sort(ctx, c.docs, found)
}

func scan(ctx context.Context, docs documents, within selection, f filter) ([]int32, error) {
	found := []int32{}
	fields := newFieldReader(docs, f.fields())
	for rank := range within.len() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		position := within.at(rank)
		if f.matches(fields.at(position)) {
			found = append(found, int32(position))
		}
	}
	return found, nil
}

// order is a list of sort keys, the first the most important.
type order []sortKey

type sortKey struct {
	path       []string
	descending bool
}

// isNatural reports whether natural order, or its reverse, is the order. A
// field that ascends with natural order, ties included, makes all fields
// after it that ascend as well redundant.
func (o order) isNatural(docs documents) bool {
	for _, key := range o {
		if len(key.path) != 1 || !docs.IsOrdered(key.path[0]) || key.descending != o[0].descending {
			return false
		}
	}
	return true
}

// sort returns the selection in the order; ties keep natural order.
func (o order) sort(ctx context.Context, docs documents, found selection) (selection, error) {
	type keyed struct {
		keys     []any
		position int32
	}
	fields := make([]string, len(o))
	for i, key := range o {
		fields[i] = key.path[0]
	}
	rows := make([]keyed, found.len())
	reader := newFieldReader(docs, fields)
	for rank := range rows {
		if err := ctx.Err(); err != nil {
			return selection{}, err
		}
		rows[rank] = keyed{o.keysOf(reader.at(found.at(rank))), int32(found.at(rank))}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int { return o.compare(a.keys, b.keys) })
	positions := make([]int32, len(rows))
	for rank, row := range rows {
		positions[rank] = row.position
	}
	return selection{positions: positions, explicit: true}, nil
}

func (o order) keysOf(doc map[string]any) []any {
	keys := make([]any, len(o))
	for i, key := range o {
		keys[i] = key.of(doc)
	}
	return keys
}

// of returns the value that a document is sorted by: of an array its least
// element, or its greatest when descending.
func (k sortKey) of(doc map[string]any) any {
	var best any
	for i, value := range leaves(doc, k.path, true) {
		if i == 0 || (orderOf(value, best) > 0) == k.descending {
			best = value
		}
	}
	return best
}

func (o order) compare(a, b []any) int {
	for i, key := range o {
		sign := orderOf(a[i], b[i])
		if key.descending {
			sign = -sign
		}
		if sign != 0 {
			return sign
		}
	}
	return 0
}
