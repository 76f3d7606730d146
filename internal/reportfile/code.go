package reportfile

import (
	"html/template"
	"strings"

	"liftoff/internal/plain"
	"liftoff/internal/report"
)

// eachSpan calls text and code for the parts of a text in which backticks stand around
// what a user types.
func eachSpan(marked string, text, code func(part string)) {
	parts := strings.Split(plain.Visible(marked), "`")
	if len(parts)%2 == 0 { // one has no end
		text(plain.Visible(marked))
		return
	}
	for i, part := range parts {
		switch {
		case part == "":
		case i%2 == 1:
			code(part)
		default:
			text(part)
		}
	}
}

// htmlWithCode returns a text for a page, with what a user types as code.
func htmlWithCode(marked string) template.HTML {
	var out strings.Builder
	eachSpan(marked, func(text string) { out.WriteString(template.HTMLEscapeString(text)) }, func(code string) {
		out.WriteString("<code>" + template.HTMLEscapeString(code) + "</code>")
	})
	return template.HTML(out.String()) //nolint:gosec // each part is escaped
}

// markdownWithCode returns a text for Markdown, with what a user types as code.
func markdownWithCode(marked string) string {
	var out strings.Builder
	eachSpan(marked, func(text string) { out.WriteString(report.MarkdownText(text)) }, func(code string) { out.WriteString("`" + code + "`") })
	return out.String()
}
