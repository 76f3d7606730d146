package replay

import (
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds how deeply filters, populates and selects may nest.
const maxDepth = 32

// parseFilter reads a MongoDB filter. Its error is a refusal with the text
// that Mongoose or MongoDB would give.
func parseFilter(raw jsontext.Value, depth int) (filter, error) {
	if depth > maxDepth {
		return filter{}, badRequest("exceeded depth limit of %d in the filter", maxDepth)
	}
	if len(raw) == 0 || raw.Kind() == 'n' {
		return filter{}, nil
	}
	if raw.Kind() != '{' {
		return filter{}, badRequest(`Parameter "filter" to find() must be an object, got %s`, raw)
	}
	var f filter
	fields, err := members(raw)
	if err != nil {
		return filter{}, err
	}
	for _, field := range fields {
		if err := f.add(field, depth); err != nil {
			return filter{}, err
		}
	}
	return f, nil
}

// add adds one member of a filter object.
func (f *filter) add(field member, depth int) error {
	switch field.name {
	case "$and", "$or", "$nor":
		parts, err := parseParts(field, depth)
		if err != nil {
			return err
		}
		f.groups = append(f.groups, group{field.name, parts})
		return nil
	case "$comment":
		return nil
	}
	if strings.HasPrefix(field.name, "$") {
		return unknownTopLevel(field.name)
	}
	found, err := parseTest(field.value, depth)
	if err != nil {
		return err
	}
	f.conditions = append(f.conditions, condition{pathOf(field.name), found})
	return nil
}

func unknownTopLevel(name string) error {
	if name == "$text" {
		return badRequest("text index required for $text query")
	}
	return badRequest("unknown top level operator: %s", name)
}

func parseParts(field member, depth int) ([]filter, error) {
	if field.value.Kind() != '[' {
		return nil, badRequest("%s must be an array", field.name)
	}
	raws, err := elements(field.value)
	if err != nil {
		return nil, err
	}
	if len(raws) == 0 {
		return nil, badRequest("$and/$or/$nor must be a nonempty array")
	}
	parts := make([]filter, len(raws))
	for i, raw := range raws {
		if raw.Kind() != '{' {
			return nil, badRequest("$or/$and/$nor entries need to be full objects")
		}
		if parts[i], err = parseFilter(raw, depth+1); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// parseTest reads what a field is compared with: an object of operators, or
// a value that the field must equal.
func parseTest(raw jsontext.Value, depth int) (test, error) {
	if depth > maxDepth {
		return nil, badRequest("exceeded depth limit of %d in the filter", maxDepth)
	}
	if raw.Kind() == '{' {
		operators, err := members(raw)
		if err != nil {
			return nil, err
		}
		// An object whose first name is no operator is a value, even when
		// operators are hidden deeper in it.
		if len(operators) > 0 && strings.HasPrefix(operators[0].name, "$") {
			return parseOperators(operators, depth)
		}
	}
	return newComparison(opEqual, raw)
}

func newComparison(operator string, raw jsontext.Value) (*comparison, error) {
	operand, err := decodeValue(raw)
	if err != nil {
		return nil, err
	}
	return &comparison{operator, operand}, nil
}

func parseOperators(operators []member, depth int) (test, error) {
	var tests []test
	for _, each := range operators {
		if each.name == "$options" {
			continue
		}
		found, err := parseOperator(each, operators, depth)
		if err != nil {
			return nil, err
		}
		tests = append(tests, found)
	}
	switch len(tests) {
	case 0:
		return nil, badRequest("$options needs a $regex")
	case 1:
		return tests[0], nil
	default:
		return several{tests: tests}, nil
	}
}

func parseOperator(operator member, siblings []member, depth int) (test, error) {
	switch operator.name {
	case opEqual, opGreater, opGreaterEqual, opLess, opLessEqual:
		return newComparison(operator.name, operator.value)
	case "$ne":
		equal, err := newComparison(opEqual, operator.value)
		return negation{equal}, err
	case "$in", "$nin", "$all":
		return parseList(operator)
	case "$exists":
		wanted, err := decodeValue(operator.value)
		return existence{isTruthy(wanted)}, err
	case "$size":
		return parseSize(operator.value)
	case "$regex":
		return parsePattern(operator.value, siblings)
	case "$not":
		return parseNot(operator.value, depth)
	case "$elemMatch":
		return parseElement(operator.value, depth)
	default:
		return nil, badRequest("Can't use %s", operator.name)
	}
}

func isTruthy(value any) bool {
	switch value := value.(type) {
	case nil:
		return false
	case bool:
		return value
	case float64:
		return value != 0
	case string:
		return value != "" && value != "false" && value != "0"
	default:
		return true
	}
}

func parseList(operator member) (test, error) {
	if operator.value.Kind() != '[' {
		return nil, badRequest("%s needs an array", operator.name)
	}
	raws, err := elements(operator.value)
	if err != nil {
		return nil, err
	}
	tests := make([]test, len(raws))
	for i, raw := range raws {
		if tests[i], err = newComparison(opEqual, raw); err != nil {
			return nil, err
		}
	}
	switch operator.name {
	case "$all":
		// An empty $all matches nothing.
		if len(tests) == 0 {
			return several{any: true}, nil
		}
		return several{tests: tests}, nil
	case "$nin":
		return negation{several{tests: tests, any: true}}, nil
	default:
		return several{tests: tests, any: true}, nil
	}
}

func parseSize(raw jsontext.Value) (test, error) {
	value, err := decodeValue(raw)
	if err != nil {
		return nil, err
	}
	size, ok := value.(float64)
	if !ok || size < 0 || size != float64(int64(size)) {
		return nil, badRequest("Failed to parse $size. Expected a non-negative integer in: $size: %s", raw)
	}
	return length{size}, nil
}

func parsePattern(raw jsontext.Value, siblings []member) (test, error) {
	source, err := decodeValue(raw)
	if err != nil {
		return nil, err
	}
	text, ok := source.(string)
	if !ok {
		return nil, badRequest("$regex has to be a string")
	}
	flags := ""
	for _, each := range siblings {
		if each.name == "$options" {
			if flags, err = parseFlags(each.value); err != nil {
				return nil, err
			}
		}
	}
	compiled, err := regexp.Compile(flags + text)
	if err != nil {
		return nil, badRequest("Regular expression is invalid: %v", err)
	}
	return pattern{compiled.MatchString}, nil
}

func parseFlags(raw jsontext.Value) (string, error) {
	options, err := decodeValue(raw)
	if err != nil {
		return "", err
	}
	text, ok := options.(string)
	if !ok {
		return "", badRequest("$options has to be a string")
	}
	if strings.Trim(text, "ims") != "" {
		return "", badRequest("invalid flag in regex options: %s", text)
	}
	if text == "" {
		return "", nil
	}
	return "(?" + text + ")", nil
}

func parseNot(raw jsontext.Value, depth int) (test, error) {
	if raw.Kind() != '{' {
		return nil, badRequest("$not needs a regex or a document")
	}
	operators, err := members(raw)
	if err != nil {
		return nil, err
	}
	if len(operators) == 0 || !strings.HasPrefix(operators[0].name, "$") {
		return nil, badRequest("$not needs a regex or a document")
	}
	inner, err := parseTest(raw, depth+1)
	return negation{inner}, err
}

func parseElement(raw jsontext.Value, depth int) (test, error) {
	if raw.Kind() != '{' {
		return nil, badRequest("$elemMatch needs an Object")
	}
	fields, err := members(raw)
	if err != nil {
		return nil, err
	}
	if len(fields) > 0 && strings.HasPrefix(fields[0].name, "$") && !isGroup(fields[0].name) {
		values, err := parseTest(raw, depth+1)
		return element{values: values}, err
	}
	inner, err := parseFilter(raw, depth+1)
	return element{filter: inner}, err
}

func isGroup(name string) bool { return name == "$and" || name == "$or" || name == "$nor" }

func decodeValue(raw jsontext.Value) (any, error) {
	var value any
	if err := json.Unmarshal(raw, &value, lenient()); err != nil {
		return nil, badRequest("%v", err)
	}
	return value, nil
}
