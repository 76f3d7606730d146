package replay

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one name and value of a JSON object, the value byte for byte.
type member struct {
	name  string
	value jsontext.Value
}

// members returns an object's members in order. Their values share memory
// with raw. Its error is a refusal.
func members(raw jsontext.Value) ([]member, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient())
	if _, err := decoder.ReadToken(); err != nil {
		return nil, badRequest("%v", err)
	}
	var found []member
	for decoder.PeekKind() == '"' {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil, badRequest("%v", err)
		}
		name := token.String()
		start := decoder.InputOffset()
		if err := decoder.SkipValue(); err != nil {
			return nil, badRequest("%v", err)
		}
		found = append(found, member{name, valueBetween(raw, start, decoder.InputOffset())})
	}
	return found, nil
}

// elements returns an array's elements, which share memory with raw. Its
// error is a refusal.
func elements(raw jsontext.Value) ([]jsontext.Value, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient())
	if _, err := decoder.ReadToken(); err != nil {
		return nil, badRequest("%v", err)
	}
	var found []jsontext.Value
	for kind := decoder.PeekKind(); kind != ']' && kind != jsontext.KindInvalid; kind = decoder.PeekKind() {
		start := decoder.InputOffset()
		if err := decoder.SkipValue(); err != nil {
			return nil, badRequest("%v", err)
		}
		found = append(found, valueBetween(raw, start, decoder.InputOffset()))
	}
	return found, nil
}

// valueBetween cuts a value out of raw. What the decoder skipped before the
// value (a colon or comma, spaces) is not part of it.
func valueBetween(raw []byte, start, end int64) jsontext.Value {
	return bytes.TrimLeft(raw[start:end], ":, \t\r\n")
}

// appendObject appends an object with the members.
func appendObject(dst []byte, object []member) []byte {
	dst = append(dst, '{')
	for i, each := range object {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, each.name)
		dst = append(append(dst, ':'), each.value...)
	}
	return append(dst, '}')
}

// appendArray appends an array with the elements.
func appendArray(dst []byte, list []jsontext.Value) []byte {
	dst = append(dst, '[')
	for i, each := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, each...)
	}
	return append(dst, ']')
}

// appendText appends a JSON string.
func appendText(dst []byte, text string) []byte {
	// The only error is for invalid UTF-8, which is replaced.
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
