// Package plain is about text as people see it: what is hidden in it, and how wide
// it is on a terminal.
package plain

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
	if IsVisible(text) {
		return text
	}
	var out strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, rest[0])
		case IsHidden(r):
			out.WriteString(escapeRune(r))
		default:
			out.WriteRune(r)
		}
		rest = rest[size:]
	}
	return out.String()
}

// IsVisible reports whether text can be printed unchanged.
func IsVisible(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, IsHidden)
}

// IsHidden reports whether r has an effect other than being visible.
func IsHidden(r rune) bool {
	if r >= ' ' && r < 0x7f {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
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
