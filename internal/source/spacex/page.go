package spacex

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/source/fetch"
	"liftoff/internal/span"
)

// window is the part of a collection that one request asks for.
type window struct {
	// noun names what the collection holds, "launch" for launches.
	noun          string
	filter        filter
	offset, limit int
}

// page is one answer of the query route.
type page struct {
	total int
	// hasNext says that one of the envelope's fields promises a further page.
	hasNext bool
	records []record
}

// fetchPage fetches a window, documents in ascending order of id. Ids grow with
// the time of creation and never change, so in their order a launch that is
// added during the run comes last and shifts nothing.
func (c *Client) fetchPage(ctx context.Context, wanted window) (fetched page, err error) {
	ctx, tracing := span.Start(ctx, "page", span.Text("liftoff.collection", collection(wanted.noun)),
		span.Count("liftoff.page.offset", wanted.offset), span.Count("liftoff.page.limit", wanted.limit))
	defer tracing.End(&err)
	filter, err := wanted.filter.json()
	if err != nil {
		return page{}, err
	}
	call := c.queryCall(wanted.noun, fmt.Sprintf("%s, number %d and up", wanted.filter.name(), wanted.offset+1))
	call.Body = fmt.Appendf(nil, `{"query":%s,"options":{"sort":{"_id":"asc"},"offset":%d,"limit":%d}}`,
		filter, wanted.offset, wanted.limit)
	reader := &pageReader{source: origin{call.URL, wanted.noun, mostRecords(wanted.limit)}}
	call.Read = func(answer []byte) (err error) {
		fetched, err = reader.read(answer)
		return err
	}
	err = c.Do(ctx, call)
	tracing.Set(span.Count("liftoff.records", len(fetched.records)))
	return fetched, err
}

// queryCall returns the call of the query route for what a noun names, without
// its body.
func (c *Client) queryCall(noun, what string) fetch.Call {
	return fetch.Call{What: what, URL: c.Endpoint("v4/" + collection(noun) + "/query")}
}

// collection returns the name of the collection that holds what a noun names.
func collection(noun string) string {
	if noun == launchNoun {
		return "launches"
	}
	return noun + "s"
}

// mostRecords returns how many records an answer may have that was asked for so
// many: an API may not keep to the limit, but records cost memory, and some are
// no longer than two bytes.
func mostRecords(limit int) int { return max(4*limit, 1000) }

// origin is where the documents of a page come from, what they are, and how many
// a page may have.
type origin struct {
	url, noun string
	most      int
}

// envelope collects the members of a query answer that are needed.
type envelope struct {
	source  origin
	answer  []byte
	how     strictness
	total   *int
	records []record
	// page and pages are its number and that of the last page; hasNext says that
	// the answer promises another one.
	page, pages int
	hasNext     bool
}

// strictness says how closely a document's text is checked.
type strictness bool

const (
	// strict refuses invalid UTF-8 and duplicate names. It remembers all names of
	// an object, so it is only for a text whose length is bounded.
	strict strictness = true
	// lenient looks at the form alone, so that one ambiguous document does not
	// cost those beside it.
	lenient strictness = false
)

// maxStrictAnswer is how long an answer may be to be read strictly as a whole, which
// is twice as fast. A usual page has 2 MB.
const maxStrictAnswer = 8 << 20

// newDecoder returns a decoder over the answer's bytes, which it leaves as
// they are.
func newDecoder(answer []byte, how strictness) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(answer),
		jsontext.AllowInvalidUTF8(how == lenient), jsontext.AllowDuplicateNames(how == lenient))
}

// pageReader reads the answers to the attempts of one call.
type pageReader struct {
	source origin
	// broken is the hash of the previous answer, which was not JSON.
	broken [sha256.Size]byte
}

// read reads an answer. One that is not JSON is asked for again, because the
// line or a proxy may have broken it. The same bytes once more are what the API
// sends, and then the documents that are not JSON become rejected records.
func (r *pageReader) read(answer []byte) (page, error) {
	p, err := readPage(answer, r.source)
	_, isSyntax := errors.AsType[*jsontext.SyntacticError](err)
	if !isSyntax && !fetch.IsEnd(err) {
		return p, err
	}
	sum := sha256.Sum256(answer)
	if r.broken == sum {
		if salvaged, ok := salvagePage(answer, r.source); ok {
			return salvaged, nil
		}
		return page{}, err
	}
	r.broken = sum
	if fetch.IsEnd(err) {
		return page{}, err
	}
	return page{}, fetch.Garbled("the answer is not valid JSON: "+fetch.SyntaxReason(err), err)
}

// readPage reads a query answer. The page's documents are parts of the answer,
// which must not be changed any more, or copies if they are a small part of it.
// An ambiguous document does not cost those beside it.
func readPage(answer []byte, source origin) (page, error) {
	if len(answer) > maxStrictAnswer {
		return readPageAs(answer, source, lenient)
	}
	p, err := readPageAs(answer, source, strict)
	if _, isSyntax := errors.AsType[*jsontext.SyntacticError](err); isSyntax {
		return readPageAs(answer, source, lenient)
	}
	return p, err
}

// readPageAs reads each document once if it is strict, or twice if it is lenient.
func readPageAs(answer []byte, source origin, how strictness) (page, error) {
	decoder := newDecoder(answer, how)
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return page{}, fetch.Unusable("the answer is %s without a page's envelope", kindName(kind))
	}
	e := envelope{source: source, answer: answer, how: how}
	err := eachMember(decoder, func(name []byte) error { return e.readMember(decoder, string(name)) })
	if err == nil {
		err = fetch.ExpectEnd(decoder)
	}
	if err != nil {
		return page{}, err
	}
	if e.records == nil || e.total == nil {
		return page{}, fetch.Unusable("the answer is not a page: docs or totalDocs is missing")
	}
	detach(e.records, answer)
	hasNext := e.hasNext || (e.page > 0 && e.page < e.pages)
	return page{total: *e.total, hasNext: hasNext, records: e.records}, nil
}

// detach gives the records memory of their own if most of the answer is
// something else: a batch of small records must not keep many large answers.
func detach(records []record, answer []byte) {
	kept := 0
	for _, each := range records {
		kept += len(each.raw)
	}
	if 4*kept >= cap(answer) {
		return
	}
	for i := range records {
		records[i].raw = bytes.Clone(records[i].raw)
	}
}

// readMember reads the value of one member of the envelope.
func (e *envelope) readMember(decoder *jsontext.Decoder, name string) (err error) {
	switch {
	case name == "docs" && e.records == nil:
		e.records, err = e.readRecords(decoder)
	case name == "totalDocs" && e.total == nil:
		e.total, err = readCount(decoder, name)
	case name == "docs" || name == "totalDocs":
		err = fetch.Unusable("the answer has %s twice", name)
	case name == "page" || name == "totalPages" || name == "hasNextPage" || name == "nextPage":
		err = e.readHint(decoder, name)
	default:
		err = decoder.SkipValue()
	}
	return err
}

// readHint reads what the envelope says beside the total about further pages. A
// value of another type says nothing.
func (e *envelope) readHint(decoder *jsontext.Decoder, name string) error {
	value, err := decoder.ReadValue()
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(string(value)) // 0 if it is no number
	switch name {
	case "page":
		e.page = number
	case "totalPages":
		e.pages = number
	case "hasNextPage":
		e.hasNext = e.hasNext || value.Kind() == jsontext.KindTrue
	case "nextPage":
		e.hasNext = e.hasNext || number > 0
	}
	return nil
}

// readRecords reads the documents of a page. The result is never nil.
// A document that cannot be stored does not harm the others.
func (e *envelope) readRecords(decoder *jsontext.Decoder) ([]record, error) {
	if err := expectKind(decoder, jsontext.KindBeginArray, "docs"); err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	records := []record{}
	for decoder.PeekKind() != jsontext.KindEndArray {
		next, err := e.readRecord(decoder)
		if err != nil {
			return nil, err
		}
		if len(records) == e.source.most {
			return nil, fetch.Unusable("the page has more than %d records: the API does not keep to the limit asked for", e.source.most)
		}
		records = append(records, next)
	}
	_, err := decoder.ReadToken()
	return records, err
}

// readRecord reads the next document of a page. The error is that of reading:
// then the page is not valid JSON, or ambiguous.
func (e *envelope) readRecord(decoder *jsontext.Decoder) (record, error) {
	if e.how == lenient {
		raw, err := decoder.ReadValue()
		if err != nil {
			return record{}, err
		}
		return newRecord(raw, e.source.url, e.source.noun), nil
	}
	start := decoder.InputOffset()
	read, err := readDocument(decoder, e.source.noun)
	if _, isKnown := errors.AsType[*recordError](err); err != nil && !isKnown {
		return record{}, err
	}
	raw := bytes.TrimLeft(e.answer[start:decoder.InputOffset()], " \t\r\n,")
	if tooLong := checkLength(raw, e.source.noun); tooLong != nil {
		return rejectedRecord(raw, e.source.url, tooLong), nil
	}
	if err == nil {
		err = checkStorable(raw, e.source.noun)
	}
	return read.from(raw, e.source.url, err), nil
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
		return nil, fetch.Unusable("the page's %s is %s, not a count", name, fetch.OneLine(string(value), 40))
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
	return fetch.Unusable("the page's %s is %s, not %s", name, kindName(kind), kindName(want))
}
