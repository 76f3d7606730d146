package replay

import (
	"slices"
	"sort"
)

// spans are runs of natural order, each [low, high) and not empty, ascending
// and not touching.
type spans [][2]int

// spans returns the documents that pass the filter: by binary search for fields
// that ascend with natural order, and by look-up for ids. It returns false if each
// document would have to be read instead.
func (f filter) spans(docs documents) (spans, bool) {
	switch f.operator {
	case opAnd:
		found := spanOf(0, docs.Len())
		for _, part := range f.parts {
			some, ok := part.spans(docs)
			if !ok {
				return nil, false
			}
			found = found.intersect(some)
		}
		return found, true
	case opOr:
		var found spans
		for _, part := range f.parts {
			some, ok := part.spans(docs)
			if !ok {
				return nil, false
			}
			found = append(found, some...)
		}
		return found.union(), true
	}
	if id, ok := f.operand.(string); ok && f.operator == opEqual && f.field == "id" {
		position, found := docs.Find(id)
		if !found {
			return nil, true
		}
		return spanOf(position, position+1), true
	}
	if docs.Len() == 0 || !docs.IsOrdered(f.field) || !sameKind(docs.Field(0, f.field), f.operand) {
		return nil, false
	}
	return f.compare(docs), true
}

// compare returns the documents for which the comparison holds. Its field
// ascends over docs.
func (f filter) compare(docs documents) spans {
	// first returns the first position whose field is at least (0) or greater
	// than (1) the operand.
	first := func(sign int) int {
		return sort.Search(docs.Len(), func(position int) bool {
			return orderOf(docs.Field(position, f.field), f.operand) >= sign
		})
	}
	switch f.operator {
	case opGreater:
		return spanOf(first(1), docs.Len())
	case opGreaterEqual:
		return spanOf(first(0), docs.Len())
	case opLess:
		return spanOf(0, first(0))
	case opLessEqual:
		return spanOf(0, first(1))
	default:
		return spanOf(first(0), first(1))
	}
}

func spanOf(low, high int) spans {
	if low >= high {
		return nil
	}
	return spans{{low, high}}
}

// intersect returns the documents in both.
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

// union sorts and joins spans that may overlap.
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
