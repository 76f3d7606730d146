package postgres

import (
	"encoding/hex"
	"strings"
)

// textArray returns texts in the form in which PostgreSQL reads a parameter of type
// TEXT[]; nil stands for NULL. The arrays of a batch are sent several times, and are
// made once: pgx would spend a tenth of a first run on them.
func textArray(length int, text func(i int) *string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range length {
		if i > 0 {
			b.WriteByte(',')
		}
		element := text(i)
		if element == nil {
			b.WriteString("NULL")
			continue
		}
		b.WriteByte('"')
		rest := *element
		for at := strings.IndexAny(rest, `"\`); at >= 0; at = strings.IndexAny(rest, `"\`) {
			b.WriteString(rest[:at])
			b.WriteByte('\\')
			b.WriteByte(rest[at])
			rest = rest[at+1:]
		}
		b.WriteString(rest)
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

// textsArray is textArray of texts none of which is NULL.
func textsArray(texts []string) string {
	return textArray(len(texts), func(i int) *string { return &texts[i] })
}

// bytesArray returns values as textArray does, for a parameter of type BYTEA[].
func bytesArray(values [][]byte) string {
	return textArray(len(values), func(i int) *string {
		text := `\x` + hex.EncodeToString(values[i])
		return &text
	})
}
