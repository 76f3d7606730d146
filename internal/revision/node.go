package revision

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// maxValues is how many values a document may have. Each needs about a hundred
// bytes of memory; real launches have a hundred values.
const maxValues = 500_000

// kind is a type of JSON values.
type kind int

const (
	// absent is where there is no value at all.
	absent kind = iota
	null
	boolean
	number
	text
	array
	object
)

// node is a JSON value.
type node struct {
	kind kind
	// text is the value as it stands in the document; empty when absent.
	text string
	// value is what a scalar means: equal for equal content of the same kind.
	value    string
	elements []node
	members  map[string]node
}

// parse reads a document; an empty one is absent.
func parse(document []byte) (node, error) {
	if len(bytes.TrimSpace(document)) == 0 {
		return node{}, nil
	}
	p := &parser{document: string(document), decoder: jsontext.NewDecoder(bytes.NewReader(document))}
	root, err := p.next()
	if err != nil {
		return node{}, err
	}
	if _, err := p.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return node{}, fmt.Errorf("more than one JSON value, the second one ends at byte %d", p.decoder.InputOffset())
	}
	return root, nil
}

// parser reads a document once from its beginning to its end.
type parser struct {
	// document is what nested values take their texts from, without a copy.
	document string
	decoder  *jsontext.Decoder
	// values counts what was read.
	values int
}

// next reads one value.
func (p *parser) next() (node, error) {
	if p.values++; p.values > maxValues {
		return node{}, tooLarge("the document has more than %d values", maxValues)
	}
	switch p.decoder.PeekKind() {
	case '{', '[':
		return p.nextComposite()
	default:
		return p.nextScalar()
	}
}

func (p *parser) nextScalar() (node, error) {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return node{}, err
	}
	n := node{text: string(value)}
	switch value.Kind() {
	case '"':
		unquoted, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return node{}, err
		}
		n.kind, n.value = text, string(unquoted)
	case '0':
		n.kind, n.value = number, canonicalNumber(n.text)
	case 'n':
		n.kind = null
	default:
		n.kind, n.value = boolean, n.text
	}
	return n, nil
}

// nextComposite reads an array or an object.
func (p *parser) nextComposite() (node, error) {
	begin, err := p.decoder.ReadToken()
	if err != nil {
		return node{}, err
	}
	// The bracket is the last byte read.
	start := p.decoder.InputOffset() - 1
	var n node
	if begin.Kind() == '[' {
		n, err = p.elements()
	} else {
		n, err = p.members()
	}
	if err != nil {
		return node{}, err
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return node{}, err
	}
	n.text = p.document[start:p.decoder.InputOffset()]
	return n, nil
}

func (p *parser) elements() (node, error) {
	n := node{kind: array}
	for p.decoder.PeekKind() != ']' {
		element, err := p.next()
		if err != nil {
			return node{}, err
		}
		n.elements = append(n.elements, element)
	}
	return n, nil
}

func (p *parser) members() (node, error) {
	n := node{kind: object, members: map[string]node{}}
	for p.decoder.PeekKind() != '}' {
		name, err := p.decoder.ReadToken()
		if err != nil {
			return node{}, err
		}
		key := name.String() // before the next read, which reuses its memory
		if n.members[key], err = p.next(); err != nil {
			return node{}, err
		}
	}
	return n, nil
}

// tooLarge is the error for documents that would take too much memory.
func tooLarge(format string, args ...any) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf(format, args...),
		"look at single fields with `liftoff psql`, in raw_launches and launch_revisions, such as raw_data -> 'name'")
}
