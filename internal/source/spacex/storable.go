package spacex

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// The limits of PostgreSQL's NUMERIC, which holds the numbers inside JSONB:
// digits after the point, the power of ten of the leading digit, and the
// exponent that its reader takes at all.
const (
	maxScale    = 16_383
	maxPower    = 131_071
	maxExponent = 1<<30 - 2
)

// skipStorable reads over one value of any type and checks that JSONB can
// hold all of it.
func skipStorable(decoder *jsontext.Decoder) error {
	depth := decoder.StackDepth()
	for {
		if err := stepStorable(decoder); err != nil {
			return err
		}
		if decoder.StackDepth() <= depth {
			return nil
		}
	}
}

// stepStorable reads over one token and checks it.
func stepStorable(decoder *jsontext.Decoder) error {
	switch decoder.PeekKind() {
	case jsontext.KindString, jsontext.KindNumber:
		value, err := decoder.ReadValue()
		if err != nil {
			return err
		}
		return checkStorable(decoder, value)
	default:
		_, err := decoder.ReadToken()
		return err
	}
}

// checkStorable returns an error for a string or number that JSONB cannot
// hold; value is what decoder has just read. The decoder itself refuses lone
// surrogates.
func checkStorable(decoder *jsontext.Decoder, value jsontext.Value) error {
	switch {
	case value.Kind() == jsontext.KindString && holdsNUL(value):
		return rejected(liftoff.NotStorable, `the launch holds \u0000 at %s, which the database cannot store`, place(decoder.StackPointer()))
	case value.Kind() == jsontext.KindNumber && !isStorableNumber(string(value)):
		return rejected(liftoff.NotStorable, "the launch holds the number %s at %s, which the database cannot store",
			oneLine(string(value), 40), place(decoder.StackPointer()))
	}
	return nil
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
