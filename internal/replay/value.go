package replay

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// lenient accepts JSON that strict readers refuse: captures are served as they
// were received.
func lenient() jsontext.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// fieldOf returns the value of a document's top-level field; nil if it has
// none.
func fieldOf(doc []byte, name string) any {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(doc), lenient())
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return nil
	}
	for decoder.PeekKind() == '"' {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil
		}
		if token.String() == name {
			var value any
			_ = json.UnmarshalDecode(decoder, &value, lenient()) // nil for a broken value
			return value
		}
		if decoder.SkipValue() != nil {
			return nil
		}
	}
	return nil
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

// isPlain reports whether a value is neither an object nor an array.
func isPlain(value any) bool { return rankOf(value) != 3 && rankOf(value) != 4 }

// orderOf compares two plain values as a sort does: null first, then numbers,
// texts, booleans.
func orderOf(a, b any) int {
	switch left := a.(type) {
	case float64:
		if right, ok := b.(float64); ok {
			return cmp.Compare(left, right)
		}
	case string:
		if right, ok := b.(string); ok {
			return strings.Compare(left, right)
		}
	case bool:
		if right, ok := b.(bool); ok {
			return cmp.Compare(rankOfBool(left), rankOfBool(right))
		}
	}
	return cmp.Compare(rankOf(a), rankOf(b))
}

func rankOfBool(value bool) int {
	if value {
		return 1
	}
	return 0
}

// castLike turns the operand of a filter into the type of the document's
// value where the API's schema would do so: "5" for a number, 5 for a text,
// "true" for a boolean.
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
