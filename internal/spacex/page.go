package spacex

import (
	"context"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// page is one answer of the query route.
type page struct {
	number, total int
	// next is the number of the following page; 0 after the last one.
	next     int
	launches []liftoff.Launch
}

// fetchPage fetches one page, launches in ascending order of id.
func (c *Client) fetchPage(ctx context.Context, number int) (page, error) {
	var fetched page
	err := c.do(ctx, c.pageCall(number, &fetched))
	return fetched, err
}

// pageCall returns the call for one page; the page is put into fetched. Ids
// grow with the time of creation and never change, so in their order a launch
// that is added during the run comes last and shifts nothing.
func (c *Client) pageCall(number int, fetched *page) call {
	return call{
		what: fmt.Sprintf("page %d of all launches", number),
		url:  c.endpoint("v4/launches/query"),
		body: fmt.Appendf(nil, `{"query":{},"options":{"sort":{"_id":"asc"},"page":%d,"limit":%d}}`,
			number, c.options.PageSize),
		read: func(decoder *jsontext.Decoder) (err error) {
			*fetched, err = readPage(decoder)
			return err
		},
	}
}

// envelope collects the members of a query answer; nil means not seen, or
// null.
type envelope struct {
	page, total, next *int
	hasNext           *bool
	launches          []liftoff.Launch
}

// readPage reads a query answer. The documents are copied out one by one, so
// that no more than the page is held.
func readPage(decoder *jsontext.Decoder) (page, error) {
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return page{}, contentFault("the answer is %s without a page's envelope", kindName(kind))
	}
	var e envelope
	err := eachMember(decoder, func(name string) error { return e.readMember(decoder, name) })
	if err != nil {
		return page{}, err
	}
	return e.finish()
}

// readMember reads the value of one member of the envelope.
func (e *envelope) readMember(decoder *jsontext.Decoder, name string) (err error) {
	switch name {
	case "docs":
		e.launches, err = readDocuments(decoder)
	case "page":
		e.page, err = readCount(decoder, name)
	case "totalDocs":
		e.total, err = readCount(decoder, name)
	case "nextPage":
		e.next, err = readCount(decoder, name)
	case "hasNextPage":
		e.hasNext, err = readBool(decoder, name)
	default:
		err = decoder.SkipValue()
	}
	return err
}

// finish checks that everything came that paging needs.
func (e *envelope) finish() (page, error) {
	if e.launches == nil || e.page == nil || e.total == nil || e.hasNext == nil {
		return page{}, contentFault("the answer is no page: it lacks docs, page, totalDocs or hasNextPage")
	}
	p := page{number: *e.page, total: *e.total, launches: e.launches}
	if !*e.hasNext {
		return p, nil
	}
	if e.next == nil || *e.next == 0 {
		return page{}, contentFault("the answer says that another page follows, but not which")
	}
	p.next = *e.next
	return p, nil
}

// readDocuments reads the launches of a page; none is an empty slice, not nil.
func readDocuments(decoder *jsontext.Decoder) ([]liftoff.Launch, error) {
	if err := expectKind(decoder, jsontext.KindBeginArray, "docs"); err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	launches := []liftoff.Launch{}
	for decoder.PeekKind() != jsontext.KindEndArray {
		raw, err := decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		launch, err := decodeLaunch(raw)
		if err != nil {
			return nil, contentFault("document %d of the page: %v", len(launches)+1, err)
		}
		launches = append(launches, launch)
	}
	_, err := decoder.ReadToken()
	return launches, err
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

// readBool reads a boolean of the envelope.
func readBool(decoder *jsontext.Decoder, name string) (*bool, error) {
	isTrue := decoder.PeekKind() == jsontext.KindTrue
	if !isTrue {
		if err := expectKind(decoder, jsontext.KindFalse, name); err != nil {
			return nil, err
		}
	}
	return &isTrue, decoder.SkipValue()
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
