package report

import (
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// WriteValue prints a value that is not a table as indented JSON. As in all JSON
// of this package, text from the data cannot control a terminal.
func WriteValue(w io.Writer, value any) error {
	text, err := json.Marshal(value, jsontext.WithIndent("  "), moments())
	if err == nil {
		_, err = w.Write(append(safeJSON(text), '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the report as %s: %w", FormatJSON, err)
	}
	return nil
}

// moments makes the times of a value JSON in the same form as those of tables.
func moments() json.Options {
	return json.WithMarshalers(json.MarshalToFunc(func(out *jsontext.Encoder, at time.Time) error {
		return out.WriteToken(jsontext.String(table.Exact(at)))
	}))
}

// safeJSON returns JSON whose hidden characters are escapes: JSON allows some
// unescaped that control a terminal, and a program reads the escapes as the same
// text. Apart from line ends they only occur inside strings.
func safeJSON(text []byte) []byte {
	safe := make([]byte, 0, len(text)+1)
	for _, r := range string(text) {
		if plain.IsHidden(r) && r != '\n' {
			safe = fmt.Appendf(safe, `\u%04x`, r)
		} else {
			safe = utf8.AppendRune(safe, r)
		}
	}
	return safe
}
