package postgres

import (
	"encoding/hex"
	"strings"
)

// textArrayOf returns texts in the form in which PostgreSQL reads a parameter of type
// TEXT[]; nil stands for NULL. pgx does the same by reflection, which took a tenth of
// the program's CPU time in a first run.
func textArrayOf(length int, text func(i int) *string) string {
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

// textArray does this for a list without NULL.
func textArray(texts []string) string {
	return textArrayOf(len(texts), func(i int) *string { return &texts[i] })
}

// byteaArray does this for a parameter of type BYTEA[].
func byteaArray(values [][]byte) string {
	return textArrayOf(len(values), func(i int) *string {
		text := `\x` + hex.EncodeToString(values[i])
		return &text
	})
}
