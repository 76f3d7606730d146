package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns text that cannot control a terminal or hide anything: control
// characters, line separators, marks that change the writing direction, and
// bytes that are not UTF-8 are shown as escapes such as \n or \x1b.
func Visible(text string) string {
	if isVisible(text) {
		return text
	}
	var out strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, rest[0])
		case isHidden(r):
			out.WriteString(escapeRune(r))
		default:
			out.WriteRune(r)
		}
		rest = rest[size:]
	}
	return out.String()
}

// isVisible reports whether text can be printed unchanged.
func isVisible(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, isHidden)
}

// isHidden reports whether r has an effect other than being visible.
func isHidden(r rune) bool {
	if r >= ' ' && r < 0x7f {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

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

// escapeRune spells r as Go would in a quoted string.
func escapeRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// CSVText returns text that a spreadsheet reads as text: a text that would begin
// a formula gets a leading apostrophe. Control characters other than tab and
// line feed are shown as escapes, since CSV files are often printed too.
func CSVText(text string) string {
	prefix := ""
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		prefix = "'"
	}
	if isVisible(text) {
		return prefix + text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = Visible(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return prefix + strings.Join(lines, "\n")
}

// markdownText returns text that renders as itself inside a Markdown table.
func markdownText(text string) string {
	text = Visible(text)
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
