package spacex

import (
	"context"
	"net/http"
)

// ListTag returns the tag of the list of all launches, which changes with any
// of them, and whether it is still the known one. It is empty when the API
// gives none. Nothing but headers is sent, so it costs next to nothing; the
// query route, which everything else comes from, has no such tags.
func (c *Client) ListTag(ctx context.Context, known string) (tag string, isUnchanged bool, err error) {
	err = c.do(ctx, call{
		what:        "tag of the list of launches",
		url:         c.endpoint("v4/launches"),
		ifNoneMatch: known,
		head: func(status int, header http.Header) {
			tag, isUnchanged = header.Get("Etag"), known != "" && status == http.StatusNotModified
		},
	})
	if isUnchanged {
		tag = known
	}
	return tag, isUnchanged, err
}
