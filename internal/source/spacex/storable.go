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

// maxDocument is how long a document may be: as the API sends it, and as
// PostgreSQL writes it, which has no exponents. Real ones have 4 KB; of a few
// bytes like 1e131071 each, others would become texts that nothing can read.
const maxDocument = 4 << 20

// checkStorable returns a recordError when JSONB cannot hold a document, which
// is valid JSON without lone surrogates.
func checkStorable(raw []byte, noun string) error {
	if len(raw) <= maxScale && !bytes.Contains(raw, []byte(`\u0000`)) && !hasExponent(raw) {
		return nil // Nearly all documents end here, which is much faster than to read each value.
	}
	decoder := newDecoder(raw, lenient)
	length := len(raw)
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
		if value.Kind() == jsontext.KindString {
			if holdsNUL(value) {
				return rejected(liftoff.NotStorable, `the %s holds \u0000 at %s, which the database cannot store`, noun, fetch.Place(decoder.StackPointer()))
			}
			continue
		}
		digits, ok := unfold(string(value))
		if !ok {
			return rejected(liftoff.NotStorable, "the %s holds the number %s at %s, which the database cannot store",
				noun, fetch.OneLine(string(value), 40), fetch.Place(decoder.StackPointer()))
		}
		if length += max(0, digits-len(value)); length > maxDocument {
			return rejected(liftoff.NotStorable, "the %s is longer than %d MiB once its numbers are written without exponents",
				noun, maxDocument>>20)
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

// unfold returns how long a JSON number is without an exponent, as NUMERIC
// writes it, and whether it is within NUMERIC's range.
func unfold(number string) (length int, ok bool) {
	mantissa, power := strings.TrimPrefix(number, "-"), 0
	if at := strings.IndexAny(mantissa, "eE"); at >= 0 {
		var err error
		power, err = strconv.Atoi(mantissa[at+1:])
		if err != nil || power > maxExponent || power < -maxExponent {
			return 0, false
		}
		mantissa = mantissa[:at]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	scale := max(0, len(fraction)-power)
	if scale > maxScale {
		return 0, false
	}
	digits := whole + fraction
	leadingZeros := len(digits) - len(strings.TrimLeft(digits, "0"))
	wholeDigits := 1
	if leadingZeros < len(digits) { // else it is 0, whatever the power
		wholeDigits = max(1, len(whole)-leadingZeros+power)
	}
	return len("-.") + wholeDigits + scale, wholeDigits <= maxPower+1
}
