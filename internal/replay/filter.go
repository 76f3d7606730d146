package replay

import (
	"slices"
	"strings"
)

// filter is a MongoDB filter: all of its conditions and all of its groups
// must hold. The zero filter passes everything.
type filter struct {
	conditions []condition
	groups     []group
}

// condition is a test of one field.
type condition struct {
	path []string
	test test
}

// group combines filters with $and, $or or $nor.
type group struct {
	operator string
	parts    []filter
}

// test judges the field that a path leads to in a document.
type test interface {
	passes(doc any, path []string) bool
}

func (f filter) isEmpty() bool { return len(f.conditions) == 0 && len(f.groups) == 0 }

// matches reports whether a document, decoded to maps, passes the filter.
func (f filter) matches(doc any) bool {
	for _, each := range f.conditions {
		if !each.test.passes(doc, each.path) {
			return false
		}
	}
	for _, each := range f.groups {
		if !each.matches(doc) {
			return false
		}
	}
	return true
}

func (g group) matches(doc any) bool {
	holds := func(part filter) bool { return part.matches(doc) }
	switch g.operator {
	case "$or":
		return slices.ContainsFunc(g.parts, holds)
	case "$nor":
		return !slices.ContainsFunc(g.parts, holds)
	default:
		return !slices.ContainsFunc(g.parts, func(part filter) bool { return !part.matches(doc) })
	}
}

// fields returns the top-level names that the filter looks at.
func (f filter) fields() []string {
	var names []string
	for _, each := range f.conditions {
		names = append(names, each.path[0])
	}
	for _, each := range f.groups {
		for _, part := range each.parts {
			names = append(names, part.fields()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// pathOf splits a dotted path; _id is the database's name for id.
func pathOf(name string) []string {
	path := strings.Split(name, ".")
	if path[0] == "_id" {
		path[0] = "id"
	}
	return path
}

// The operators of a comparison.
const (
	opEqual        = "$eq"
	opGreater      = "$gt"
	opGreaterEqual = "$gte"
	opLess         = "$lt"
	opLessEqual    = "$lte"
)

// comparison tests a value, or any element of an array, against an operand.
type comparison struct {
	operator string
	operand  any
}

func (t *comparison) passes(doc any, path []string) bool {
	return slices.ContainsFunc(leaves(doc, path, false), t.holdsFor)
}

// holdsFor judges one leaf.
func (t *comparison) holdsFor(value any) bool {
	if t.holds(value) {
		return true
	}
	list, ok := value.([]any)
	return ok && slices.ContainsFunc(list, t.holds)
}

func (t *comparison) holds(value any) bool {
	operand := castLike(t.operand, value)
	if t.operator == opEqual {
		return sameKind(value, operand) && orderOf(value, operand) == 0
	}
	// Other comparisons hold only between values of one type, as in MongoDB.
	if !sameKind(value, operand) {
		return false
	}
	sign := orderOf(value, operand)
	switch t.operator {
	case opGreater:
		return sign > 0
	case opGreaterEqual:
		return sign >= 0
	case opLess:
		return sign < 0
	default:
		return sign <= 0
	}
}

// negation is $ne, $nin and $not.
type negation struct{ test test }

func (t negation) passes(doc any, path []string) bool { return !t.test.passes(doc, path) }

// several is the tests of one field: all must pass, or with any, one.
type several struct {
	tests []test
	any   bool
}

func (t several) passes(doc any, path []string) bool {
	return t.any == slices.ContainsFunc(t.tests, func(each test) bool { return each.passes(doc, path) == t.any })
}

// existence is $exists.
type existence struct{ wanted bool }

func (t existence) passes(doc any, path []string) bool {
	exists := slices.ContainsFunc(leaves(doc, path, false), func(value any) bool { return value != any(missing{}) })
	return exists == t.wanted
}

// pattern is $regex.
type pattern struct{ matches func(text string) bool }

func (t pattern) passes(doc any, path []string) bool {
	return slices.ContainsFunc(leaves(doc, path, false), func(value any) bool {
		if list, ok := value.([]any); ok {
			return slices.ContainsFunc(list, t.holds)
		}
		return t.holds(value)
	})
}

func (t pattern) holds(value any) bool {
	text, ok := value.(string)
	return ok && t.matches(text)
}

// length is $size.
type length struct{ want float64 }

func (t length) passes(doc any, path []string) bool {
	return slices.ContainsFunc(leaves(doc, path, false), func(value any) bool {
		list, ok := value.([]any)
		return ok && float64(len(list)) == t.want
	})
}

// element is $elemMatch: one element of an array passes a whole filter, or
// with values, tests of the element itself.
type element struct {
	filter filter
	values test
}

func (t element) passes(doc any, path []string) bool {
	return slices.ContainsFunc(leaves(doc, path, false), func(value any) bool {
		list, ok := value.([]any)
		return ok && slices.ContainsFunc(list, t.holds)
	})
}

func (t element) holds(value any) bool {
	if t.values != nil {
		return t.values.passes(value, nil)
	}
	_, isObject := value.(map[string]any)
	return isObject && t.filter.matches(value)
}
