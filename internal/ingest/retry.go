package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"time"

	"liftoff"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
)

// retryRows is how many records are retried at once; each may be 1 MiB long.
const retryRows = 16

// RetryCounts is what became of the records of a retry, beyond a run's counts.
type RetryCounts struct {
	// Superseded records are not the newest known state of their launch.
	Superseded int64
	// Truncated records are too long to be kept whole, and are left alone.
	Truncated int64
	// Conflicting records are launches that came twice with different contents;
	// they are left alone unless they are named.
	Conflicting int64
}

// retry retries records in quarantine: each source's as a run of its own. What
// it returns is about all of them together.
func (i *Ingester) retry(ctx context.Context, request Request) (Result, error) {
	var result Result
	if err := i.refreshTyped(ctx, request); err != nil {
		return result, err
	}
	waiting, err := i.retriable(ctx, request.RecordIDs, &result.Retry)
	if err != nil {
		return result, err
	}
	for _, source := range slices.Sorted(maps.Keys(waiting)) {
		r := &retry{ingester: i, source: source, ids: waiting[source], total: &result}
		if err := r.run(ctx, request); err != nil {
			return result, err
		}
	}
	left := result.Summary.Quarantined + result.Retry.Truncated + result.Retry.Conflicting
	if left > 0 {
		result.Shortcoming = liftoff.NewError(liftoff.Quarantined, errors.New(liftoff.Count(left, "record stays", "records stay")+" in quarantine"),
			"`liftoff quarantine list` shows why")
	}
	return result, nil
}

// retriable returns the numbers of the records that can be retried, by their
// source, and counts the others.
func (i *Ingester) retriable(ctx context.Context, ids []int64, counts *RetryCounts) (map[string][]int64, error) {
	waiting, found := map[string][]int64{}, 0
	for record, err := range i.Store.QuarantinedRecords(ctx, ids) {
		if err != nil {
			return nil, err
		}
		found++
		switch {
		case record.IsTruncated:
			counts.Truncated++
		case record.Reason == liftoff.ConflictingDuplicate && len(ids) == 0:
			counts.Conflicting++
		default:
			source := record.Source
			if source == "" {
				source = i.SourceKey
			}
			waiting[source] = append(waiting[source], record.ID)
		}
	}
	if wanted := len(slices.Compact(slices.Sorted(slices.Values(ids)))); found < wanted {
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("only %d of the %d records named are in quarantine", found, wanted), "`liftoff quarantine list` shows which are")
	}
	return waiting, nil
}

// retry retries the records of one source as a run of its own.
type retry struct {
	ingester *Ingester
	source   string
	ids      []int64
	total    *Result
	runID    int64
	// part is what is being stored.
	part retryPart
}

// retryPart is a number of records that are stored in one transaction.
type retryPart struct {
	page liftoff.Page
	// records are by the ids of their launches.
	records map[string]liftoff.QuarantinedRecord
	retries postgres.Retries
}

// run does the run.
func (r *retry) run(ctx context.Context, request Request) (err error) {
	ctx, tracing := r.ingester.startSpan(ctx, request, r.source)
	defer tracing.End(&err)
	run, err := r.ingester.begin(ctx, request, r.source)
	if err != nil {
		skipped, err := r.ingester.skipLocked(ctx, request, err)
		r.total.IsSkipped = skipped.IsSkipped
		return err
	}
	defer run.Abandon(ctx)
	noteBegun(ctx, request, run)
	r.runID, r.total.Summary.RunID = run.ID(), run.ID()
	options := r.ingester.pipelineOptions(request, fetchPlan{parts: r.parts}, run)
	options.Source, options.AcceptsDrift, options.AcceptsRewind = liftoff.SourceState{URL: r.source}, true, true
	// A launch was fetched when it was received, not now.
	options.Enrich = func(launch liftoff.Launch, _ time.Time) liftoff.EnrichedLaunch {
		return r.ingester.Simulator.Enrich(launch, r.part.records[launch.ID].LastSeenAt)
	}
	options.OnBatch = r.note
	options.Writers = 1
	options.Complete = func(ctx context.Context, _ liftoff.RunSummary) error {
		return r.ingester.Store.CreateAggregateView(ctx)
	}
	options.Logger = slog.New(slog.DiscardHandler) // it would log what the API sent
	summary, shortcoming, err := pipeline.Execute(liftoff.WithRunID(ctx, run.ID()), options)
	r.total.Summary.Add(summary.RunCounts)
	tracing.Set(describeCounts(summary)...)
	if liftoff.CategoryOf(shortcoming) != liftoff.Quarantined { // the total counts those
		err = errors.Join(err, shortcoming)
	}
	return err
}

// parts yields the records, a few at a time: those of one part are stored in
// one transaction, and no launch is in it twice.
func (r *retry) parts(ctx context.Context) iter.Seq2[pipeline.Part, error] {
	return func(yield func(pipeline.Part, error) bool) {
		r.part = newRetryPart()
		for record, err := range r.ingester.Store.QuarantinedRecords(ctx, r.ids) {
			if err != nil {
				yield(pipeline.Part{}, err)
				return
			}
			launch, err := r.ingester.Source.DecodeLaunch(record.Body)
			if _, isThere := r.part.records[launch.ID]; (err == nil && isThere) || len(r.part.retries.Tried) == retryRows {
				if !r.yieldPart(ctx, yield) {
					return
				}
			}
			r.part.add(record, launch, err)
		}
		if len(r.part.retries.Tried) > 0 {
			r.yieldPart(ctx, yield)
		}
	}
}

func newRetryPart() retryPart {
	return retryPart{records: map[string]liftoff.QuarantinedRecord{}}
}

// add takes a record with the launch in it, or with why there is none.
func (p *retryPart) add(record liftoff.QuarantinedRecord, launch liftoff.Launch, err error) {
	p.retries.Tried = append(p.retries.Tried, record.ID)
	p.retries.LaunchIDs = append(p.retries.LaunchIDs, launch.ID)
	if err != nil {
		p.page.Rejected = append(p.page.Rejected, record.RejectedRecord)
		return
	}
	p.page.Launches = append(p.page.Launches, launch)
	p.records[launch.ID] = record
}

// yieldPart hands the part out and begins the next once it is stored.
func (r *retry) yieldPart(ctx context.Context, yield func(pipeline.Part, error) bool) bool {
	if err := r.dropOld(ctx); err != nil {
		return yield(pipeline.Part{}, err)
	}
	page := r.part.page
	page.Number, page.TotalLaunches = 1, len(page.Launches)+len(page.Rejected)
	isWanted := yield(pipeline.Part{
		Fetch: func(context.Context) iter.Seq2[liftoff.Page, error] {
			return func(yield func(liftoff.Page, error) bool) { yield(page, nil) }
		},
		Finish: r.resolve,
	}, nil)
	r.part = newRetryPart()
	return isWanted
}

// dropOld takes those launches out of the part that have something newer stored, or
// may have: what is old must not look like a change. The next run for new launches
// asks the source for all that were retried.
func (r *retry) dropOld(ctx context.Context) error {
	var seen []postgres.SeenLaunch
	for _, launch := range r.part.page.Launches {
		record := r.part.records[launch.ID]
		seenAt := record.LastSeenAt
		// Without the launch's id no run could tell that the record is superseded.
		if record.IsSuperseded || record.LaunchID == "" {
			seenAt = time.Time{} // older than whatever is stored
		}
		seen = append(seen, postgres.SeenLaunch{ID: launch.ID, SeenAt: seenAt})
	}
	old, err := r.ingester.Store.Newer(ctx, seen)
	if err != nil {
		return err
	}
	for _, position := range slices.Backward(old) {
		r.part.retries.Resolved = append(r.part.retries.Resolved, r.part.records[seen[position].ID].ID)
		r.part.page.Launches = slices.Delete(r.part.page.Launches, position, position+1)
		r.total.Retry.Superseded++
	}
	return nil
}

// note takes which launches of a batch were stored.
func (r *retry) note(batch liftoff.Batch, result liftoff.BatchResult) {
	for _, launch := range batch.Launches {
		isRefused := func(refused liftoff.RejectedRecord) bool { return refused.LaunchID == launch.ID }
		if !slices.ContainsFunc(result.Refused, isRefused) {
			r.part.retries.Resolved = append(r.part.retries.Resolved, r.part.records[launch.ID].ID)
		}
	}
}

// resolve marks the records of the part, which is stored.
func (r *retry) resolve(ctx context.Context) error {
	r.part.retries.RunID, r.part.retries.At = r.runID, r.ingester.Now()
	return r.ingester.Store.NoteRetries(ctx, r.part.retries)
}
