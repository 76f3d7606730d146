package plain

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Width is the number of terminal columns that text takes. It does not depend on
// the user's locale.
func Width(text string) int {
	columns := 0
	for _, r := range text {
		columns += RuneWidth(r)
	}
	return columns
}

// RuneWidth is 2 for the wide letters and pictures of East Asian scripts, 0
// for marks that combine with the letter before them, and 1 otherwise.
func RuneWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// Pad fills text up with spaces on the right.
func Pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-Width(text)))
}

// PadLeft fills text up with spaces on the left.
func PadLeft(text string, columns int) string {
	return strings.Repeat(" ", max(0, columns-Width(text))) + text
}

// Cut shortens text to a width in terminal columns and marks the cut with the
// ellipsis.
func Cut(text string, columns int, ellipsis string) string {
	if Width(text) <= columns {
		return text
	}
	room := columns - Width(ellipsis)
	for i, r := range text {
		room -= RuneWidth(r)
		if room < 0 {
			return text[:i] + ellipsis
		}
	}
	return text
}

// Wrap breaks text between words into lines of at most the given width; a
// longer word gets a line of its own.
func Wrap(text string, columns int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		if last >= 0 && Width(lines[last])+1+Width(word) <= columns {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
