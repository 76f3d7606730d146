package analytics

import (
	"errors"
	"strings"
)

// codeOf returns a statement without the contents of quotes and comments, so
// that a search finds only what an engine would act on. Each quoted part
// becomes its two quotes, each comment one space. A quote or comment that does
// not end is an error.
func codeOf(statement string) (string, error) {
	var code strings.Builder
	for rest := statement; rest != ""; {
		open, end := opening(rest)
		if open == "" {
			code.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		_, after, isClosed := strings.Cut(rest[len(open):], end)
		// A line comment may end with the text.
		if !isClosed && end != "\n" {
			return "", errors.New("a quote or a comment that begins with " + open + " does not end")
		}
		if open == end {
			code.WriteString(open + end)
		} else {
			code.WriteByte(' ')
		}
		rest = after
	}
	return code.String(), nil
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
