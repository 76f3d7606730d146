package replay

import (
	"net/http"
	"strings"
)

// collectionNames are the collections of the API that this package can serve.
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
	if parts[1] == "users" || parts[1] == "admin" {
		return nil, asked, refuseAdmin(r, parts[1]+"/"+asked.what)
	}
	found := c[parts[0]+"/"+parts[1]]
	switch {
	case found == nil:
		return nil, asked, notFound()
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return found, asked, nil
	case r.Method == http.MethodPost && asked.what == "query" && found.name != "company":
		asked.isQuery, asked.body = true, body
		return found, asked, nil
	default:
		return nil, asked, refuseWrite(r, asked.what)
	}
}

// refuseAdmin is the answer for the routes of users and administrators. Only the
// health check needs no key.
func refuseAdmin(r *http.Request, route string) error {
	if route == "admin/health" && r.Method == http.MethodGet {
		return &refusal{http.StatusOK, "OK"}
	}
	return unauthorised(r)
}

// refuseWrite is the answer to a request that would create, change or remove
// a document, and to all others that are not served.
func refuseWrite(r *http.Request, what string) error {
	creates := r.Method == http.MethodPost && what == ""
	changes := (r.Method == http.MethodPatch || r.Method == http.MethodDelete) && what != ""
	if creates || changes {
		return unauthorised(r)
	}
	return notFound()
}

// unauthorised is the answer to a request for which the real API wants a key: no
// key is valid here.
func unauthorised(r *http.Request) error {
	if r.Header.Get("spacex-key") != "" {
		return &refusal{http.StatusForbidden, "Forbidden"}
	}
	return &refusal{http.StatusUnauthorized, "Unauthorized"}
}
