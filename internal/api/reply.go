package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"liftoff"
	"liftoff/internal/postgres"
)

// Conditional are the headers by which a client says what it has already.
type Conditional struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"1000" doc:"The ETag of an answer that the client has: if it still holds, the answer is 304 without a body"`
}

// reply is an answer.
type reply[T any] struct {
	Status int
	ETag   string `header:"ETag" doc:"Equal as long as nothing changes; absent while a run is under way"`
	Body   T
}

// call is one request for data.
type call struct {
	ctx   context.Context //nolint:containedctx // it lives as long as the request
	path  string
	store *postgres.Store
	// version is that of the data before it was read.
	version liftoff.DataVersion
}

// replyWith answers a request with what read returns, or says that the client has it.
func replyWith[T any](ctx context.Context, a *API, c Conditional, read func(*call) (T, error)) (*reply[T], error) {
	current := &call{ctx: ctx, path: addressOf(ctx)}
	var err error
	if current.store, err = a.Store(ctx); err != nil {
		return nil, a.failure(current, err)
	}
	// Before the data: an answer may be newer than its tag, but never older.
	if current.version, err = current.store.DataVersion(ctx); err != nil {
		return nil, a.failure(current, err)
	}
	tag := a.tagOf(current)
	if isAmong(tag, c.IfNoneMatch) {
		return &reply[T]{Status: http.StatusNotModified, ETag: tag}, nil
	}
	body, err := read(current)
	if err != nil {
		return nil, a.failure(current, err)
	}
	return &reply[T]{Status: http.StatusOK, ETag: tag, Body: body}, nil
}

// tagOf returns the tag of an answer. It is weak: it stands for the same data, not for the
// same bytes. While a run is under way the data changes without a new version, so there is
// none.
func (a *API) tagOf(c *call) string {
	if c.version.Running > 0 {
		return ""
	}
	return `W/"` + hashOf(c.version, a.Version, c.path) + `"`
}

// hashOf returns a short hash of values.
func hashOf(values ...any) string {
	const length = 12
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", values))
	return hex.EncodeToString(sum[:length])
}

// isAmong reports whether a header If-None-Match names a tag.
func isAmong(tag, header string) bool {
	if tag == "" {
		return false
	}
	for given := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(given), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
