package replay

import (
	"net/http"
	"strings"
)

// documents is an ordered set of JSON documents; position 0 is the first in
// natural order, in which the real API's database would return them.
type documents interface {
	Len() int
	// Doc returns the document at the position. It may be built in scratch
	// and is then valid until scratch is used again.
	Doc(position int, scratch []byte) []byte
	// Find returns the position of the document with the id.
	Find(id string) (position int, found bool)
	// IsOrdered reports whether natural order is ascending order of the
	// field, ties included, so that no sorting is needed.
	IsOrdered(field string) bool
}

// collection is what one name of the API serves.
type collection struct {
	name string
	docs documents
	// damage changes documents on their way out; nil for none.
	damage func(position int, doc []byte) []byte
	// single marks company and roadster: one document, no list.
	single bool
	// isLaunches adds latest, next, past and upcoming.
	isLaunches bool
	// legacy marks v4 launches, where crew are ids and an empty answer is an
	// error.
	legacy bool
	// related are the collections that ids can be populated from.
	related map[string]*collection
}

// collectionNames are the names of the API that this package can serve.
func collectionNames() []string {
	return []string{
		"launches", "payloads", "rockets", "launchpads", "landpads", "cores", "capsules",
		"crew", "ships", "dragons", "history", "starlink", "company", "roadster",
	}
}

// isSingle reports whether the collection is one document.
func isSingle(name string) bool { return name == "company" || name == "roadster" }

// catalogue is everything that a server serves.
type catalogue struct {
	v4 map[string]*collection
	v5 *collection
}

// newCatalogue builds the catalogue from the documents of each collection,
// and the launches in their v5 shape.
func newCatalogue(sets map[string]documents, v5 documents) catalogue {
	c := catalogue{v4: make(map[string]*collection, len(sets))}
	for name, docs := range sets {
		c.v4[name] = &collection{
			name: name, docs: docs, single: isSingle(name),
			isLaunches: name == "launches", legacy: name == "launches", related: c.v4,
		}
	}
	c.v5 = &collection{name: "launches", docs: v5, isLaunches: true, related: c.v4}
	return c
}

func (c catalogue) launchCount() int { return c.v5.docs.Len() }

// collection returns the collection that a version and a name lead to.
func (c catalogue) collection(version, name string) *collection {
	switch {
	case name == "launches" && (version == "v5" || version == "latest"):
		return c.v5
	case version == "v4" || version == "latest":
		return c.v4[name]
	default:
		return nil
	}
}

// route finds what a request asks for. Its error is a refusal.
func (c catalogue) route(method, path string, hasKey bool) (target, error) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	if len(parts) < 2 || len(parts) > 3 {
		return target{}, notFound()
	}
	version, name := parts[0], parts[1]
	rest := ""
	if len(parts) == 3 {
		rest = parts[2]
	}
	if name == "users" || name == "admin" {
		return guarded(method, name, rest, hasKey)
	}
	found := c.collection(version, name)
	if found == nil {
		return target{}, notFound()
	}
	return found.route(method, rest, hasKey)
}

// guarded answers the routes that need a key, which nobody has here.
func guarded(method, name, rest string, hasKey bool) (target, error) {
	if method == http.MethodGet && name == "admin" && rest == "health" {
		return target{}, &refusal{http.StatusOK, "OK"}
	}
	return target{}, unauthorised(hasKey)
}

// unauthorised is the answer to a request that would write.
func unauthorised(hasKey bool) error {
	if hasKey {
		return &refusal{http.StatusForbidden, "Forbidden"}
	}
	return &refusal{http.StatusUnauthorized, "Unauthorized"}
}

// route finds what is asked of one collection.
func (c *collection) route(method, rest string, hasKey bool) (target, error) {
	switch method {
	case http.MethodGet, http.MethodHead:
		return c.routeRead(rest)
	case http.MethodPost:
		if rest == "query" && c.name != "company" {
			return target{c, c.query, true}, nil
		}
		if rest == "" {
			return target{}, unauthorised(hasKey)
		}
	case http.MethodPatch, http.MethodDelete:
		if rest != "" {
			return target{}, unauthorised(hasKey)
		}
	}
	return target{}, notFound()
}

func (c *collection) routeRead(rest string) (target, error) {
	if c.single {
		if rest != "" {
			return target{}, notFound()
		}
		return target{c, c.one(""), false}, nil
	}
	if c.isLaunches {
		switch rest {
		case "latest":
			return target{c, c.edge(false), false}, nil
		case "next":
			return target{c, c.edge(true), false}, nil
		case "past":
			return target{c, c.half(false), false}, nil
		case "upcoming":
			return target{c, c.half(true), false}, nil
		}
	}
	if rest == "" {
		return target{c, c.list, false}, nil
	}
	return target{c, c.one(rest), false}, nil
}

// target is a collection and what to do with it.
type target struct {
	collection *collection
	serve      handler
	isQuery    bool
}

// maxAge returns how long the real API lets the answer be cached, in seconds.
func (t target) maxAge() int {
	switch t.collection.name {
	case "launches":
		return 20
	case "starlink":
		return 3600
	case "company", "dragons":
		return 86400
	case "rockets":
		if !t.isQuery {
			return 86400
		}
	}
	return 300
}
