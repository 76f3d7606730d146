package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Conditional is what a request says of an answer that it has.
type Conditional struct {
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an answer that you have: if it is still the same, the answer is 304"`
}

// Tagged is the header of an answer that may be asked for again.
type Tagged struct {
	ETag string `header:"ETag" doc:"Changes with the data. There is none while a run is under way: it may change the data at any moment"`
}

// dataVersion returns a short text for the state of the data, and whether that can be
// relied on: not while a run is under way.
func (s *server) dataVersion(ctx context.Context) (version string, isSettled bool, err error) {
	if err := s.Store.RequireReadableSchema(ctx); err != nil {
		return "", false, s.problem(ctx, err, "")
	}
	stored, err := s.Store.DataVersion(ctx)
	if err != nil {
		return "", false, s.problem(ctx, err, "")
	}
	return hash(fmt.Sprint(s.Version, stored)), stored.Running == 0, nil
}

// tag returns the ETag of the answer to a request, which is the version of the data and
// what was asked for. isKnown says that the client has that answer.
func (s *server) tag(ctx context.Context, has Conditional, asked any) (tag Tagged, isKnown bool, err error) {
	version, isSettled, err := s.dataVersion(ctx)
	if err != nil || !isSettled {
		return Tagged{}, false, err
	}
	tag.ETag = `W/"` + hash(fmt.Sprintf("%s %#v", version, asked)) + `"`
	for known := range strings.SplitSeq(has.IfNoneMatch, ",") {
		known = strings.TrimSpace(known)
		isKnown = isKnown || known == "*" || strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag.ETag, "W/")
	}
	return tag, isKnown, nil
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// answer is what all routes return: a body, or 304 without one.
type answer[Body any] struct {
	Tagged

	Status int
	Body   Body
}
