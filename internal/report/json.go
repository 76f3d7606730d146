package report

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// writeJSON prints one array with an object for each table. Each column and
// each row is one line; a row's members are in the order of the columns.
// Numbers are exact, moments are RFC 3339 in UTC. NULL is null, and so are
// the floats that JSON cannot represent (not a number, infinite).
func writeJSON(out *printer, tables []table.Table) error {
	line := newJSONLine()
	out.print("[")
	for i, t := range tables {
		out.print(separator(i) + "\n  {\n")
		if err := writeJSONTable(out, line, t); err != nil {
			return fmt.Errorf("table %q: %w", t.Name, err)
		}
		out.print("  }")
	}
	if len(tables) > 0 {
		out.print("\n")
	}
	out.print("]\n")
	return nil
}

// writeJSONTable prints the members of one table's object.
func writeJSONTable(out *printer, line *jsonLine, t table.Table) error {
	heads := []struct {
		name  string
		value any
	}{
		{"name", t.Name},
		{"title", t.Title},
		{"description", t.Description},
		{"is_simulated", t.HasSimulated()},
	}
	for _, head := range heads {
		text, err := line.of([]any{head.value}, nil)
		if err != nil {
			return err
		}
		out.print("    ", quoted(head.name), string(text), ",\n")
	}
	columnKeys := []string{"name", "type", "is_simulated"}
	columns := make([][]any, len(t.Columns))
	names := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		columns[i] = []any{column.Name, string(column.Type), column.IsSimulated}
		names[i] = column.Name
	}
	if err := writeJSONList(out, line, jsonList{"columns", columnKeys, columns}); err != nil {
		return err
	}
	out.print(",\n")
	if err := writeJSONList(out, line, jsonList{"rows", names, t.Rows}); err != nil {
		return err
	}
	out.print("\n")
	return nil
}

// jsonList is a member that is a list of objects with the same keys.
type jsonList struct {
	name string
	keys []string
	rows [][]any
}

// writeJSONList prints a list with one object a line.
func writeJSONList(out *printer, line *jsonLine, list jsonList) error {
	out.print("    ", quoted(list.name), "[")
	for i, row := range list.rows {
		text, err := line.of(row, list.keys)
		if err != nil {
			return err
		}
		out.print(separator(i), "\n      ", string(text))
	}
	if len(list.rows) > 0 {
		out.print("\n    ")
	}
	out.print("]")
	return nil
}

// quoted returns a member's name, which needs no escapes, as JSON.
func quoted(name string) string { return `"` + name + `": ` }

// separator goes before the i-th element of a list.
func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// jsonLine encodes one value or one object at a time and reuses its memory.
type jsonLine struct {
	buffer  *bytes.Buffer
	encoder *jsontext.Encoder
}

// newJSONLine returns an encoder of lines.
func newJSONLine() *jsonLine {
	buffer := &bytes.Buffer{}
	return &jsonLine{buffer: buffer, encoder: jsontext.NewEncoder(buffer)}
}

// of encodes the values as an object with the given keys, or as a single
// value without keys. What it returns is valid until the next call. Two equal
// keys are an error.
func (l *jsonLine) of(values []any, keys []string) ([]byte, error) {
	l.buffer.Reset()
	l.encoder.Reset(l.buffer, jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	if len(keys) == 0 {
		err := l.encoder.WriteToken(jsonToken(values[0]))
		return l.bytes(), err
	}
	if err := l.encoder.WriteToken(jsontext.BeginObject); err != nil {
		return nil, err
	}
	for i, value := range values {
		if err := l.encoder.WriteToken(jsonToken(keys[i])); err != nil {
			return nil, err
		}
		if err := l.encoder.WriteToken(jsonToken(value)); err != nil {
			return nil, err
		}
	}
	err := l.encoder.WriteToken(jsontext.EndObject)
	return l.bytes(), err
}

// bytes returns what was encoded.
func (l *jsonLine) bytes() []byte {
	line := bytes.TrimSpace(l.buffer.Bytes())
	if !bytes.ContainsFunc(line, plain.IsHidden) {
		return line
	}
	return safeJSON(line)
}

// jsonToken returns a value as JSON. Bytes that are not UTF-8 become the
// replacement character, since JSON cannot represent them.
func jsonToken(value any) jsontext.Token {
	switch v := value.(type) {
	case nil:
		return jsontext.Null
	case int64:
		return jsontext.Int(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return jsontext.Null
		}
		return jsontext.Float(v)
	case bool:
		return jsontext.Bool(v)
	case time.Time:
		return jsontext.String(v.UTC().Format(table.ExactMoment))
	default:
		return jsontext.String(strings.ToValidUTF8(table.Exact(v), "\uFFFD"))
	}
}
