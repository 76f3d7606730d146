package replay

import (
	"net/http"
	"strings"
	"time"
)

// For tests of what the API does not show by itself.

// Spread deals size members and returns the category of each.
func Spread(size int, seed uint64, weights ...int) []int {
	s := newSpread(size, seed, weights...)
	dealt := make([]int, size)
	for member := range dealt {
		dealt[member], _ = s.category(member)
	}
	return dealt
}

// MatchFilter parses a filter and applies it to a document.
func MatchFilter(filter, doc []byte) (bool, error) {
	parsed, err := parseFilter(filter, 0)
	if err != nil {
		return false, err
	}
	return parsed.matches(decodeFields(doc, parsed.fields())), nil
}

// KnownFields returns the fields that launches or payloads know without being
// rendered, and the same ones as the document has them; nil beyond the last.
func KnownFields(s *Server, collection string, position int) (known, written map[string]any) {
	docs := s.state.Load().catalogue.v4[collection].docs
	if position >= docs.Len() {
		return nil, nil
	}
	known = make(map[string]any)
	doc := docs.Doc(position, nil)
	written = decodeFields(doc, strings.Fields("id flight_number date_unix date_utc date_precision upcoming success rocket launchpad name"))
	from, _ := docs.(knower)
	for name := range written {
		value, ok := from.Field(position, name)
		if !ok {
			delete(written, name)
			continue
		}
		known[name] = value
	}
	return known, written
}

// RefuseLate answers with a body that is being streamed when a refusal comes.
func RefuseLate(w http.ResponseWriter, r *http.Request) {
	// A .gz that breaks off could not look whole anyway.
	r.Header.Del("Accept-Encoding")
	clock := func() time.Time { return time.Time{} }
	out := &reply{w: w, r: r, now: clock}
	for range 2 {
		if _, err := out.Write(make([]byte, maxTagged)); err != nil {
			return
		}
	}
	_ = out.settle(badRequest("too late"))
}

// QueryDocument applies the options of a query to one document.
func QueryDocument(body, doc []byte) ([]byte, error) {
	docs := newCaptured()
	docs.add(doc)
	all := newCatalogue(map[string]documents{"launches": docs}, docs)
	q, err := parseQuery(body, all.v5)
	if err != nil {
		return nil, err
	}
	return q.shape(doc, all.v4)
}
