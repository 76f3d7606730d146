package analytics

import (
	"fmt"
	"strings"
)

// codeOf returns a statement without the contents of quotes and comments, so
// that a search finds only what an engine would act on: blanks take their
// place, so that all other characters stay where they were. A quote or comment
// that does not end is an error with its line.
func codeOf(statement string) (string, error) {
	code := []byte(statement)
	for at := 0; at < len(code); {
		open, end := opening(statement[at:])
		if open == "" {
			at++
			continue
		}
		inside := at + len(open)
		length := strings.Index(statement[inside:], end)
		if length < 0 {
			// A line comment may end with the text.
			if end != "\n" {
				return "", atLine(lineOf(statement, at), "a quote or a comment that begins with %s does not end", open)
			}
			length = len(code) - inside - len(end)
		}
		after := inside + length + len(end)
		if open == end {
			blank(code[inside : inside+length])
		} else {
			blank(code[at:after])
		}
		at = after
	}
	return string(code), nil
}

// blank replaces all but line breaks.
func blank(text []byte) {
	for i := range text {
		if text[i] != '\n' {
			text[i] = ' '
		}
	}
}

// opening returns the mark of a quote or comment that text begins with and
// the mark that ends it; both are empty if there is none.
func opening(text string) (open, end string) {
	switch {
	case strings.HasPrefix(text, "--"):
		return "--", "\n"
	case strings.HasPrefix(text, "/*"):
		return "/*", "*/"
	case text[0] == '\'', text[0] == '"':
		return text[:1], text[:1]
	default:
		return "", ""
	}
}

// lineOf returns the line of a place in text, counted from 1.
func lineOf(text string, place int) int { return 1 + strings.Count(text[:place], "\n") }

// lineError is what is wrong with a line of a text, counted from 1.
type lineError struct {
	line int
	err  error
}

func (e lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.err) }

func (e lineError) Unwrap() error { return e.err }

// atLine returns the error of a line.
func atLine(line int, format string, args ...any) error {
	return lineError{line, fmt.Errorf(format, args...)}
}

// below returns the error of a text whose first line is the given one of a
// file.
func below(line int, err error) error {
	if inner, ok := err.(lineError); ok { //nolint:errorlint // never wrapped here
		return lineError{inner.line + line - 1, inner.err}
	}
	return err
}
