package replay

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// The operators of a filter.
const (
	opAnd          = "$and"
	opOr           = "$or"
	opEqual        = "$eq"
	opGreater      = "$gt"
	opGreaterEqual = "$gte"
	opLess         = "$lt"
	opLessEqual    = "$lte"
	opIn           = "$in"
)

// filter is a MongoDB filter: a group of filters, or a comparison of a
// top-level field. $in is an $or of equalities.
type filter struct {
	operator string
	// parts are those of $and and $or. An $and has no $and among its parts.
	parts []filter
	// field and operand are those of a comparison.
	field   string
	operand any
}

// allOf returns the filter for what all parts hold for; without parts, for
// everything.
func allOf(parts ...filter) filter {
	all := filter{operator: opAnd}
	for _, part := range parts {
		if part.operator == opAnd {
			all.parts = append(all.parts, part.parts...)
		} else {
			all.parts = append(all.parts, part)
		}
	}
	return all
}

func equals(field string, operand any) filter {
	return filter{operator: opEqual, field: field, operand: operand}
}

// matches reports whether the filter holds for the document at the position.
func (f filter) matches(docs documents, position int) bool {
	switch f.operator {
	case opAnd:
		return !slices.ContainsFunc(f.parts, func(part filter) bool { return !part.matches(docs, position) })
	case opOr:
		return slices.ContainsFunc(f.parts, func(part filter) bool { return part.matches(docs, position) })
	}
	value := docs.Field(position, f.field)
	// An array passes if one of its elements does.
	list, _ := value.([]any)
	return f.holds(value) || slices.ContainsFunc(list, f.holds)
}

// holds reports whether a comparison holds for a value.
func (f filter) holds(value any) bool {
	operand := castLike(f.operand, value)
	if f.operator == opEqual {
		return reflect.DeepEqual(value, operand)
	}
	// Other comparisons hold only between values of one type, as in MongoDB.
	if !sameKind(value, operand) {
		return false
	}
	sign := orderOf(value, operand)
	switch f.operator {
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

// maxDepth bounds how deeply filters may nest.
const maxDepth = 32

// parseFilter reads a filter that was decoded from JSON; null is everything.
// The result is an $and. The error is a refusal.
func parseFilter(value any, depth int) (filter, error) {
	if depth > maxDepth {
		return filter{}, badRequest("the filter is nested more than %d levels deep", maxDepth)
	}
	if value == nil {
		return allOf(), nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return filter{}, badRequest("a filter must be an object")
	}
	var parts []filter
	for _, name := range slices.Sorted(maps.Keys(object)) {
		part, err := parseMember(name, object[name], depth)
		if err != nil {
			return filter{}, err
		}
		parts = append(parts, part)
	}
	return allOf(parts...), nil
}

func parseMember(name string, value any, depth int) (filter, error) {
	switch {
	case name == opAnd || name == opOr:
		return parseGroup(name, value, depth)
	case strings.HasPrefix(name, "$"):
		return filter{}, badRequest("unknown top level operator: %s; the replay serves $and and $or", name)
	case strings.Contains(name, "."):
		return filter{}, badRequest("cannot filter by %q: the replay serves top-level fields only", name)
	}
	object, _ := value.(map[string]any)
	for operator := range object {
		if strings.HasPrefix(operator, "$") {
			return parseOperators(fieldNamed(name), object)
		}
	}
	return equals(fieldNamed(name), value), nil
}

// fieldNamed returns the field that a name means; _id is the database's name
// for id.
func fieldNamed(name string) string {
	if name == "_id" {
		return "id"
	}
	return name
}

func parseGroup(operator string, value any, depth int) (filter, error) {
	list, _ := value.([]any)
	if len(list) == 0 {
		return filter{}, badRequest("%s must be a nonempty array", operator)
	}
	parts := make([]filter, len(list))
	for i, each := range list {
		if _, ok := each.(map[string]any); !ok {
			return filter{}, badRequest("the entries of %s must be objects", operator)
		}
		var err error
		if parts[i], err = parseFilter(each, depth+1); err != nil {
			return filter{}, err
		}
	}
	if operator == opAnd {
		return allOf(parts...), nil
	}
	return filter{operator: opOr, parts: parts}, nil
}

// parseOperators reads the operators that one field is compared with.
func parseOperators(field string, operators map[string]any) (filter, error) {
	var parts []filter
	for _, operator := range slices.Sorted(maps.Keys(operators)) {
		operand := operators[operator]
		switch operator {
		case opEqual:
		case opGreater, opGreaterEqual, opLess, opLessEqual:
			if operand == nil || !isPlain(operand) {
				return filter{}, badRequest("%s needs a text, a number or a boolean", operator)
			}
		case opIn:
			list, ok := operand.([]any)
			if !ok {
				return filter{}, badRequest("$in needs an array")
			}
			some := filter{operator: opOr}
			for _, each := range list {
				some.parts = append(some.parts, equals(field, each))
			}
			parts = append(parts, some)
			continue
		default:
			return filter{}, badRequest("Can't use %s: the replay serves $eq, $gt, $gte, $lt, $lte and $in", operator)
		}
		parts = append(parts, filter{operator: operator, field: field, operand: operand})
	}
	return allOf(parts...), nil
}
