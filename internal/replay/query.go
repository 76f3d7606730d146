package replay

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

// maxBody is the size in bytes of the longest query.
const maxBody = 1 << 20

// readBody returns the body of a POST. Like the real API's parser it takes
// JSON only: a body of another type is ignored.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost || r.Body == nil {
		return nil, nil
	}
	// A header that cannot be parsed gives an empty type.
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
	filter filter
	order  order
	page   paging
}

// parseQuery reads the body of a query. It refuses options that the replay
// does not serve: ignoring them would answer another question than was asked.
// Its error is a refusal.
func parseQuery(body []byte) (q query, err error) {
	var request struct {
		Query   any `json:"query"`
		Options struct {
			Sort   any    `json:"sort"`
			Limit  *int32 `json:"limit"`
			Offset *int32 `json:"offset"`
			Page   *int32 `json:"page"`
		} `json:"options"`
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &request, lenient(), json.RejectUnknownMembers(true)); err != nil {
			return query{}, refuseBody(err)
		}
	}
	if q.filter, err = parseFilter(request.Query, 0); err != nil {
		return query{}, err
	}
	if q.order, err = parseOrder(request.Options.Sort); err != nil {
		return query{}, err
	}
	q.page, err = newPaging(request.Options.Limit, request.Options.Offset, request.Options.Page)
	return q, err
}

// refuseBody says what is wrong with a body that cannot be decoded.
func refuseBody(err error) error {
	semantic, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return badRequest("%v", err)
	}
	path := strings.TrimPrefix(string(semantic.JSONPointer), "/")
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return badRequest("%q is not served by the replay; it serves query and options with sort, limit, offset and page", path)
	case path == "":
		return badRequest("the body of a query must be a JSON object")
	default:
		return badRequest("%q has a value that cannot be used", path)
	}
}

// parseOrder reads the option sort: an object with one top-level field and
// its direction. Its error is a refusal.
func parseOrder(value any) (order, error) {
	if value == nil {
		return order{}, nil
	}
	object, _ := value.(map[string]any)
	if len(object) != 1 {
		return order{}, badRequest(`sort must be an object with one field, as in {"date_utc":"desc"}`)
	}
	var by order
	for name, direction := range object {
		if strings.Contains(name, ".") {
			return order{}, badRequest("cannot sort by %q: the replay serves top-level fields only", name)
		}
		by.field = fieldNamed(name)
		switch direction {
		case "asc", 1.0:
		case "desc", -1.0:
			by.descending = true
		default:
			return order{}, badRequest("Invalid sort value: {%s: %v }", name, direction)
		}
	}
	return by, nil
}
