package ingest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/span"
)

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
