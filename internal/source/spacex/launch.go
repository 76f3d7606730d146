package spacex

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
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
// control characters and slashes, and payloads, an array or null or absent; everything
// else may be missing, unknown or of any type, and is kept: Raw is a copy of
// the object, byte for byte.
//
// It refuses, as a liftoff.Source error that names the place, JSON that is
// ambiguous (duplicate names, invalid UTF-8) or that PostgreSQL's JSONB cannot
// hold (\u0000, lone surrogates, numbers out of its range).
func DecodeLaunch(raw []byte) (liftoff.Launch, error) {
	launch, err := decodeLaunch(bytes.Clone(raw), lenient)
	if err != nil {
		return liftoff.Launch{}, liftoff.NewError(liftoff.Source, err, contentHint)
	}
	return launch, nil
}

// recordError is why one record cannot be stored as a launch.
type recordError struct {
	reason liftoff.RejectReason
	text   string
}

// Error returns what is wrong, in one line.
func (e *recordError) Error() string { return e.text }

// rejected returns a recordError.
func rejected(reason liftoff.RejectReason, format string, args ...any) error {
	return &recordError{reason, fmt.Sprintf(format, args...)}
}

// decodeLaunch is DecodeLaunch without the copy, and with errors of no
// category: each is a recordError. how is the strictness that raw was read
// with already.
func decodeLaunch(raw []byte, how strictness) (liftoff.Launch, error) {
	raw = bytes.Trim(raw, " \t\r\n")
	launch, ok := scanLaunch(raw, how)
	if !ok {
		var err error
		if launch, err = decodeClosely(raw); err != nil {
			return liftoff.Launch{}, err
		}
	}
	launch.Raw = slices.Clip(raw)
	return launch, nil
}

// decodeClosely reads a document value by value. It is the authority on what
// is refused and why; scanLaunch only knows what needs no closer look.
func decodeClosely(raw []byte) (liftoff.Launch, error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(raw))
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return liftoff.Launch{}, rejected(liftoff.NotAnObject, "the launch is %s, not an object", kindName(kind))
	}
	launch, err := readLaunch(decoder)
	if err == nil {
		err = expectEnd(decoder)
	}
	if _, isKnown := errors.AsType[*recordError](err); err != nil && !isKnown {
		err = rejected(liftoff.InvalidJSON, "the launch is not valid JSON: %s", syntaxReason(err))
	}
	if err == nil && launch.ID == "" {
		err = rejected(liftoff.MissingID, "the launch has no id")
	}
	return launch, err
}

// readLaunch reads the object's members; the library refuses a second one of
// the same name.
func readLaunch(decoder *jsontext.Decoder) (liftoff.Launch, error) {
	var launch liftoff.Launch
	var seen contract
	err := eachMember(decoder, func(name string) (err error) {
		seen.note(name, firstByte(decoder.PeekKind()))
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
	launch.Drift = seen.drift()
	return launch, err
}

// firstByte returns a byte that a value of the kind may begin with.
func firstByte(kind jsontext.Kind) byte { return byte(kind) }

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
		reason := liftoff.InvalidID
		if kind == jsontext.KindNull {
			reason = liftoff.MissingID
		}
		return "", rejected(reason, "the launch's id is %s, not a string", kindName(kind))
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
		return "", rejected(liftoff.MissingID, "the launch's id is empty")
	case len(id) > maxIDBytes:
		return "", rejected(liftoff.InvalidID, "the launch's id is %d bytes long, more than %d", len(id), maxIDBytes)
	case strings.ContainsFunc(string(id), unicode.IsControl):
		return "", rejected(liftoff.InvalidID, "the launch's id %s holds a control character", oneLine(string(id), 40))
	case strings.ContainsAny(string(id), `/\`):
		// No id has one, and one that has could be taken for a path.
		return "", rejected(liftoff.InvalidID, "the launch's id %s holds a slash", oneLine(string(id), 40))
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
		return 0, rejected(liftoff.InvalidPayloads, "the launch's payloads is %s, not an array", kindName(kind))
	}
	if _, err := decoder.ReadToken(); err != nil {
		return 0, err
	}
	count := 0
	for ; decoder.PeekKind() != jsontext.KindEndArray; count++ {
		if count == maxPayloads {
			return 0, rejected(liftoff.InvalidPayloads, "the launch has more than %d payloads", maxPayloads)
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
