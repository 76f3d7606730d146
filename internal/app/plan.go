package app

import (
	"context"
	"fmt"
	"iter"
	"time"

	"liftoff"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/source/spacex"
)

// backfillRows is how many launches a worker of a backfill claims at once.
const backfillRows = 10_000

// maxUpcoming bounds how many upcoming launches are asked for by id.
const maxUpcoming = 1000

// fetchPlan is where a run's launches come from.
type fetchPlan struct {
	parts   func(context.Context) iter.Seq2[pipeline.Part, error]
	listTag string
}

// planFetch decides what to ask the API for.
func (a *App) planFetch(ctx context.Context, opts runOptions, source liftoff.SourceState, run *postgres.Run) (fetchPlan, error) {
	switch opts.asked.selection {
	case liftoff.SelectLatest:
		return fetchPlan{parts: pipeline.OnePart(pipeline.Part{Fetch: opts.client.Latest})}, nil
	case liftoff.SelectAll:
		tag, _, err := opts.client.ListTag(ctx, "")
		return fetchPlan{parts: filtered(opts.client, spacex.Everything(), &liftoff.IDRange{}), listTag: tag}, err
	case liftoff.SelectNew:
		return a.planNew(ctx, opts, source)
	case liftoff.SelectBackfill:
		return a.planBackfill(ctx, opts, source, run)
	default:
		return fetchPlan{parts: filtered(opts.client, opts.asked.filter, nil)}, nil
	}
}

// filtered returns the one part of what a filter finds.
func filtered(client *spacex.Client, filter spacex.Filter, covers *liftoff.IDRange) func(context.Context) iter.Seq2[pipeline.Part, error] {
	return pipeline.OnePart(pipeline.Part{Range: covers, Fetch: func(ctx context.Context) iter.Seq2[liftoff.Page, error] {
		return client.Launches(ctx, filter)
	}})
}

// planNew asks for what may be new since the last good run: everything when
// there was none, nothing when the list's tag says so.
func (a *App) planNew(ctx context.Context, opts runOptions, source liftoff.SourceState) (fetchPlan, error) {
	client, store := opts.client, opts.store
	known := source.ListTag
	if len(source.Missed) > 0 {
		known = "" // what was missed has to be fetched in any case
	}
	tag, isUnchanged, err := client.ListTag(ctx, known)
	switch {
	case err != nil:
		return fetchPlan{}, err
	case source.Watermark.IsZero() || source.NewestID == "":
		a.Logger.InfoContext(ctx, "There was no good run of this source yet: all launches are new.")
		return fetchPlan{parts: filtered(client, spacex.Everything(), &liftoff.IDRange{}), listTag: tag}, nil
	case isUnchanged:
		a.Logger.InfoContext(ctx, "Nothing has changed at the API since "+source.Watermark.Format(time.DateTime)+" UTC; no launch is fetched.")
		nothing := func(context.Context) iter.Seq2[pipeline.Part, error] { return func(func(pipeline.Part, error) bool) {} }
		return fetchPlan{parts: nothing, listTag: tag}, nil
	}
	since := source.Watermark.Add(-a.Config.LookBack)
	a.Logger.InfoContext(ctx, fmt.Sprintf("Skipping launches that flew before %s UTC (the last good run began at %s, less a look-back of %s), unless they are new to the API; `%s ingest --all` looks at them too.",
		since.Format(time.DateTime), source.Watermark.Format(time.DateTime), a.Config.LookBack, a.Program))
	upcoming, err := store.UpcomingIDs(ctx, maxUpcoming)
	if err != nil {
		return fetchPlan{}, err
	}
	filter := spacex.NewSince(spacex.News{Since: since, NewestID: source.NewestID, UpcomingIDs: upcoming, Missed: source.Missed})
	return fetchPlan{parts: filtered(client, filter, nil), listTag: tag}, nil
}

// planBackfill makes the run a worker of the source's backfill.
func (a *App) planBackfill(ctx context.Context, opts runOptions, source liftoff.SourceState, run *postgres.Run) (fetchPlan, error) {
	err := run.JoinBackfill(ctx, func(ctx context.Context) ([]liftoff.IDRange, error) {
		ranges, total, err := opts.client.Ranges(ctx, backfillRows)
		if err != nil {
			return nil, err
		}
		return ranges, pipeline.CheckShrink(source, int64(total), opts.asked.AcceptsShrink)
	})
	if err != nil {
		return fetchPlan{}, err
	}
	return fetchPlan{parts: func(ctx context.Context) iter.Seq2[pipeline.Part, error] {
		return a.claimedParts(ctx, opts.client, run)
	}}, nil
}

// claimedParts claims one part of a backfill after the other, until there is
// none that nobody works on.
func (a *App) claimedParts(ctx context.Context, client *spacex.Client, run *postgres.Run) iter.Seq2[pipeline.Part, error] {
	return func(yield func(pipeline.Part, error) bool) {
		for {
			claimed, found, err := run.ClaimRange(ctx)
			if err != nil {
				yield(pipeline.Part{}, err)
				return
			}
			if !found {
				a.Logger.InfoContext(ctx, "No part of the backfill is left to claim.")
				return
			}
			if !yield(pipeline.Part{
				Range: &claimed.IDRange,
				Fetch: func(ctx context.Context) iter.Seq2[liftoff.Page, error] {
					return client.Launches(ctx, spacex.Within(claimed.IDRange))
				},
				Stored: func(ctx context.Context) error { return run.FinishRange(ctx, claimed.Number, a.Now()) },
			}, nil) {
				return
			}
		}
	}
}
