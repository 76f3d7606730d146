package spacex

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/source/fetch"
)

const (
	// maxTailTries bounds the search for where the list of documents ends, and
	// maxReadings how often all of it may be read to find where each document
	// begins: documents within documents would make that endless.
	maxTailTries = 16
	maxReadings  = 16
	// beginning is how many bytes the start of a reading counts for.
	beginning = 256
)

// salvagePage reads a query answer with documents that are not JSON: they become
// rejected records, byte for byte, and the documents beside them are kept. It
// needs the envelope whole, and knows where a document begins by the first name
// in it or by its id. false means that this is not possible.
func salvagePage(answer []byte, source origin) (page, bool) {
	start, ok := findDocs(answer)
	if !ok {
		return page{}, false
	}
	for end, tries := len(answer), 0; tries < maxTailTries; tries++ {
		if end = bytes.LastIndexByte(answer[:end], ']'); end < start {
			break
		}
		empty, err := readPage(append(bytes.Clone(answer[:start]), answer[end:]...), source)
		if err == nil {
			s := salvage{text: answer[start:end], source: source, budget: maxReadings*(end-start) + 1<<20}
			ok := s.split()
			detach(s.records, answer)
			empty.records = s.records
			return empty, ok
		}
	}
	return page{}, false
}

// findDocs returns where the page's list of documents begins, after its
// bracket.
func findDocs(answer []byte) (int, bool) {
	decoder := newDecoder(answer, lenient)
	if _, err := decoder.ReadToken(); err != nil || decoder.StackDepth() != 1 {
		return 0, false
	}
	for decoder.PeekKind() == jsontext.KindString {
		name, err := decoder.ReadToken()
		if err != nil {
			return 0, false
		}
		if name.String() == "docs" {
			_, err := decoder.ReadToken()
			return int(decoder.InputOffset()), err == nil && decoder.StackDepth() == 2
		}
		if decoder.SkipValue() != nil {
			return 0, false
		}
	}
	return 0, false
}

// salvage takes a list of documents apart.
type salvage struct {
	text    []byte
	source  origin
	records []record
	// opening is how whole documents of the list begin, such as `{"fairings":`.
	opening []byte
	// budget is how many bytes may still be read.
	budget int
}

// split finds the documents; false when that takes too long, or when there are
// too many.
func (s *salvage) split() bool {
	s.records = []record{}
	s.opening = s.findOpening()
	for at := s.skipSpace(0); at < len(s.text); {
		end, err := s.document(at)
		if err == nil {
			s.records = append(s.records, newRecord(s.text[at:end], s.source.url, s.source.noun))
		} else {
			end = s.nextStart(at)
			why := rejected(liftoff.InvalidJSON, "the %s is not valid JSON: %s", s.source.noun, fetch.SyntaxReason(err))
			s.records = append(s.records, rejectedRecord(slices.Clip(s.text[at:end]), s.source.url, why))
		}
		if s.budget < 0 || len(s.records) > s.source.most {
			return false
		}
		at = s.skipSpace(s.skipSpace(end) + 1)
	}
	return true
}

// findOpening returns how the first whole document begins.
func (s *salvage) findOpening() []byte {
	for at := 0; at < len(s.text); at = s.nextStart(at) + 1 {
		end, err := s.document(at)
		if err != nil || at == end || s.text[at] != '{' {
			continue
		}
		if colon := bytes.IndexByte(s.text[at:end], ':'); colon >= 0 {
			return s.text[at : at+colon+1]
		}
	}
	return nil
}

// document returns where the document that begins at a place ends. It is an
// error when it is not JSON, or when anything but a comma follows.
func (s *salvage) document(at int) (int, error) {
	if s.budget < 0 {
		return 0, errNoBudget
	}
	decoder := newDecoder(s.text[at:], lenient)
	err := decoder.SkipValue()
	s.budget -= beginning + readBefore(err, decoder, len(s.text)-at)
	if err != nil {
		return 0, err
	}
	end := at + int(decoder.InputOffset())
	if next := s.skipSpace(end); next < len(s.text) && s.text[next] != ',' {
		return 0, &jsontext.SyntacticError{ByteOffset: int64(end - at), Err: errNoComma}
	}
	return end, nil
}

// readBefore returns how many bytes, of at most so many, a decoder had to read
// before it came to its value's end or to an error.
func readBefore(err error, decoder *jsontext.Decoder, limit int) int {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return int(syntax.ByteOffset)
	}
	if err != nil {
		return limit
	}
	return int(decoder.InputOffset())
}

var (
	errNoComma = errors.New("what follows is not a comma")
	// errNoBudget ends the search; users never see it.
	errNoBudget = errors.New("too much was read already")
)

// nextStart returns the place of the comma before the next document after the
// one that begins at a place; the end of the text when there is none.
func (s *salvage) nextStart(at int) int {
	for {
		comma := bytes.IndexByte(s.text[at+1:], ',')
		if comma < 0 {
			return len(s.text)
		}
		at += 1 + comma
		next := s.skipSpace(at + 1)
		if next < len(s.text) && s.text[next] == '{' && s.isStart(next) {
			return at
		}
	}
}

// isStart reports whether a document begins at a bracket: as the others do, or
// one with an id.
func (s *salvage) isStart(at int) bool {
	if len(s.opening) > 0 && bytes.HasPrefix(s.text[at:], s.opening) {
		return true
	}
	end, err := s.document(at)
	return err == nil && newRecord(s.text[at:end], s.source.url, s.source.noun).id != ""
}

// skipSpace returns the first place from one on without white space.
func (s *salvage) skipSpace(at int) int {
	for at < len(s.text) && bytes.IndexByte([]byte(" \t\r\n"), s.text[at]) >= 0 {
		at++
	}
	return at
}
