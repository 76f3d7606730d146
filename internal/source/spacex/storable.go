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

// hasExponent reports whether a JSON text may have a number with an exponent: an
// e after digits that no letter or quote comes before.
func hasExponent(raw []byte) bool {
	for _, e := range []byte("eE") {
		for at, next := 0, bytes.IndexByte(raw, e); next >= 0; next = bytes.IndexByte(raw[at:], e) {
			at += next + 1
			number := at - 2
			for number >= 0 && (raw[number] >= '0' && raw[number] <= '9' || raw[number] == '.' || raw[number] == '-') {
				number--
			}
			if number < at-2 && number >= 0 && bytes.IndexByte([]byte(":,[ \t\r\n"), raw[number]) >= 0 {
				return true
			}
		}
	}
	return false
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
