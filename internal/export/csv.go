package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// csvLines writes CSV with a header line. NULL is an empty field.
type csvLines struct {
	out    *csv.Writer
	fields fields
	record []string
	text   func(string) string
}

// newCSV returns an encoder for the launch that the fields point to.
func newCSV(out io.Writer, f fields, text func(string) string) (*csvLines, error) {
	c := &csvLines{out: csv.NewWriter(out), fields: f, record: make([]string, len(f.names)), text: text}
	if c.text == nil {
		c.text = func(text string) string { return text }
	}
	return c, c.out.Write(f.names)
}

func (c *csvLines) write(*document) error {
	for i, value := range c.fields.values {
		field, err := c.field(value)
		if err != nil {
			return fmt.Errorf("column %s: %w", c.fields.names[i], err)
		}
		c.record[i] = field
	}
	return c.out.Write(c.record)
}

func (c *csvLines) finish() error {
	c.out.Flush()
	return c.out.Error()
}

// field returns what a pointer to a launch's field points to.
func (c *csvLines) field(value any) (string, error) {
	switch v := value.(type) {
	case *string:
		return c.text(*v), nil
	case **string:
		return orEmpty(*v, c.text), nil
	case **int32:
		return orEmpty(*v, func(n int32) string { return strconv.FormatInt(int64(n), 10) }), nil
	case **float64:
		return orEmpty(*v, func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }), nil
	case **bool:
		return orEmpty(*v, strconv.FormatBool), nil
	case **time.Time:
		return orEmpty(*v, func(t time.Time) string { return t.Format(moment) }), nil
	case *[]byte:
		// JSON needs no escaping for spreadsheets: it never begins a formula.
		return string(*v), nil
	default:
		return "", fmt.Errorf("no CSV for a %T", value)
	}
}

// orEmpty formats a value; "" stands for NULL.
func orEmpty[T any](value *T, format func(T) string) string {
	if value == nil {
		return ""
	}
	return format(*value)
}
