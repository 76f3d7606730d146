package ingest

import (
	"context"
	"iter"
	"time"

	"liftoff"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
)

// maxAskedFor bounds how many launches of a kind, such as upcoming or missing ones,
// are asked for by id.
const maxAskedFor = 1000

// maxLost bounds how many launches that were deleted by hand are asked for by id;
// if there are more, all launches are fetched.
const maxLost = 1000

// missingCheckAge is how long runs for new launches may go on alone before they
// warn that nobody looks for launches that are missing.
const missingCheckAge = 30 * 24 * time.Hour

// fetchPlan is what a run asks its source for.
type fetchPlan struct {
	parts func(context.Context) iter.Seq2[pipeline.Part, error]
	// listTag is the tag of the list of all launches from before the run; may be
	// empty.
	listTag string
	// readsAll says that the run reads the whole source.
	readsAll bool
}

// plan decides what to ask the source for.
func (i *Ingester) plan(ctx context.Context, request Request, state liftoff.SourceState, run *postgres.Run) (fetchPlan, error) {
	switch request.Selection {
	case liftoff.SelectAll:
		tag, _, err := i.Source.ListTag(ctx, "")
		return fetchPlan{parts: i.everything(), listTag: tag, readsAll: true}, err
	case liftoff.SelectNew:
		return i.planNew(ctx, state)
	case liftoff.SelectBackfill:
		return i.planBackfill(ctx, request, run)
	default:
		return fetchPlan{parts: i.matching(request.Query)}, nil
	}
}

// matching returns the one part with what a query finds.
func (i *Ingester) matching(query liftoff.Query) func(context.Context) iter.Seq2[pipeline.Part, error] {
	return pipeline.OnePart(pipeline.Part{Fetch: i.fetching(query)})
}

// everything returns the one part with all launches. If their ids ascend, the
// part covers the whole range.
func (i *Ingester) everything() func(context.Context) iter.Seq2[pipeline.Part, error] {
	part := pipeline.Part{Fetch: func(ctx context.Context) iter.Seq2[liftoff.Page, error] {
		return i.Source.Launches(ctx, liftoff.Query{Selection: liftoff.SelectAll})
	}}
	if _, ok := i.Source.(RangedSource); ok {
		part.Range = &liftoff.IDRange{}
	}
	return pipeline.OnePart(part)
}

// planNew asks for what may be new since the watermark: everything if it
// has none, nothing if the list's tag has not changed.
func (i *Ingester) planNew(ctx context.Context, state liftoff.SourceState) (fetchPlan, error) {
	lost, err := i.Store.LostIDs(ctx, i.SourceKey, maxLost+1)
	if err != nil {
		return fetchPlan{}, err
	}
	known := state.ListTag
	if len(state.Gaps)+len(lost) > 0 {
		known = "" // these must be fetched in any case
	}
	tag, isUnchanged, err := i.Source.ListTag(ctx, known)
	if err != nil {
		return fetchPlan{}, err
	}
	switch {
	case state.Watermark.IsZero() || state.NewestID == "":
		i.Logger.InfoContext(ctx, "This source has no watermark: all its launches count as new.")
		return fetchPlan{parts: i.everything(), listTag: tag, readsAll: true}, nil
	case isUnchanged:
		// A list that is still as it was when a run looked for missing launches has
		// lost none since.
		if !state.MissingCheckedAt.Equal(state.Watermark) {
			i.noteMissingCheck(ctx, state)
		}
		i.Logger.InfoContext(ctx, "Nothing has changed at the API since the watermark; no launch is fetched.", "watermark", state.Watermark.Format(time.RFC3339))
		return fetchPlan{parts: func(context.Context) iter.Seq2[pipeline.Part, error] {
			return func(func(pipeline.Part, error) bool) {}
		}, listTag: tag}, nil
	}
	if len(lost) > 0 {
		i.Logger.WarnContext(ctx, "Rows of launches were deleted or added by hand; what the API has of them is fetched again.",
			"launches", min(len(lost), maxLost), "first", lost[0])
	}
	if len(lost) > maxLost {
		return fetchPlan{parts: i.everything(), listTag: tag, readsAll: true}, nil
	}
	i.noteMissingCheck(ctx, state)
	since := state.Watermark.Add(-i.LookBack)
	i.Logger.InfoContext(ctx, "Skipping launches dated before the look-back, unless their ids are new. A run for all launches checks them too.",
		"look_back_from", since.Format(time.RFC3339), "watermark", state.Watermark.Format(time.RFC3339), "look_back", i.LookBack)
	ids, err := i.Store.IDsToAskFor(ctx, i.SourceKey, maxAskedFor)
	if err != nil {
		return fetchPlan{}, err
	}
	return fetchPlan{parts: i.matching(liftoff.Query{
		Selection: liftoff.SelectNew, Since: since, NewestID: state.NewestID, IDs: append(ids, lost...), Gaps: state.Gaps,
	}), listTag: tag}, nil
}

// noteMissingCheck says since when nobody has looked for launches that the source
// no longer has, which a run for new launches does not.
func (i *Ingester) noteMissingCheck(ctx context.Context, state liftoff.SourceState) {
	if _, ok := i.Source.(RangedSource); !ok {
		return // no run can tell
	}
	const sentence = "A run for new launches does not notice launches that the API has removed; a run for all launches does."
	switch {
	case state.MissingCheckedAt.IsZero():
		i.Logger.WarnContext(ctx, sentence, "last_checked", "never")
	case i.Now().Sub(state.MissingCheckedAt) > missingCheckAge:
		i.Logger.WarnContext(ctx, sentence, "last_checked", state.MissingCheckedAt.Format(time.RFC3339))
	default:
		i.Logger.InfoContext(ctx, sentence, "last_checked", state.MissingCheckedAt.Format(time.RFC3339))
	}
}
