package span

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// Attribute says something about a span.
type Attribute = attribute.KeyValue

// maxText is how many bytes of a text an attribute keeps.
const maxText = 255

// Text is an attribute with a text. It is shortened and escaped, since it may come from
// outside.
func Text(key, value string) Attribute { return attribute.String(key, value) }

// Count is an attribute with a number.
func Count[T int | int32 | int64](key string, value T) Attribute {
	return attribute.Int64(key, int64(value))
}

// Port is an attribute with the port of a server.
func Port(text string) Attribute {
	number, _ := strconv.Atoi(text) // 0 for one that is no number
	return Count("server.port", number)
}

// cleaned returns a copy with all texts fit to be shown. The copy also lets the caller's
// list stay off the heap, so that it costs nothing where nothing is traced.
func cleaned(attributes []Attribute) []Attribute {
	if len(attributes) == 0 {
		return nil
	}
	copied := make([]Attribute, len(attributes))
	for i, each := range attributes {
		if each.Value.Type() == attribute.STRING {
			each.Value = attribute.StringValue(clean(each.Value.AsString()))
		}
		copied[i] = each
	}
	return copied
}

// clean returns a text of bounded length without characters that a screen would obey.
// What is not UTF-8, which an exporter would refuse, becomes the replacement character.
func clean(text string) string {
	isHidden := func(r rune) bool { return !unicode.IsPrint(r) }
	if len(text) <= maxText && utf8.ValidString(text) && !strings.ContainsFunc(text, isHidden) {
		return text
	}
	const cut = "…"
	var kept strings.Builder
	for _, r := range text {
		shown := string(r)
		if isHidden(r) {
			quoted := strconv.QuoteRune(r)
			shown = quoted[1 : len(quoted)-1]
		}
		if kept.Len()+len(shown) > maxText-len(cut) {
			kept.WriteString(cut)
			break
		}
		kept.WriteString(shown)
	}
	return kept.String()
}
