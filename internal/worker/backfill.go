package worker

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/span"
)

// backfills is how a worker gets along with backfills. Its zero value has had no trouble.
type backfills struct {
	failures int
	// rest ends when the next one may be joined after a failure; nil for at once.
	rest <-chan time.Time
}

// joinBackfill works on the parts of an open backfill of the source, if any is free, until
// none is. It reports whether it did anything. A run that fails is not an error of the
// worker: what it has claimed is free again, and it rests before it joins the next time.
func (w *worker) joinBackfill(ctx context.Context) (isDone bool, err error) {
	if w.backfills.rest != nil {
		select {
		case <-w.backfills.rest:
			w.backfills.rest = nil
		default:
			return false, nil
		}
	}
	id, hasFree, err := w.Store.OpenBackfillID(ctx, w.Ingester.SourceKey)
	if err != nil || !hasFree {
		return false, err
	}
	ctx, tracing := span.Start(ctx, "backfill", span.Count("liftoff.backfill.id", id))
	defer tracing.End(&err)
	result, err := w.Ingester.Run(ctx, ingest.Request{
		Query: liftoff.Query{Selection: liftoff.SelectBackfill}, BackfillID: id, Command: fmt.Sprintf("worker, backfill %d", id),
	})
	switch {
	case ctx.Err() != nil:
		return true, ctx.Err()
	case liftoff.CategoryOf(err) == liftoff.Locked:
		return false, nil // a run that shares the source with nobody is at work
	}
	ctx = liftoff.WithRunID(ctx, result.Summary.RunID)
	result.Log(ctx, w.Ingester.Logger)
	if err == nil {
		err = result.Shortcoming
	}
	if err == nil || liftoff.CategoryOf(err) == liftoff.Quarantined {
		w.backfills = backfills{}
	} else {
		pause := backoff(w.backfills.failures)
		w.backfills.failures++
		w.backfills.rest = time.After(pause)
	}
	if err != nil {
		w.say(ctx, failure{kind: "backfill", name: strconv.FormatInt(id, 10), err: err})
	}
	return true, nil
}
