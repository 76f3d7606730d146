package replay

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxBody is the size in bytes of the longest query.
const maxBody = 1 << 20

// readBody returns the body of a POST. Like the real API's parser it takes
// JSON only: a body of another type is as good as none.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost || r.Body == nil {
		return nil, nil
	}
	// What is no media type at all is no JSON either: the type is then empty.
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, &refusal{http.StatusRequestEntityTooLarge, "request entity too large"}
	}
	if err != nil {
		return nil, badRequest("read the request's body: %v", err)
	}
	return body, nil
}

// query is the body of a POST query.
type query struct {
	filter   filter
	order    order
	page     paging
	fields   projection
	populate []population
}

// rawOptions are the options of a query, their values as the client wrote
// them: most may have more than one type.
type rawOptions struct {
	Select     jsontext.Value `json:"select"`
	Sort       jsontext.Value `json:"sort"`
	Populate   jsontext.Value `json:"populate"`
	Pagination jsontext.Value `json:"pagination"`
	Limit      jsontext.Value `json:"limit"`
	Offset     jsontext.Value `json:"offset"`
	Page       jsontext.Value `json:"page"`
}

// parseQuery reads the body of a query to a collection. Its error is a
// refusal.
func parseQuery(body []byte, c *collection) (query, error) {
	var request struct {
		Query   jsontext.Value `json:"query"`
		Options jsontext.Value `json:"options"`
	}
	if kind := jsontext.Value(body).Kind(); len(body) > 0 && kind != '{' && kind != '[' {
		return query{}, badRequest("invalid JSON, only supports object and array")
	}
	if jsontext.Value(body).Kind() == '{' {
		if err := json.Unmarshal(body, &request, lenient()); err != nil {
			return query{}, badRequest("%v", err)
		}
	}
	var options rawOptions
	if len(request.Options) > 0 && request.Options.Kind() == '{' {
		if err := json.Unmarshal(request.Options, &options, lenient()); err != nil {
			return query{}, badRequest("%v", err)
		}
	}
	return buildQuery(request.Query, options, c)
}

func buildQuery(raw jsontext.Value, options rawOptions, c *collection) (q query, err error) {
	if q.filter, err = parseFilter(raw, 0); err != nil {
		return query{}, err
	}
	if q.order, err = parseOrder(options.Sort); err != nil {
		return query{}, err
	}
	if q.page, err = parsePaging(options); err != nil {
		return query{}, err
	}
	if q.fields, err = parseProjection(options.Select); err != nil {
		return query{}, err
	}
	if q.populate, err = parsePopulate(options.Populate, c.name, 0); err != nil {
		return query{}, err
	}
	// Mongoose selects what it is told to populate.
	q.fields.addRoots(q.populate)
	return q, nil
}

// isShaped reports whether shape changes anything.
func (q query) isShaped() bool { return !q.fields.isEmpty() || len(q.populate) > 0 }

// shape applies select and populate to a document. Without either it is
// returned byte for byte.
func (q query) shape(doc []byte, related map[string]*collection) ([]byte, error) {
	doc, err := q.fields.apply(doc)
	if err != nil || len(q.populate) == 0 {
		return doc, err
	}
	budget := maxPopulated
	return populateAll(doc, q.populate, populator{related, &budget})
}
