package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"liftoff/internal/plain"
)

// distinct returns text in which nothing looks like something else, as far as that
// can be told from a character alone: what is not drawn, or not in a place of its
// own, is shown as an escape. That is every space but the usual one, marks that
// combine with the letter before them, and characters of no width.
func distinct(text string) string {
	var out strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, rest[0])
		case isOdd(r) && r > 0xffff:
			fmt.Fprintf(&out, `\U%08x`, r)
		case isOdd(r):
			fmt.Fprintf(&out, `\u%04x`, r) // as JSON spells it
		default:
			out.WriteRune(r)
		}
		rest = rest[size:]
	}
	return out.String()
}

// brailleBlank is a picture of nothing.
const brailleBlank = '\u2800'

// isOdd reports whether r is not seen, or not as a character of its own.
func isOdd(r rune) bool {
	return !unicode.IsPrint(r) || unicode.IsMark(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == brailleBlank
}

// CSVText returns text that a spreadsheet reads as text: a text that would begin
// a formula gets a leading apostrophe. Control characters other than tab and
// line feed are shown as escapes, since CSV files are often printed too.
func CSVText(text string) string {
	prefix := ""
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		prefix = "'"
	}
	if plain.IsVisible(text) {
		return prefix + text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = plain.Visible(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return prefix + strings.Join(lines, "\n")
}

// markdownText returns text that renders as itself inside a Markdown table.
func markdownText(text string) string {
	text = plain.Visible(text)
	if !strings.ContainsAny(text, "\\|`*_~[]&<>") {
		return text
	}
	var out strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch r {
		case '\\', '|', '`', '*', '~', '[', ']':
			out.WriteRune('\\')
			out.WriteRune(r)
		case '_':
			if !isInWord(runes, i) {
				out.WriteRune('\\')
			}
			out.WriteRune(r)
		case '&':
			out.WriteString("&amp;")
		case '<':
			out.WriteString("&lt;")
		case '>':
			out.WriteString("&gt;")
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// isInWord reports whether the i-th rune is between two letters or digits.
// Markdown leaves an underscore there unchanged, and names of columns read
// better without a backslash.
func isInWord(text []rune, i int) bool {
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return i > 0 && i < len(text)-1 && isWord(text[i-1]) && isWord(text[i+1])
}
