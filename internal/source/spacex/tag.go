package spacex

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"liftoff/internal/source/fetch"
)

// tagPattern is a quoted text that any database and any header can hold. Its length is
// not in it: counting makes a pattern that takes long to compile, at every start.
var tagPattern = regexp.MustCompile(`^(W/)?"[!#-~]+"$`)

// maxTag is the length of the longest tag that is kept.
const maxTag = len(`W/""`) + 200

// isTag reports whether a text may be kept as a tag.
func isTag(text string) bool { return len(text) <= maxTag && tagPattern.MatchString(text) }

// ListTag returns the tag of the list of all launches, which changes with any
// of them, and whether it is still the known one. It is empty when the API
// gives none, or does not answer such a request: the tag only saves work, and
// whatever else is wrong shows when launches are fetched. Only headers are
// sent, so it costs next to nothing; the query route, which everything else
// comes from, has no such tags. ListTag may be called again.
//
// Errors are as for Launches, but only for an API that cannot be reached or is
// in trouble.
func (c *Client) ListTag(ctx context.Context, known string) (tag string, isUnchanged bool, err error) {
	if !isTag(known) {
		known = "" // It comes from a database, and a header cannot hold everything.
	}
	err = c.Do(ctx, fetch.Call{
		What:        "list of launches",
		URL:         c.Endpoint("v4/launches"),
		IfNoneMatch: known,
		Head:        func(response *http.Response) { tag, isUnchanged = readTag(response, known) },
	})
	return tag, isUnchanged, err
}

// readTag takes the tag from an answer to a request with the known one.
func readTag(response *http.Response, known string) (tag string, isUnchanged bool) {
	switch {
	case response.StatusCode == http.StatusNotModified && known != "":
		return known, true
	case response.StatusCode != http.StatusOK || fetch.MediaType(response) != "application/json":
		// A page of the network in front of the API has a tag too.
		return "", false
	}
	tag = response.Header.Get("Etag")
	if !isTag(tag) {
		return "", false
	}
	return tag, strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(known, "W/")
}
