package replay

import (
	"slices"
	"sort"
)

// spans are runs of natural order, each [low, high) and not empty, ascending
// and apart.
type spans [][2]int

// narrow turns what a filter says of ordered fields and ids into a selection
// of the documents for which it holds, and returns the filter that remains.
func narrow(docs documents, f filter) (selection, filter) {
	found := everything(docs)
	var rest filter
	for _, each := range f.conditions {
		for _, part := range each.parts() {
			if some, ok := part.spans(docs); ok {
				found = found.intersect(some)
			} else {
				rest.conditions = append(rest.conditions, part)
			}
		}
	}
	for _, each := range f.groups {
		if some, ok := each.spans(docs); ok {
			found = found.intersect(some)
		} else {
			rest.groups = append(rest.groups, each)
		}
	}
	return found.selection(), rest
}

// spans returns the documents that pass a filter. It reports false when not
// all of the filter can be answered without looking at each document.
func (f filter) spans(docs documents) (spans, bool) {
	found := everything(docs)
	for _, each := range f.conditions {
		for _, part := range each.parts() {
			some, ok := part.spans(docs)
			if !ok {
				return nil, false
			}
			found = found.intersect(some)
		}
	}
	for _, each := range f.groups {
		some, ok := each.spans(docs)
		if !ok {
			return nil, false
		}
		found = found.intersect(some)
	}
	return found, true
}

// spans answers $or, in which readers of the API put what may have changed:
// launches of the last days, or upcoming, or new.
func (g group) spans(docs documents) (spans, bool) {
	if g.operator != "$or" {
		return nil, false
	}
	var found spans
	for _, each := range g.parts {
		some, ok := each.spans(docs)
		if !ok {
			return nil, false
		}
		found = append(found, some...)
	}
	return found.union(), true
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

func (c condition) spans(docs documents) (spans, bool) {
	if len(c.path) != 1 {
		return nil, false
	}
	switch test := c.test.(type) {
	case *comparison:
		if docs.IsOrdered(c.path[0]) {
			return test.spans(docs, c.path[0])
		}
	case several:
		if c.path[0] == "id" && test.any {
			return test.identified(docs)
		}
	}
	return nil, false
}

// identified looks up the documents of an $in of ids.
func (t several) identified(docs documents) (spans, bool) {
	found := make(spans, 0, len(t.tests))
	for _, each := range t.tests {
		equal, ok := each.(*comparison)
		if !ok || equal.operator != opEqual {
			return nil, false
		}
		id, ok := equal.operand.(string)
		if !ok {
			return nil, false
		}
		if position, known := docs.Find(id); known {
			found = append(found, [2]int{position, position + 1})
		}
	}
	return found.union(), true
}

// spans returns the documents that pass the comparison with a field that
// ascends over docs. It reports false when the operator or the operand's type
// does not allow that.
func (t *comparison) spans(docs documents, field string) (spans, bool) {
	if docs.Len() == 0 || !sameKind(fieldAt(docs, 0, field), t.operand) {
		return nil, false
	}
	// first returns the first position whose field compares with the operand
	// as at least the sign.
	first := func(sign int) int {
		return sort.Search(docs.Len(), func(position int) bool {
			return orderOf(fieldAt(docs, position, field), t.operand) >= sign
		})
	}
	low, high := 0, docs.Len()
	switch t.operator {
	case opEqual:
		low, high = first(0), first(1)
	case opGreater:
		low = first(1)
	case opGreaterEqual:
		low = first(0)
	case opLess:
		high = first(0)
	case opLessEqual:
		high = first(1)
	default:
		return nil, false
	}
	return spanOf(low, high), true
}

func fieldAt(docs documents, position int, field string) any {
	return newFieldReader(docs, []string{field}).at(position)[field]
}

func everything(docs documents) spans { return spanOf(0, docs.Len()) }

func spanOf(low, high int) spans {
	if low >= high {
		return nil
	}
	return spans{{low, high}}
}

// intersect returns what is in both.
func (s spans) intersect(other spans) spans {
	var both spans
	for len(s) > 0 && len(other) > 0 {
		both = append(both, spanOf(max(s[0][0], other[0][0]), min(s[0][1], other[0][1]))...)
		if s[0][1] < other[0][1] {
			s = s[1:]
		} else {
			other = other[1:]
		}
	}
	return both
}

// union puts spans in any order, which may overlap, in order.
func (s spans) union() spans {
	slices.SortFunc(s, func(a, b [2]int) int { return a[0] - b[0] })
	var all spans
	for _, each := range s {
		if last := len(all) - 1; last >= 0 && each[0] <= all[last][1] {
			all[last][1] = max(all[last][1], each[1])
		} else {
			all = append(all, each)
		}
	}
	return all
}

// selection is a run where that is enough, and else lists the positions.
func (s spans) selection() selection {
	switch len(s) {
	case 0:
		return selection{}
	case 1:
		return selection{low: s[0][0], high: s[0][1]}
	}
	found := selection{explicit: true}
	for _, each := range s {
		for position := each[0]; position < each[1]; position++ {
			found.positions = append(found.positions, int32(position))
		}
	}
	return found
}
