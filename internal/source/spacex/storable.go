package spacex

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/source/fetch"
)

// The limits of PostgreSQL's NUMERIC, which holds the numbers inside JSONB:
// digits after the point, the power of ten of the leading digit, and the
// exponent that its reader takes at all.
const (
	maxScale    = 16_383
	maxPower    = 131_071
	maxExponent = 1<<30 - 2
)

// checkStorable returns a recordError when JSONB cannot hold a document, which
// is valid JSON without lone surrogates.
func checkStorable(raw []byte, noun string) error {
	if len(raw) <= maxScale && !bytes.Contains(raw, []byte(`\u0000`)) && !hasExponent(raw) {
		return nil // Nearly all documents end here, which is much faster than to read each value.
	}
	decoder := newDecoder(raw, lenient)
	for depth := 1; depth > 0; depth = decoder.StackDepth() {
		if kind := decoder.PeekKind(); kind != jsontext.KindString && kind != jsontext.KindNumber {
			if _, err := decoder.ReadToken(); err != nil {
				return err
			}
			continue
		}
		value, err := decoder.ReadValue()
		if err != nil {
			return err
		}
		switch {
		case value.Kind() == jsontext.KindString && holdsNUL(value):
			return rejected(liftoff.NotStorable, `the %s holds \u0000 at %s, which the database cannot store`, noun, fetch.Place(decoder.StackPointer()))
		case value.Kind() == jsontext.KindNumber && !isStorableNumber(string(value)):
			return rejected(liftoff.NotStorable, "the %s holds the number %s at %s, which the database cannot store",
				noun, fetch.OneLine(string(value), 40), fetch.Place(decoder.StackPointer()))
		}
	}
	return nil
}

// hasExponent reports whether a JSON text has a number with an exponent: an e
// after a digit, outside of strings.
func hasExponent(raw []byte) bool {
	for i := 1; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i)
		case 'e', 'E':
			if raw[i-1] >= '0' && raw[i-1] <= '9' {
				return true
			}
		}
	}
	return false
}

// stringEnd returns where the string ends that begins at a place.
func stringEnd(raw []byte, start int) int {
	for end := start + 1; ; end++ {
		length := bytes.IndexByte(raw[end:], '"')
		if length < 0 {
			return len(raw)
		}
		end += length
		backslashes := 0
		for raw[end-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return end
		}
	}
}

// holdsNUL reports whether a JSON string has the escape \u0000. A backslash
// that is escaped itself does not begin one.
func holdsNUL(quoted []byte) bool {
	for {
		at := bytes.IndexByte(quoted, '\\')
		if at < 0 {
			return false
		}
		if bytes.HasPrefix(quoted[at+1:], []byte("u0000")) {
			return true
		}
		quoted = quoted[at+2:]
	}
}

// isStorableNumber reports whether a JSON number is within NUMERIC's range.
func isStorableNumber(number string) bool {
	mantissa, power := strings.TrimPrefix(number, "-"), 0
	if at := strings.IndexAny(mantissa, "eE"); at >= 0 {
		var err error
		power, err = strconv.Atoi(mantissa[at+1:])
		if err != nil || power > maxExponent || power < -maxExponent {
			return false
		}
		mantissa = mantissa[:at]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if len(fraction)-power > maxScale {
		return false
	}
	digits := whole + fraction
	leadingZeros := len(digits) - len(strings.TrimLeft(digits, "0"))
	if leadingZeros == len(digits) {
		return true
	}
	return len(whole)-1-leadingZeros+power <= maxPower
}
