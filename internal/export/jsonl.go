package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"time"
)

// outputBuffer is how much text is buffered before it is written.
const outputBuffer = 64 << 10

// jsonl writes one JSON object a line.
type jsonl struct {
	out     *bufio.Writer
	fields  fields
	line    bytes.Buffer
	encoder *json.Encoder
}

// newJSONL returns an encoder for the launch that the fields point to.
func newJSONL(out io.Writer, f fields) *jsonl {
	j := &jsonl{out: bufio.NewWriterSize(out, outputBuffer), fields: f}
	j.encoder = json.NewEncoder(&j.line)
	j.encoder.SetEscapeHTML(false) // it is not HTML, and people read it
	return j
}

func (j *jsonl) write(*document) error {
	j.line.Reset()
	for i, name := range j.fields.names {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		j.line.WriteByte(separator)
		if err := j.append(name); err != nil {
			return err
		}
		j.line.WriteByte(':')
		if err := j.appendField(j.fields.values[i]); err != nil {
			return err
		}
	}
	j.line.WriteString("}\n")
	_, err := j.out.Write(j.line.Bytes())
	return err
}

// appendField appends what a pointer to a launch's field points to.
func (j *jsonl) appendField(value any) error {
	switch v := value.(type) {
	case **time.Time:
		if *v == nil {
			return j.append(nil)
		}
		return j.append((*v).Format(moment))
	case *[]byte:
		// The database returns the document as one line of valid JSON, which is
		// not parsed again.
		if *v == nil {
			return j.append(nil)
		}
		_, err := j.line.Write(*v)
		return err
	default:
		return j.append(v)
	}
}

// append appends a value as JSON, without the line end of the encoder.
func (j *jsonl) append(value any) error {
	if err := j.encoder.Encode(value); err != nil {
		return err
	}
	j.line.Truncate(j.line.Len() - 1)
	return nil
}

func (j *jsonl) finish() error { return j.out.Flush() }
