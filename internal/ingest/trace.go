package ingest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"liftoff"
	"liftoff/internal/failpoint"
	"liftoff/internal/postgres"
	"liftoff/internal/span"
)

// Run does one run and returns what it did, also when it ends in an error: the
// batches that were stored before stay stored, and running again picks up the
// rest. Analytics are the caller's, when the error is nil.
//
// A worker that comes when its backfill is finished does nothing, and has no row in the
// ledger.
//
// The error is liftoff.Usage for a request that makes no sense, liftoff.Locked
// when another run has the source's lock or takes over, liftoff.Guard when a
// guard refuses what the source sends (see package pipeline for which),
// liftoff.Source or liftoff.Privilege for the source, and liftoff.Database or
// liftoff.Privilege for PostgreSQL.
func (i *Ingester) Run(ctx context.Context, request Request) (result Result, err error) {
	if request.Selection == liftoff.SelectQuarantine {
		return i.run(ctx, request) // a run for each source, with a span each
	}
	ctx, tracing := i.startSpan(ctx, request, i.SourceKey)
	defer tracing.End(&err)
	result, err = i.run(ctx, request)
	tracing.Set(describeCounts(result.Summary)...)
	return result, err
}

// startSpan begins the span of a run.
func (i *Ingester) startSpan(ctx context.Context, request Request, sourceKey string) (context.Context, span.Span) {
	return span.Start(ctx, "run", span.Text("liftoff.run.selection", string(request.Selection)), span.Text("liftoff.run.source", sourceKey))
}

// noteBegun tells the run's span what is known when the run has its row in the ledger.
func noteBegun(ctx context.Context, request Request, run *postgres.Run) {
	tracing := span.Of(ctx)
	tracing.Set(span.Count("liftoff.run.id", run.ID()))
	if slot := request.Slot; slot != nil {
		tracing.Set(span.Text("liftoff.run.schedule", slot.Schedule.Name))
	}
}

// describeCounts says for the run's span how the run ended.
func describeCounts(s liftoff.RunSummary) []span.Attribute {
	return []span.Attribute{
		span.Text("liftoff.run.status", string(s.Status)), span.Count("liftoff.pages", s.Pages), span.Count("liftoff.records", s.Fetched),
		span.Count("liftoff.inserted", s.Inserted), span.Count("liftoff.revised", s.Revised),
		span.Count("liftoff.unchanged", s.Unchanged), span.Count("liftoff.quarantined", s.Quarantined),
	}
}

// takeBeside is takeAll while launches are stored.
func (r *references) takeBeside(ctx context.Context) {
	ctx, tracing := span.Start(ctx, "references")
	var err error
	defer tracing.End(&err)
	r.takeAll(ctx)
	err = cmp.Or(r.takeErr, errors.Join(slices.Collect(maps.Values(r.unserved))...))
}

// fetchReferences fetches what the launches refer to. An error of the source, or
// that some were refused, does not end the run, and is returned apart from those
// that do.
func (i *Ingester) fetchReferences(ctx context.Context, refs *references) (shortcoming, err error) {
	failpoint.Reach(failpoint.BeforeReferences)
	if !i.WithReferences || refs.isLeftToOthers() {
		return nil, nil
	}
	ctx, tracing := span.Start(ctx, "references")
	var failure error
	defer tracing.End(&failure)
	shortcoming, err = i.fetchWith(ctx, refs)
	failure = cmp.Or(err, shortcoming)
	return shortcoming, err
}
