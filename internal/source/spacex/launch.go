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
	"liftoff/internal/source/fetch"
)

const (
	// launchNoun is what messages call a document of the collection launches.
	launchNoun = "launch"
	// payloadNoun is the same for payloads.
	payloadNoun = "payload"
	// maxIDBytes is far above the 24 hexadecimal digits of a real id.
	maxIDBytes = 128
	// maxPayloads keeps 6,000 kg for each payload within PostgreSQL's INTEGER.
	maxPayloads = math.MaxInt32 / 6_000
)

// DecodeLaunch returns the launch in raw, one JSON object with nothing but
// white space around it. It reads only id, a string of 1 to 128 bytes without
// control characters and slashes, payloads, an array or null or absent, and upcoming;
// everything else may be missing, unknown or of any type, and is kept: Raw is a copy of
// the object, byte for byte.
//
// It refuses, as a liftoff.Source error that names the place, JSON that is
// ambiguous (duplicate names, invalid UTF-8), that PostgreSQL's JSONB cannot hold
// (\u0000, lone surrogates, numbers out of its range), or that is longer than
// 4 MiB, as it is or once its numbers are written without exponents.
func DecodeLaunch(raw []byte) (liftoff.Launch, error) {
	raw = bytes.Clone(bytes.Trim(raw, " \t\r\n"))
	decoded, err := decodeDocument(raw, launchNoun)
	if err != nil {
		return liftoff.Launch{}, liftoff.NewError(liftoff.Source, err, "see what the API sent; `liftoff quarantine` keeps such records")
	}
	return decoded.from(raw, "", nil).launch(), nil
}

// recordError is why one record cannot be stored.
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

// rejectedRecord returns the record for bytes that err refuses.
func rejectedRecord(raw []byte, url string, err error) record {
	reason := liftoff.InvalidJSON
	if known, ok := errors.AsType[*recordError](err); ok {
		reason = known.reason
	}
	return record{reason: reason, detail: fetch.OneLine(err.Error(), fetch.MaxReason), url: url, raw: raw}
}

// decodeDocument decodes the one document in raw, and checks that JSONB can
// hold it. Each error is a recordError.
func decodeDocument(raw []byte, noun string) (record, error) {
	if err := checkLength(raw, noun); err != nil {
		return record{}, err
	}
	decoder := newDecoder(raw, strict)
	decoded, err := readDocument(decoder, noun)
	if err == nil {
		err = fetch.ExpectEnd(decoder)
	}
	if err == nil {
		err = checkStorable(raw, noun)
	}
	if _, isKnown := errors.AsType[*recordError](err); err != nil && !isKnown {
		err = rejected(liftoff.InvalidJSON, "the %s is not valid JSON: %s", noun, fetch.SyntaxReason(err))
	}
	return decoded, err
}

// checkLength returns a recordError for a document that is too long.
func checkLength(raw []byte, noun string) error {
	if len(raw) <= maxDocument {
		return nil
	}
	return rejected(liftoff.NotStorable, "the %s is %d bytes long, more than %d MiB", noun, len(raw), maxDocument>>20)
}

// readDocument reads the decoder's next value, all of it unless it is not valid
// JSON. The error is a recordError, or one of reading.
func readDocument(decoder *jsontext.Decoder, noun string) (record, error) {
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return record{}, skipRejected(decoder, rejected(liftoff.NotAnObject, "the %s is %s, not an object", noun, kindName(kind)))
	}
	r := documentReader{decoder: decoder, noun: noun, seen: newContract()}
	switch noun {
	case launchNoun:
		r.fields = &fieldReader{}
	case payloadNoun:
		r.read.payload = &liftoff.PayloadFields{}
	}
	if err := eachMember(decoder, r.member); err != nil {
		return record{id: r.read.id}, err
	}
	if r.problem == nil && r.read.id == "" {
		r.problem = rejected(liftoff.MissingID, "the %s has no id", noun)
	}
	if noun == launchNoun {
		r.read.drift = r.seen.drift()
		r.read.fields = r.fields.result()
	}
	return r.read, r.problem
}

// documentReader reads the members of one document.
type documentReader struct {
	decoder *jsontext.Decoder
	noun    string
	read    record
	// seen is what a launch has of the contract.
	seen contract
	// fields reads what the view launches shows of a launch; nil for other documents.
	fields *fieldReader
	// problem is the first reason why the document cannot be stored.
	problem error
}

// member reads the value of the member of a name. What makes the document
// unfit is kept in problem, so that the rest of it is read all the same.
func (r *documentReader) member(name []byte) (err error) {
	isLaunch := r.noun == launchNoun
	if isLaunch {
		kind := r.decoder.PeekKind()
		r.seen.note(name, byte(kind))
		r.read.isUpcoming = r.read.isUpcoming || (kind == jsontext.KindTrue && string(name) == "upcoming")
	}
	switch {
	case string(name) == "id":
		r.read.id, err = r.readID()
	case string(name) == "payloads" && isLaunch:
		r.read.payloadCount, err = r.countPayloads()
	case isLaunch:
		return r.fields.member(r.decoder, name)
	case r.noun == payloadNoun:
		err = r.readPayloadMember(name)
	default:
		return r.decoder.SkipValue()
	}
	if _, isKnown := errors.AsType[*recordError](err); !isKnown {
		return err
	}
	if r.problem == nil {
		r.problem = err
	}
	return nil
}

// skipRejected reads over the decoder's next value and returns why it is
// rejected, or the error of reading.
func skipRejected(decoder *jsontext.Decoder, why error) error {
	if err := decoder.SkipValue(); err != nil {
		return err
	}
	return why
}

// eachMember reads an object and calls member for each name in it; member
// must read the value and not keep the name. It reads all of the object unless
// there is an error.
func eachMember(decoder *jsontext.Decoder, member func(name []byte) error) error {
	if _, err := decoder.ReadToken(); err != nil {
		return err
	}
	for decoder.PeekKind() != jsontext.KindEndObject {
		name, err := readString(decoder)
		if err == nil {
			err = member(name)
		}
		if err != nil {
			return err
		}
	}
	_, err := decoder.ReadToken()
	return err
}

// readString reads a string. The next reading overwrites it.
func readString(decoder *jsontext.Decoder) ([]byte, error) {
	value, err := decoder.ReadValue()
	if err != nil || bytes.IndexByte(value, '\\') < 0 {
		return unquoted(value), err
	}
	return jsontext.AppendUnquote(nil, value)
}

// unquoted returns what is within the quotes of a string without escapes.
func unquoted(value jsontext.Value) []byte {
	if len(value) < 2 {
		return nil
	}
	return value[1 : len(value)-1]
}

// readID reads and checks the value of id.
func (r *documentReader) readID() (string, error) {
	if kind := r.decoder.PeekKind(); kind != jsontext.KindString && kind != jsontext.KindInvalid {
		reason := liftoff.InvalidID
		if kind == jsontext.KindNull {
			reason = liftoff.MissingID
		}
		return "", skipRejected(r.decoder, rejected(reason, "the %s's id is %s, not a string", r.noun, kindName(kind)))
	}
	value, err := readString(r.decoder)
	id := string(value)
	switch {
	case err != nil:
		return "", err
	case id == "":
		return "", rejected(liftoff.MissingID, "the %s's id is empty", r.noun)
	case len(id) > maxIDBytes:
		return "", rejected(liftoff.InvalidID, "the %s's id is %d bytes long, more than %d", r.noun, len(id), maxIDBytes)
	case strings.ContainsFunc(id, unicode.IsControl):
		return "", rejected(liftoff.InvalidID, "the %s's id %s holds a control character", r.noun, fetch.OneLine(id, 40))
	case strings.ContainsAny(id, `/\`):
		// No id has one, and one that has could be taken for a path.
		return "", rejected(liftoff.InvalidID, "the %s's id %s holds a slash", r.noun, fetch.OneLine(id, 40))
	}
	return id, nil
}

// countPayloads reads the value of payloads and returns how many there are.
func (r *documentReader) countPayloads() (int, error) {
	switch kind := r.decoder.PeekKind(); kind {
	case jsontext.KindNull:
		return 0, r.decoder.SkipValue()
	case jsontext.KindBeginArray, jsontext.KindInvalid:
	default:
		return 0, skipRejected(r.decoder, rejected(liftoff.InvalidPayloads, "the %s's payloads is %s, not an array", r.noun, kindName(kind)))
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return 0, err
	}
	count := 0
	for ; r.decoder.PeekKind() != jsontext.KindEndArray; count++ {
		if err := r.fields.payload(r.decoder); err != nil {
			return 0, err
		}
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return 0, err
	}
	if count > maxPayloads {
		return 0, rejected(liftoff.InvalidPayloads, "the %s has more than %d payloads", r.noun, maxPayloads)
	}
	return count, nil
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
