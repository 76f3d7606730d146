package spacex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	return call{
		what: fmt.Sprintf("%s from number %d on", part.filter.what, part.offset+1),
		url:  url,
		body: fmt.Appendf(nil, `{"query":%s,"options":{"sort":{"_id":"asc"},"offset":%d,"limit":%d}}`,
			filter, part.offset, part.limit),
		read: func(decoder *jsontext.Decoder) (err error) {
			*fetched, err = readPage(decoder, url)
			return err
		},
	}, nil
}

// envelope collects the members of a query answer that are needed.
type envelope struct {
	total   *int
	records []record
}

// readPage reads a query answer that came from url. The documents are copied
// out one by one, so that no more than the page is held.
func readPage(decoder *jsontext.Decoder, url string) (page, error) {
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return page{}, contentFault("the answer is %s without a page's envelope", kindName(kind))
	}
	var e envelope
	err := eachMember(decoder, func(name string) error { return e.readMember(decoder, name, url) })
	if err != nil {
		return page{}, err
	}
	if e.records == nil || e.total == nil {
		return page{}, contentFault("the answer is no page: it lacks docs or totalDocs")
	}
	return page{total: *e.total, records: e.records}, nil
}

// readMember reads the value of one member of the envelope.
func (e *envelope) readMember(decoder *jsontext.Decoder, name, url string) (err error) {
	switch {
	case name == "docs" && e.records == nil:
		e.records, err = readRecords(decoder, url)
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
func readRecords(decoder *jsontext.Decoder, url string) ([]record, error) {
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
		records = append(records, newRecord(raw, url))
	}
	_, err := decoder.ReadToken()
	return records, err
}

// newRecord decodes one document.
func newRecord(raw []byte, url string) record {
	launch, err := decodeLaunch(raw)
	if err == nil {
		return record{launch: launch, url: url}
	}
	reason := liftoff.InvalidJSON
	if known, ok := errors.AsType[*recordError](err); ok {
		reason = known.reason
	}
	return record{rejected: &liftoff.RejectedRecord{
		Reason: reason, Detail: oneLine(err.Error(), maxReason), URL: url, Body: bytes.Clone(raw),
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
