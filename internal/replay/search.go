package replay

import (
	"context"
	"slices"
	"sort"
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
// Conditions on ordered fields cost a binary search, all others a scan that
// keeps 4 bytes a document found (and the sort keys, if the order is not the
// natural one).
func (c *collection) search(ctx context.Context, f filter, by order) (selection, error) {
	found, rest := narrow(c.docs, f)
	if !rest.isEmpty() {
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
	fields := f.fields()
	var scratch []byte
	for rank := range within.len() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		position := within.at(rank)
		scratch = docs.Doc(position, scratch[:0])
		if f.matches(decodeFields(scratch, fields)) {
			found = append(found, int32(position))
		}
	}
	return found, nil
}

// narrow turns the conditions on ordered fields into a run of natural order
// and returns the filter that remains.
func narrow(docs documents, f filter) (selection, filter) {
	run := rangeOf(docs.Len())
	rest := filter{groups: f.groups}
	for _, each := range f.conditions {
		for _, part := range each.parts() {
			limits, ok := part.test.(*comparison)
			if !ok || len(part.path) != 1 || !docs.IsOrdered(part.path[0]) || !limits.bound(docs, part.path[0], &run) {
				rest.conditions = append(rest.conditions, part)
			}
		}
	}
	// Conditions may contradict one another.
	run.high = max(run.low, run.high)
	return run, rest
}

// parts returns conditions that together say the same, such as the two ends
// of {"$gte": a, "$lt": b}.
func (c condition) parts() []condition {
	all, ok := c.test.(several)
	if !ok || all.any {
		return []condition{c}
	}
	parts := make([]condition, len(all.tests))
	for i, each := range all.tests {
		parts[i] = condition{c.path, each}
	}
	return parts
}

// bound narrows the run to the documents that pass the comparison with a
// field that ascends over docs. It reports false, and leaves the run alone,
// when the operator or the operand's type does not allow that.
func (t *comparison) bound(docs documents, field string, run *selection) bool {
	if docs.Len() == 0 || !sameKind(fieldAt(docs, 0, field), t.operand) {
		return false
	}
	// first returns the first position whose field compares with the operand
	// as at least the sign.
	first := func(sign int) int {
		return sort.Search(docs.Len(), func(position int) bool {
			return orderOf(fieldAt(docs, position, field), t.operand) >= sign
		})
	}
	switch t.operator {
	case opEqual:
		run.low, run.high = max(run.low, first(0)), min(run.high, first(1))
	case opGreater:
		run.low = max(run.low, first(1))
	case opGreaterEqual:
		run.low = max(run.low, first(0))
	case opLess:
		run.high = min(run.high, first(0))
	case opLessEqual:
		run.high = min(run.high, first(1))
	default:
		return false
	}
	return true
}

func fieldAt(docs documents, position int, field string) any {
	doc := decodeFields(docs.Doc(position, nil), []string{field})
	return doc[field]
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
	var scratch []byte
	for rank := range rows {
		if err := ctx.Err(); err != nil {
			return selection{}, err
		}
		scratch = docs.Doc(found.at(rank), scratch[:0])
		rows[rank] = keyed{o.keysOf(decodeFields(scratch, fields)), int32(found.at(rank))}
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
