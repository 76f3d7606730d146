package ingest

import (
	"context"
	"iter"

	"liftoff"
)

// Source is a launch API. All its methods only read, so each may be called
// again, and by several goroutines at once: a run may read Launches and References
// side by side. An error of a sequence ends it, and what came before is good. Errors
// are liftoff.Source, or liftoff.Privilege when the API asks for a login; a
// cancelled context has no category.
//
//nolint:interfacebloat // the one seam between a run and the APIs
type Source interface {
	// Name is what the API is called in log lines, such as "SpaceX API".
	Name() string
	// CheckQuery returns a liftoff.Usage error for a query that the API cannot
	// answer. It makes no request.
	CheckQuery(query liftoff.Query) error
	// Launches yields the launches that a query names, page by page, and none of
	// them twice. There is at least one page, if only an empty one, and each says
	// how many launches there are in all. A source without ranges may ignore the query's NewestID, Range
	// and Gaps.
	Launches(ctx context.Context, query liftoff.Query) iter.Seq2[liftoff.Page, error]
	// ListTag returns the tag of the list of all launches, which changes with
	// any of them, and whether it is still the known one; "" if there is none.
	ListTag(ctx context.Context, known string) (tag string, isUnchanged bool, err error)
	// References yields the payloads, rockets or launchpads with the given ids,
	// or all of them for nil. An error wraps liftoff.ErrNotFound if the API has
	// none of the kind.
	References(ctx context.Context, kind liftoff.ReferenceKind, ids []string) iter.Seq2[[]liftoff.Reference, error]
	// Statistics returns what all requests so far took.
	Statistics() liftoff.SourceStatistics
	// DecodeLaunch returns the launch in a document, or why there is none.
	DecodeLaunch(raw []byte) (liftoff.Launch, error)
}

// RangedSource is a Source whose ids ascend with time, so that all its launches
// can be shared out among workers by ranges of ids, and one that is absent from
// a range is missing. Its Launches come in ascending order of id.
type RangedSource interface {
	// Ranges divides launches into ranges of ids with about as many launches each,
	// and returns how many launches there are. The last range is open to the end.
	Ranges(ctx context.Context, division liftoff.Division) (ranges []liftoff.IDRange, total int, err error)
}
