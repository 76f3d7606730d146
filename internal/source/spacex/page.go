package spacex

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// part is the part of a collection that one request asks for.
type part struct {
	collection    string
	filter        Filter
	offset, limit int
}

// page is one answer of the query route.
type page struct {
	total   int
	records []record
}

// record is one document of a page: a launch, or one that was rejected.
type record struct {
	launch   liftoff.Launch
	rejected *liftoff.RejectedRecord
	url      string
}

// id returns the record's id; "" when it has none that can be relied on.
func (r record) id() string { return r.launch.ID }

// raw returns the record's bytes.
func (r record) raw() []byte {
	if r.rejected != nil {
		return r.rejected.Body
	}
	return r.launch.Raw
}

// fetchPage fetches a part, documents in ascending order of id. Ids grow with
// the time of creation and never change, so in their order a launch that is
// added during the run comes last and shifts nothing.
func (c *Client) fetchPage(ctx context.Context, part part) (page, error) {
	var fetched page
	call, err := c.pageCall(part, &fetched)
	if err != nil {
		return page{}, err
	}
	err = c.do(ctx, call)
	return fetched, err
}

// pageCall returns the call for a part; the answer is put into fetched.
func (c *Client) pageCall(part part, fetched *page) (call, error) {
	filter, err := part.filter.json()
	if err != nil {
		return call{}, err
	}
	url := c.endpoint("v4/" + part.collection + "/query")
	reader := &pageReader{url: url}
	return call{
		what: fmt.Sprintf("%s from number %d on", part.filter.name(), part.offset+1),
		url:  url,
		body: fmt.Appendf(nil, `{"query":%s,"options":{"sort":{"_id":"asc"},"offset":%d,"limit":%d}}`,
			filter, part.offset, part.limit),
		read: func(answer []byte) (err error) {
			*fetched, err = reader.read(answer)
			return err
		},
	}, nil
}

// envelope collects the members of a query answer that are needed.
type envelope struct {
	url     string
	how     strictness
	total   *int
	records []record
}

// strictness says how a document's text is looked at.
type strictness bool

const (
	// strict refuses invalid UTF-8 and duplicate names.
	strict strictness = true
	// lenient looks at the form alone, so that one ambiguous document does not
	// cost those beside it.
	lenient strictness = false
)

// newDecoder returns a decoder over the answer's bytes, which it leaves as
// they are.
func newDecoder(answer []byte, how strictness) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(answer),
		jsontext.AllowInvalidUTF8(how == lenient), jsontext.AllowDuplicateNames(how == lenient))
}

// pageReader reads the answers to the attempts of one call.
type pageReader struct {
	url string
	// broken is the hash of the answer before, which was no JSON.
	broken [sha256.Size]byte
}

// read reads an answer. One that is no JSON is asked for again, for the line or
// a proxy may have broken it; the same bytes once more are what the API sends,
// and then the documents that are no JSON are set apart from the others.
func (r *pageReader) read(answer []byte) (page, error) {
	p, err := readPage(answer, r.url)
	_, isSyntax := errors.AsType[*jsontext.SyntacticError](err)
	if !isSyntax && !isEnd(err) {
		return p, err
	}
	sum := sha256.Sum256(answer)
	if r.broken == sum {
		if salvaged, ok := salvagePage(answer, r.url); ok {
			return salvaged, nil
		}
		return page{}, err
	}
	r.broken = sum
	if isEnd(err) {
		return page{}, err
	}
	return page{}, &fault{reason: "the answer is not valid JSON: " + syntaxReason(err), hint: contentHint, retry: true, cause: err}
}

// readPage reads a query answer that came from url. The page's documents are
// parts of the answer, which must not be changed any more.
func readPage(answer []byte, url string) (page, error) {
	p, err := readPageAs(answer, url, strict)
	if _, isSyntax := errors.AsType[*jsontext.SyntacticError](err); isSyntax {
		return readPageAs(answer, url, lenient)
	}
	return p, err
}

func readPageAs(answer []byte, url string, how strictness) (page, error) {
	decoder := newDecoder(answer, how)
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return page{}, contentFault("the answer is %s without a page's envelope", kindName(kind))
	}
	e := envelope{url: url, how: how}
	err := eachMember(decoder, func(name string) error { return e.readMember(decoder, name) })
	if err == nil {
		err = expectEnd(decoder)
	}
	if err != nil {
		return page{}, err
	}
	if e.records == nil || e.total == nil {
		return page{}, contentFault("the answer is no page: it lacks docs or totalDocs")
	}
	return page{total: *e.total, records: e.records}, nil
}

// readMember reads the value of one member of the envelope.
func (e *envelope) readMember(decoder *jsontext.Decoder, name string) (err error) {
	switch {
	case name == "docs" && e.records == nil:
		e.records, err = e.readRecords(decoder)
	case name == "totalDocs" && e.total == nil:
		e.total, err = readCount(decoder, name)
	case name == "docs" || name == "totalDocs":
		err = contentFault("the answer has %s twice", name)
	default:
		err = decoder.SkipValue()
	}
	return err
}

// readRecords reads the documents of a page; none is an empty slice, not nil.
// A document that is no good launch does not harm the others.
func (e *envelope) readRecords(decoder *jsontext.Decoder) ([]record, error) {
	if err := expectKind(decoder, jsontext.KindBeginArray, "docs"); err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	records := []record{}
	for decoder.PeekKind() != jsontext.KindEndArray {
		raw, err := decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		records = append(records, newRecord(raw, e.url, e.how))
	}
	_, err := decoder.ReadToken()
	return records, err
}

// newRecord decodes one document, which was read with a strictness.
func newRecord(raw []byte, url string, how strictness) record {
	raw = slices.Clip(raw) // Whoever appends to it must not write over the next one.
	launch, err := decodeLaunch(raw, how)
	if err == nil {
		return record{launch: launch, url: url}
	}
	reason := liftoff.InvalidJSON
	if known, ok := errors.AsType[*recordError](err); ok {
		reason = known.reason
	}
	return record{rejected: &liftoff.RejectedRecord{
		Reason: reason, Detail: oneLine(err.Error(), maxReason), URL: url, Body: raw,
	}}
}

// readCount reads a number of the envelope; null gives nil.
func readCount(decoder *jsontext.Decoder, name string) (*int, error) {
	if decoder.PeekKind() == jsontext.KindNull {
		return nil, decoder.SkipValue()
	}
	if err := expectKind(decoder, jsontext.KindNumber, name); err != nil {
		return nil, err
	}
	value, err := decoder.ReadValue()
	if err != nil {
		return nil, err
	}
	count, err := strconv.Atoi(string(value))
	if err != nil || count < 0 {
		return nil, contentFault("the page's %s is %s, not a count", name, oneLine(string(value), 40))
	}
	return &count, nil
}

// expectKind returns an error when the next value is of another type. Broken
// JSON passes: reading it gives the better error.
func expectKind(decoder *jsontext.Decoder, want jsontext.Kind, name string) error {
	kind := decoder.PeekKind()
	if kind == want || kind == jsontext.KindInvalid {
		return nil
	}
	return contentFault("the page's %s is %s, not %s", name, kindName(kind), kindName(want))
}
