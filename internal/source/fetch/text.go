package fetch

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

const (
	// MaxReason and maxSnippet are lengths in characters: of an error's
	// reason, and of what is shown of somebody else's text.
	MaxReason  = 300
	maxSnippet = 200
)

var titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// OneLine returns text on one line and at most limit characters long: white
// space becomes single spaces, and what a terminal might obey or cannot show
// is escaped.
func OneLine(text string, limit int) string {
	var line strings.Builder
	length := 0
	for _, r := range strings.Join(strings.Fields(text), " ") {
		if length == limit {
			return line.String() + "…"
		}
		length++
		if unicode.IsPrint(r) {
			line.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		line.WriteString(quoted[1 : len(quoted)-1])
	}
	return line.String()
}

// htmlTitle returns the title of a page as `, a page titled "..."`, or that
// it has none.
func htmlTitle(page string) string {
	match := titlePattern.FindStringSubmatch(page)
	if match == nil {
		return ", an HTML page without a title"
	}
	title := OneLine(html.UnescapeString(match[1]), maxSnippet)
	return `, an HTML page titled "` + title + `"`
}
