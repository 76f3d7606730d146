package replay

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
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
	var value any
	if err := json.Unmarshal(filter, &value, lenient()); err != nil {
		return false, err
	}
	parsed, err := parseFilter(value, 0)
	if err != nil {
		return false, err
	}
	docs := newCaptured()
	docs.add(doc)
	return parsed.matches(docs, 0), nil
}

// Fields returns fields of launches or payloads as searches see them, and the
// same ones as the document has them; nil beyond the last.
func Fields(s *Server, collection string, position int) (searched, written map[string]any) {
	docs := s.state.Load().catalogue["v4/"+collection].docs
	if position >= docs.Len() {
		return nil, nil
	}
	var whole map[string]any
	if err := json.Unmarshal(docs.Doc(position, nil), &whole); err != nil {
		panic(err)
	}
	searched, written = make(map[string]any), make(map[string]any)
	for _, name := range strings.Fields("id flight_number date_unix date_utc upcoming success rocket name orbit") {
		searched[name], written[name] = docs.Field(position, name), whole[name]
	}
	return searched, written
}

// ParseQuery reads the body of a query.
func ParseQuery(body []byte) error {
	_, err := parseQuery(body)
	return err
}

// RefuseLate answers with a body that is being streamed when a refusal comes.
func RefuseLate(w http.ResponseWriter, r *http.Request) {
	// A .gz that breaks off could not look whole anyway.
	r.Header.Del("Accept-Encoding")
	out := &reply{w: w, r: r}
	for range 2 {
		if _, err := out.Write(make([]byte, maxTagged)); err != nil {
			return
		}
	}
	_ = out.settle(badRequest("too late"))
}
