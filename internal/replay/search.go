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

func (s selection) len() int {
	if s.explicit {
		return len(s.positions)
	}
	return s.high - s.low
}

// at returns the position of the document with the rank.
func (s selection) at(rank int) int {
	if s.descending {
		rank = s.len() - 1 - rank
	}
	if s.explicit {
		return int(s.positions[rank])
	}
	return s.low + rank
}

// order is the field to sort by; without one it is natural order.
type order struct {
	field      string
	descending bool
}

// search finds the documents that pass the filter, in the order asked for.
// What spans cannot answer costs a scan that keeps 4 bytes a document found,
// and an order that is not the natural one keeps the sort keys.
func search(ctx context.Context, docs documents, f filter, by order) (selection, error) {
	within := spanOf(0, docs.Len())
	var rest []filter
	for _, part := range f.parts {
		if some, ok := part.spans(docs); ok {
			within = within.intersect(some)
		} else {
			rest = append(rest, part)
		}
	}
	found := within.selection()
	if len(rest) > 0 && found.len() > 0 {
		var err error
		if found, err = scan(ctx, docs, found, allOf(rest...)); err != nil {
			return selection{}, err
		}
	}
	if by.field == "" || docs.IsOrdered(by.field) {
		found.descending = by.descending
		return found, nil
	}
	return by.sort(ctx, docs, found)
}

func scan(ctx context.Context, docs documents, within selection, f filter) (selection, error) {
	found := selection{explicit: true}
	for rank := range within.len() {
		if err := ctx.Err(); err != nil {
			return selection{}, err
		}
		if position := within.at(rank); f.matches(docs, position) {
			found.positions = append(found.positions, int32(position))
		}
	}
	return found, nil
}

// sort returns the selection in the order; ties keep natural order. The error
// is a refusal where a document has an object or an array in the field.
func (o order) sort(ctx context.Context, docs documents, found selection) (selection, error) {
	type keyed struct {
		key      any
		position int32
	}
	rows := make([]keyed, found.len())
	for rank := range rows {
		if err := ctx.Err(); err != nil {
			return selection{}, err
		}
		position := found.at(rank)
		rows[rank] = keyed{docs.Field(position, o.field), int32(position)}
		if !isPlain(rows[rank].key) {
			return selection{}, badRequest("cannot sort by %q: it is an object or an array", o.field)
		}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int {
		if o.descending {
			return orderOf(b.key, a.key)
		}
		return orderOf(a.key, b.key)
	})
	sorted := selection{explicit: true, positions: make([]int32, len(rows))}
	for rank, row := range rows {
		sorted.positions[rank] = row.position
	}
	return sorted, nil
}
