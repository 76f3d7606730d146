package telemetry

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxText is the longest text in bytes that a line shows whole, such as a stack. Whoever
// reads or ships a log cannot use a line of a megabyte.
const maxText = 8 << 10

// shorten cuts a text that is too long, between two runes, and says how much is missing.
func shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d more bytes)", text[:end], len(text)-end)
}

// isSafe reports whether a rune of the given width may appear in a line
// unescaped. Line breaks of every kind, controls, ESC, direction overrides and
// broken UTF-8 may not: with them a launch's name could forge a line or control
// a terminal.
func isSafe(r rune, width int) bool {
	return strconv.IsPrint(r) && (r != utf8.RuneError || width > 1)
}

// appendPlain appends text with every unsafe rune as its Go escape (a newline
// becomes \n).
func appendPlain(b []byte, text string) []byte {
	for i := 0; i < len(text); {
		r, width := utf8.DecodeRuneInString(text[i:])
		if isSafe(r, width) {
			b = append(b, text[i:i+width]...)
		} else {
			quoted := strconv.Quote(text[i : i+width])
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		i += width
	}
	return b
}

// appendWord appends text as one word: unquoted if its end is clear, quoted
// otherwise.
func appendWord(b []byte, text string) []byte {
	if isWord(text) {
		return append(b, text...)
	}
	return strconv.AppendQuote(b, text)
}

func isWord(text string) bool {
	if text == "" || strings.ContainsAny(text, ` ="`) {
		return false
	}
	for i := 0; i < len(text); {
		r, width := utf8.DecodeRuneInString(text[i:])
		if !isSafe(r, width) {
			return false
		}
		i += width
	}
	return true
}

// clean replaces each broken UTF-8 sequence by U+FFFD, because JSON cannot hold
// the bytes themselves.
func clean(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// appendJSONString appends text as a JSON string in which every unsafe rune
// is escaped, including those that JSON itself allows.
func appendJSONString(b []byte, text string) []byte {
	b = append(b, '"')
	for _, r := range clean(text) {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case strconv.IsPrint(r):
			b = utf8.AppendRune(b, r)
		default:
			b = appendUTF16Escapes(b, r)
		}
	}
	return append(b, '"')
}

// appendJSONFloat appends a number, or a string for NaN and the infinities,
// which JSON does not have.
func appendJSONFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return appendJSONString(b, strconv.FormatFloat(f, 'g', -1, 64))
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

// appendUTF16Escapes appends r as \uXXXX, twice for a rune beyond the first
// 65,536.
func appendUTF16Escapes(b []byte, r rune) []byte {
	for _, unit := range utf16.Encode([]rune{r}) {
		b = fmt.Appendf(b, `\u%04x`, unit)
	}
	return b
}
