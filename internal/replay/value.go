package replay

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// missing is the value of a field that a document does not have.
type missing struct{}

// lenient accepts what captures may hold: the replay serves documents, it
// does not judge them.
func lenient() jsontext.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// decodeFields returns the values of the named top-level fields that the
// document has; all others are skipped.
func decodeFields(doc []byte, names []string) map[string]any {
	fields := make(map[string]any, len(names))
	decoder := jsontext.NewDecoder(bytes.NewBuffer(doc), lenient())
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return fields
	}
	for len(fields) < len(names) && decoder.PeekKind() == '"' {
		name, err := decoder.ReadToken()
		if err != nil {
			break
		}
		if !slices.Contains(names, name.String()) {
			if decoder.SkipValue() != nil {
				break
			}
			continue
		}
		key := name.String()
		var value any
		if json.UnmarshalDecode(decoder, &value, lenient()) != nil {
			break
		}
		fields[key] = value
	}
	return fields
}

// leaves returns the values that a dotted path leads to. An array on the way
// stands for its elements; spread makes that so at the end as well. A field
// that is not there gives missing.
func leaves(value any, path []string, spread bool) []any {
	if len(path) == 0 {
		if list, ok := value.([]any); ok && spread {
			return list
		}
		return []any{value}
	}
	switch parent := value.(type) {
	case map[string]any:
		child, ok := parent[path[0]]
		if !ok {
			return []any{missing{}}
		}
		return leaves(child, path[1:], spread)
	case []any:
		return leavesOfList(parent, path, spread)
	default:
		return []any{missing{}}
	}
}

func leavesOfList(list []any, path []string, spread bool) []any {
	if index, err := strconv.Atoi(path[0]); err == nil {
		if index < 0 || index >= len(list) {
			return []any{missing{}}
		}
		return leaves(list[index], path[1:], spread)
	}
	var found []any
	for _, element := range list {
		if object, ok := element.(map[string]any); ok {
			found = append(found, leaves(object, path, spread)...)
		}
	}
	return found
}

// rankOf is the place of a value's type in MongoDB's order of types.
func rankOf(value any) int {
	switch value.(type) {
	case float64:
		return 1
	case string:
		return 2
	case map[string]any:
		return 3
	case []any:
		return 4
	case bool:
		return 5
	default:
		return 0
	}
}

// sameKind reports whether two values can be compared with one another.
func sameKind(a, b any) bool { return rankOf(a) == rankOf(b) }

// orderOf compares two values of any types, as a sort does: null and missing
// first, then numbers, strings, objects, arrays, booleans.
func orderOf(a, b any) int {
	if byType := cmp.Compare(rankOf(a), rankOf(b)); byType != 0 {
		return byType
	}
	// From here on both are of one type.
	switch left := a.(type) {
	case float64:
		right, _ := b.(float64)
		return cmp.Compare(left, right)
	case string:
		right, _ := b.(string)
		return strings.Compare(left, right)
	case bool:
		right, _ := b.(bool)
		return cmp.Compare(rankOfBool(left), rankOfBool(right))
	case []any:
		right, _ := b.([]any)
		return slices.CompareFunc(left, right, orderOf)
	case map[string]any:
		right, _ := b.(map[string]any)
		return orderOfObjects(left, right)
	default:
		return 0
	}
}

func rankOfBool(value bool) int {
	if value {
		return 1
	}
	return 0
}

// orderOfObjects compares by sorted names, then by values. The order of the
// names in the documents plays no part, unlike in MongoDB.
func orderOfObjects(a, b map[string]any) int {
	left, right := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))
	if byNames := slices.Compare(left, right); byNames != 0 {
		return byNames
	}
	for _, name := range left {
		if byValue := orderOf(a[name], b[name]); byValue != 0 {
			return byValue
		}
	}
	return 0
}

// castLike turns the operand of a filter into the type of the document's
// value where that is what the API's schema would do: "5" for a number, 5 for
// a text, "true" for a boolean.
func castLike(operand, value any) any {
	switch value.(type) {
	case float64:
		if text, ok := operand.(string); ok {
			if number, err := strconv.ParseFloat(text, 64); err == nil {
				return number
			}
		}
	case string:
		if number, ok := operand.(float64); ok {
			return strconv.FormatFloat(number, 'f', -1, 64)
		}
	case bool:
		switch operand {
		case "true", 1.0, "1":
			return true
		case "false", 0.0, "0":
			return false
		}
	}
	return operand
}
