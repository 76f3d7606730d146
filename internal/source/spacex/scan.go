package spacex

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// maxPlainNumber is the length up to which a number without an exponent is
// within JSONB's range, whatever its digits.
const maxPlainNumber = 1000

// scanLaunch reads what is needed of a document that is like nearly all are,
// several times faster than the decoder does. ok is false when the document
// has anything unusual about it; then only the decoder can tell. how is the
// strictness that the document was read with already.
func scanLaunch(raw []byte, how strictness) (launch liftoff.Launch, ok bool) {
	// The scanner relies on the document's form: valid JSON, without invalid
	// UTF-8 and duplicate names.
	if how == lenient && !jsontext.Value(raw).IsValid() || bytes.Contains(raw, []byte(`\u0000`)) {
		return liftoff.Launch{}, false
	}
	s := scanner{text: raw}
	if !s.take('{') {
		return liftoff.Launch{}, false
	}
	var seen contract
	for more := !s.take('}'); more; more = s.take(',') {
		name := s.plainString()
		if name == nil || !s.take(':') {
			return liftoff.Launch{}, false
		}
		switch string(name) {
		case "id":
			launch.ID = string(s.plainString())
		case "payloads":
			seen.note(string(name), s.peek())
			launch.PayloadCount = s.countElements()
		default:
			seen.note(string(name), s.peek())
			s.skipValue()
		}
		if s.isUnusual {
			return liftoff.Launch{}, false
		}
	}
	launch.Drift = seen.drift()
	return launch, isPlainID(launch.ID) && launch.PayloadCount <= maxPayloads
}

// isPlainID reports whether an id is one of those that need no closer look.
func isPlainID(id string) bool {
	if id == "" || len(id) > maxIDBytes {
		return false
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] >= 0x7f || id[i] == '/' || id[i] == '\\' {
			return false
		}
	}
	return true
}

// scanner goes through a valid JSON text without checking it again. What it
// cannot judge makes it unusual.
type scanner struct {
	text      []byte
	at        int
	isUnusual bool
}

// peek returns the first byte of the next value or delimiter.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return s.text[s.at]
		}
	}
	s.isUnusual = true
	return 0
}

// take goes over a delimiter and reports whether it is there.
func (s *scanner) take(delimiter byte) bool {
	if s.peek() != delimiter {
		return false
	}
	s.at++
	return true
}

// plainString reads a string without escapes; any other value is unusual.
func (s *scanner) plainString() []byte {
	if !s.take('"') {
		s.isUnusual = true
		return nil
	}
	length := bytes.IndexByte(s.text[s.at:], '"')
	if length < 0 || bytes.IndexByte(s.text[s.at:s.at+length], '\\') >= 0 {
		s.isUnusual = true
		return nil
	}
	value := s.text[s.at : s.at+length]
	s.at += length + 1
	return value
}

// countElements reads an array, or null, and returns the number of elements.
func (s *scanner) countElements() int {
	if s.peek() == 'n' {
		s.skipValue()
		return 0
	}
	if !s.take('[') {
		s.isUnusual = true
		return 0
	}
	if s.take(']') {
		return 0
	}
	count := 1
	for s.skipValue(); s.take(','); s.skipValue() {
		count++
	}
	if !s.take(']') {
		s.isUnusual = true
	}
	return count
}

// skipValue reads over one value, whatever is in it.
func (s *scanner) skipValue() {
	for depth := 0; !s.isUnusual; {
		switch s.peek() {
		case '"':
			s.skipString()
		case '{', '[':
			depth++
			s.at++
			continue
		case '}', ']':
			depth--
			s.at++
		case ',', ':':
			s.at++
			continue
		default:
			s.skipLiteral()
		}
		if depth <= 0 {
			return
		}
	}
}

// skipString reads over a string.
func (s *scanner) skipString() {
	s.at++
	for {
		length := bytes.IndexByte(s.text[s.at:], '"')
		if length < 0 {
			s.isUnusual = true
			return
		}
		end := s.at + length
		backslashes := 0
		for end-backslashes > s.at && s.text[end-backslashes-1] == '\\' {
			backslashes++
		}
		s.at = end + 1
		if backslashes%2 == 0 {
			return
		}
	}
}

// skipLiteral reads over a number, true, false or null. A number with an
// exponent or of great length may be out of the database's range.
func (s *scanner) skipLiteral() {
	start := s.at
	isWord := s.text[start] >= 'a'
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == ',' || c == '}' || c == ']' || c <= ' ':
			return
		case (c == 'e' || c == 'E') && !isWord, s.at-start > maxPlainNumber:
			s.isUnusual = true
			return
		}
		s.at++
	}
}
