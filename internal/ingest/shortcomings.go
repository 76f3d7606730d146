package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"liftoff"
)

const (
	// maxNamed bounds how many missing ids a message names.
	maxNamed = 5
	// maxIDLength bounds an id in a message; what a launch has for an id may be long.
	maxIDLength = 64
)

// shortcomings are the kinds that are not whole, and why the first one is not.
type shortcomings struct {
	first error
	also  []string
}

// add logs why a kind is not whole; nil is nothing.
func (s *shortcomings) add(ctx context.Context, logger *slog.Logger, kind liftoff.ReferenceKind, err error) {
	if err == nil {
		return
	}
	logger.WarnContext(ctx, "Some of what launches refer to could not be fetched.", "kind", string(kind), "error", liftoff.OneLine(err))
	if s.first == nil {
		s.first = err
	} else {
		s.also = append(s.also, string(kind))
	}
}

// err returns all of them as one error of the source; nil for none.
func (s *shortcomings) err() error {
	if s.first == nil || len(s.also) == 0 {
		return s.first
	}
	return liftoff.NewError(liftoff.Source, fmt.Errorf("%w; the same goes for %s", s.first, strings.Join(s.also, " and ")), liftoff.HintOf(s.first))
}

// tellUnserved returns the shortcoming for a kind that could not be fetched because
// of the source's error cause; unstored are the ids that launches of the source
// need. It is nil if the API does not have the kind and no launch refers to it.
func (r *references) tellUnserved(ctx context.Context, kind liftoff.ReferenceKind, unstored []string, cause error) (shortcoming, err error) {
	if !errors.Is(cause, liftoff.ErrNotFound) {
		return cause, nil
	}
	what := count(kind, unstored) + " that launches refer to cannot be fetched"
	if len(unstored) == 0 {
		refers, err := r.ingester.Store.RefersTo(ctx, r.ingester.SourceKey, kind)
		if err != nil || !refers {
			return nil, err
		}
		what = "the stored " + string(kind) + " cannot be read again"
	}
	return liftoff.NewError(liftoff.Source, fmt.Errorf("%s: %w", what, cause),
		"check the API's URL; for an API that has no such records, set REFERENCES=false"), nil
}

// tellMissing returns an error for references that the source does not have, once
// for each id: later runs ask for it again, but cannot do more.
func (r *references) tellMissing(ctx context.Context, kind liftoff.ReferenceKind, missing, before []string) error {
	if len(missing) == 0 {
		return nil
	}
	isNew := func(id string) bool { return !slices.Contains(before, id) }
	if !slices.ContainsFunc(missing, isNew) {
		r.ingester.Logger.InfoContext(ctx, "Launches refer to records that the API still does not have.",
			"kind", string(kind), "count", len(missing), "ids", nameIDs(missing))
		return nil
	}
	return liftoff.NewError(liftoff.Source,
		fmt.Errorf("the API does not have %s that launches refer to: %s", count(kind, missing), nameIDs(missing)),
		"ask those who run the API; later runs ask for these ids again, and the table reference_checks lists them")
}

// count returns how many records of a kind there are, as in "1 payload".
func count(kind liftoff.ReferenceKind, ids []string) string {
	return liftoff.Count(int64(len(ids)), strings.TrimSuffix(string(kind), "s"), string(kind))
}

// nameIDs lists the first few ids.
func nameIDs(ids []string) string {
	names := make([]string, 0, maxNamed+1)
	for _, id := range ids[:min(maxNamed, len(ids))] {
		if len(id) > maxIDLength {
			id = id[:maxIDLength] + "…"
		}
		names = append(names, fmt.Sprintf("%q", id))
	}
	if len(ids) > maxNamed {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
