package replay

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// parseOrder reads the option sort: an object of fields and directions, or a
// string of fields in which a minus means descending. Its error is a refusal.
func parseOrder(raw jsontext.Value) (order, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	switch raw.Kind() {
	case 'n':
		return nil, nil
	case '"':
		return parseOrderText(raw)
	case '{':
		return parseOrderObject(raw)
	default:
		return nil, badRequest("Invalid sort() argument. Must be a string, object, or array.")
	}
}

func parseOrderText(raw jsontext.Value) (order, error) {
	value, err := decodeValue(raw)
	if err != nil {
		return nil, err
	}
	var by order
	text, _ := value.(string)
	for name := range strings.FieldsSeq(text) {
		field, descending := strings.CutPrefix(name, "-")
		by = append(by, sortKey{pathOf(field), descending})
	}
	return by, nil
}

func parseOrderObject(raw jsontext.Value) (order, error) {
	fields, err := members(raw)
	if err != nil {
		return nil, err
	}
	by := make(order, len(fields))
	for i, field := range fields {
		value, err := decodeValue(field.value)
		if err != nil {
			return nil, err
		}
		descending, ok := parseDirection(value)
		if !ok {
			return nil, badRequest("Invalid sort value: {%s: %s }", field.name, field.value)
		}
		by[i] = sortKey{pathOf(field.name), descending}
	}
	return by, nil
}

func parseDirection(value any) (descending, ok bool) {
	if text, isText := value.(string); isText {
		value = strings.ToLower(text)
	}
	switch value {
	case "asc", "ascending", "1", 1.0:
		return false, true
	case "desc", "descending", "-1", -1.0:
		return true, true
	default:
		return false, false
	}
}
