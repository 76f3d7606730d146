package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
)

// outputBuffer is how much text is buffered before it is written.
const outputBuffer = 64 << 10

// jsonl writes one JSON object a line.
type jsonl struct {
	out     *bufio.Writer
	line    bytes.Buffer
	encoder *json.Encoder
	raw     bool
}

func newJSONL(out io.Writer, raw bool) *jsonl {
	j := &jsonl{out: bufio.NewWriterSize(out, outputBuffer), raw: raw}
	j.encoder = json.NewEncoder(&j.line)
	j.encoder.SetEscapeHTML(false) // it is not HTML, and people read it
	return j
}

func (j *jsonl) write(launch *document) error {
	j.line.Reset()
	if err := j.encoder.Encode(&launch.launch); err != nil {
		return err
	}
	if j.raw {
		j.appendDocument(launch.RawData)
	}
	_, err := j.out.Write(j.line.Bytes())
	return err
}

// appendDocument inserts the document, which the database returns as one line
// of valid JSON, before the end of the object, without parsing it again.
func (j *jsonl) appendDocument(document []byte) {
	if document == nil {
		document = []byte("null")
	}
	j.line.Truncate(j.line.Len() - len("}\n"))
	j.line.WriteString(`,"raw_data":`)
	j.line.Write(document)
	j.line.WriteString("}\n")
}

func (j *jsonl) finish() error { return j.out.Flush() }
