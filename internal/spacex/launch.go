package spacex

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

const (
	// maxIDBytes is far above the 24 hexadecimal digits of a real id.
	maxIDBytes = 128
	// maxPayloads keeps 6,000 kg for each payload within PostgreSQL's INTEGER.
	maxPayloads = math.MaxInt32 / 6_000
)

// DecodeLaunch returns the launch in raw, one JSON object with nothing but
// white space around it. It reads only id, a string of 1 to 128 bytes without
// control characters, and payloads, an array or null or absent; everything
// else may be missing, unknown or of any type, and is kept: Raw is a copy of
// the object, byte for byte.
//
// It refuses, as a liftoff.Source error that names the place, JSON that is
// ambiguous (duplicate names, invalid UTF-8) or that PostgreSQL's JSONB cannot
// hold (\u0000, lone surrogates, numbers out of its range).
func DecodeLaunch(raw []byte) (liftoff.Launch, error) {
	launch, err := decodeLaunch(raw)
	if err != nil {
		return liftoff.Launch{}, liftoff.NewError(liftoff.Source, err, contentHint)
	}
	return launch, nil
}

// decodeLaunch is DecodeLaunch with errors of no category.
func decodeLaunch(raw []byte) (liftoff.Launch, error) {
	raw = bytes.Trim(raw, " \t\r\n")
	decoder := jsontext.NewDecoder(bytes.NewReader(raw))
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return liftoff.Launch{}, fmt.Errorf("the launch is %s, not an object", kindName(kind))
	}
	launch, err := readLaunch(decoder)
	if err == nil {
		err = expectEnd(decoder)
	}
	if _, ok := errors.AsType[*jsontext.SyntacticError](err); ok || isEnd(err) {
		err = errors.New("the launch is not valid JSON: " + syntaxReason(err))
	}
	if err != nil {
		return liftoff.Launch{}, err
	}
	if launch.ID == "" {
		return liftoff.Launch{}, errors.New("the launch has no id")
	}
	launch.Raw = bytes.Clone(raw)
	return launch, nil
}

// readLaunch reads the object's members; the library refuses a second one of
// the same name.
func readLaunch(decoder *jsontext.Decoder) (liftoff.Launch, error) {
	var launch liftoff.Launch
	err := eachMember(decoder, func(name string) (err error) {
		switch name {
		case "id":
			launch.ID, err = readID(decoder)
		case "payloads":
			launch.PayloadCount, err = countPayloads(decoder)
		default:
			err = skipStorable(decoder)
		}
		return err
	})
	return launch, err
}

// eachMember reads an object and calls member for each name in it; member
// must read the value. It reads all of the object unless there is an error.
func eachMember(decoder *jsontext.Decoder, member func(name string) error) error {
	if _, err := decoder.ReadToken(); err != nil {
		return err
	}
	for decoder.PeekKind() != jsontext.KindEndObject {
		name, err := readName(decoder)
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := decoder.ReadToken()
	return err
}

// readName reads a member's name.
func readName(decoder *jsontext.Decoder) (string, error) {
	value, err := decoder.ReadValue()
	if err != nil {
		return "", err
	}
	if err := checkStorable(decoder, value); err != nil {
		return "", err
	}
	name, err := jsontext.AppendUnquote(nil, value)
	return string(name), err
}

// readID reads and checks the value of id.
func readID(decoder *jsontext.Decoder) (string, error) {
	if kind := decoder.PeekKind(); kind != jsontext.KindString && kind != jsontext.KindInvalid {
		return "", fmt.Errorf("the launch's id is %s, not a string", kindName(kind))
	}
	value, err := decoder.ReadValue()
	if err != nil {
		return "", err
	}
	id, err := jsontext.AppendUnquote(nil, value)
	switch {
	case err != nil:
		return "", err
	case len(id) == 0:
		return "", errors.New("the launch's id is empty")
	case len(id) > maxIDBytes:
		return "", fmt.Errorf("the launch's id is %d bytes long, more than %d", len(id), maxIDBytes)
	case strings.ContainsFunc(string(id), unicode.IsControl):
		return "", fmt.Errorf("the launch's id %s holds a control character", oneLine(string(id), 40))
	}
	return string(id), nil
}

// countPayloads reads the value of payloads and returns how many there are.
func countPayloads(decoder *jsontext.Decoder) (int, error) {
	switch kind := decoder.PeekKind(); kind {
	case jsontext.KindNull:
		return 0, decoder.SkipValue()
	case jsontext.KindBeginArray, jsontext.KindInvalid:
	default:
		return 0, fmt.Errorf("the launch's payloads is %s, not an array", kindName(kind))
	}
	if _, err := decoder.ReadToken(); err != nil {
		return 0, err
	}
	count := 0
	for ; decoder.PeekKind() != jsontext.KindEndArray; count++ {
		if count == maxPayloads {
			return 0, fmt.Errorf("the launch has more than %d payloads", maxPayloads)
		}
		if err := skipStorable(decoder); err != nil {
			return 0, err
		}
	}
	_, err := decoder.ReadToken()
	return count, err
}

// kindName returns a JSON type with its article, for messages.
func kindName(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "a boolean"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindBeginArray:
		return "an array"
	case jsontext.KindBeginObject:
		return "an object"
	default:
		return "no value"
	}
}
