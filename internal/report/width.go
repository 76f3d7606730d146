package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// displayWidth is the number of terminal columns that text takes. It does not
// depend on the user's locale.
func displayWidth(cell string) int {
	columns := 0
	for _, r := range cell {
		columns += runeWidth(r)
	}
	return columns
}

// runeWidth is 2 for the wide letters and pictures of East Asian scripts, 0
// for marks that combine with the letter before them, and 1 otherwise.
func runeWidth(r rune) int {
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

// pad fills text up with spaces on the right.
func pad(cell string, columns int) string {
	return cell + strings.Repeat(" ", max(0, columns-displayWidth(cell)))
}

// padLeft fills text up with spaces on the left.
func padLeft(cell string, columns int) string {
	return strings.Repeat(" ", max(0, columns-displayWidth(cell))) + cell
}
