package replay

import (
	"net/http"
	"strings"
)

// collectionNames are the names of the API that this package can serve.
func collectionNames() []string {
	return []string{
		"launches", "payloads", "rockets", "launchpads", "landpads", "cores", "capsules",
		"crew", "ships", "dragons", "history", "starlink", "company", "roadster",
	}
}

// The paths of the launches in their two shapes: in v5, crew have roles.
const (
	pathLaunches   = "v4/launches"
	pathLaunchesV5 = "v5/launches"
)

// catalogue is everything that a server serves, by path, such as v4/launches.
type catalogue map[string]*collection

// newCatalogue builds the catalogue from the documents of each path. damage
// changes launches on their way out, in both shapes; nil for none.
func newCatalogue(sets map[string]documents, damage func(position int, doc []byte) []byte) catalogue {
	c := make(catalogue, len(sets))
	for path, docs := range sets {
		each := &collection{name: strings.SplitN(path, "/", 2)[1], docs: docs, isV5: path == pathLaunchesV5}
		if each.name == "launches" {
			each.damage = damage
		}
		c[path] = each
	}
	return c
}

// find returns the collection that a request is for, and what it asks of it.
// Its error is a refusal.
func (c catalogue) find(r *http.Request, body []byte) (*collection, request, error) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, request{}, notFound()
	}
	asked := request{what: strings.Join(parts[2:], "")}
	found := c[parts[0]+"/"+parts[1]]
	switch {
	case parts[1] == "admin" && asked.what == "health" && r.Method == http.MethodGet:
		return nil, asked, &refusal{http.StatusOK, "OK"}
	case parts[1] == "users" || parts[1] == "admin":
		return nil, asked, unauthorised(r)
	case found == nil:
		return nil, asked, notFound()
	}
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return found, asked, nil
	case r.Method == http.MethodPost && asked.what == "query" && found.name != "company":
		asked.isQuery, asked.body = true, body
		return found, asked, nil
	default:
		return nil, asked, refuseWrite(r, asked.what)
	}
}

// refuseWrite is the answer to a request that would create, change or remove
// a document, and to all others that are not served.
func refuseWrite(r *http.Request, what string) error {
	switch r.Method {
	case http.MethodPost:
		if what == "" {
			return unauthorised(r)
		}
	case http.MethodPatch, http.MethodDelete:
		if what != "" {
			return unauthorised(r)
		}
	}
	return notFound()
}

// unauthorised is the answer to what the real API gives only to the holders
// of a key: here no key is valid.
func unauthorised(r *http.Request) error {
	if r.Header.Get("spacex-key") != "" {
		return &refusal{http.StatusForbidden, "Forbidden"}
	}
	return &refusal{http.StatusUnauthorized, "Unauthorized"}
}
