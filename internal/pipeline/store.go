package pipeline

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"liftoff"
	"liftoff/internal/failpoint"
	"liftoff/internal/span"
)

// runner is one run while it fetches and stores.
type runner struct {
	options Options
	drift   drift
	rewind  rewind
	// firstReject is why the first record was rejected.
	firstReject string
	// announcedBefore is how many launches the parts before this one announced;
	// -1 before the first.
	announcedBefore int64
	// isIncomplete says that something that was asked for did not come.
	isIncomplete bool
	// isRanged says that the run read whole ranges of ids, so that it can tell
	// which launches are missing.
	isRanged bool
	// knowsGaps says that the source was read to its end, and that the summary
	// has all that did not come as gaps.
	knowsGaps bool
	// accepted is closed when the first page has passed the guards.
	accepted chan struct{}
	// shortcoming is what is wrong although the run went on to its end.
	shortcoming error

	// mutex guards what the writers count.
	mutex      sync.Mutex
	summary    liftoff.RunSummary
	missingIDs []string
	// receivedIDs are those of launches that were asked for by their ids.
	receivedIDs map[string]bool
}

func newRunner(options Options) *runner {
	return &runner{options: options, announcedBefore: -1, accepted: make(chan struct{}), receivedIDs: map[string]bool{}, summary: liftoff.RunSummary{
		StartedAt: options.StartedAt.UTC(), Announced: -1, Status: liftoff.RunRunning,
	}}
}

// store fetches and stores all parts, with the other work beside them. When it
// returns, nothing of either goes on.
func (r *runner) store(ctx context.Context) error {
	if r.options.Beside == nil {
		return r.storeParts(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	var besideErr error
	group.Go(func() {
		besideErr = liftoff.Safely(func() error {
			select {
			case <-r.accepted:
				r.options.Beside(ctx)
			case <-ctx.Done():
			}
			return nil
		})
	})
	err := liftoff.Safely(func() error { return r.storeParts(ctx) })
	if err != nil {
		cancel()
	} else {
		r.accept() // for a run without a page
	}
	group.Wait()
	return cmp.Or(err, besideErr)
}

// accept notes that a page has passed the guards.
func (r *runner) accept() {
	select {
	case <-r.accepted:
	default:
		close(r.accepted)
	}
}

// storeParts fetches and stores one part after the other.
func (r *runner) storeParts(ctx context.Context) error {
	for part, err := range r.options.Parts(ctx) {
		if err != nil {
			return err
		}
		gaps := len(r.summary.Gaps)
		if err := r.storePart(ctx, part); err != nil {
			return err
		}
		if part.Finish != nil && len(r.summary.Gaps) == gaps {
			if err := part.Finish(ctx); err != nil {
				return err
			}
		}
		r.announcedBefore = r.summary.Announced
	}
	r.logStored(ctx)
	return nil
}

// storePart fetches the pages of a part and stores them, batch by batch.
func (r *runner) storePart(ctx context.Context, part Part) error {
	r.isRanged = r.isRanged || part.Range != nil
	writers, writing := errgroup.WithContext(ctx)
	batches := make(chan liftoff.Batch)
	for range r.options.Writers {
		writers.Go(func() error {
			return liftoff.Safely(func() error { return r.write(writing, batches) })
		})
	}
	fetchErr := liftoff.Safely(func() error { return r.fetch(writing, part, batches) })
	close(batches)
	if err := writers.Wait(); err != nil {
		return err
	}
	return fetchErr
}

// write stores batches until there are no more.
func (r *runner) write(ctx context.Context, batches <-chan liftoff.Batch) error {
	for batch := range batches {
		failpoint.Reach(failpoint.BeforeTransaction)
		if !r.options.AcceptsDrift {
			batch.Tolerates = tolerance(len(batch.Launches)+len(batch.Rejected), len(batch.Rejected))
		}
		if err := r.storeBatch(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// storeBatch stores a batch and counts it.
func (r *runner) storeBatch(ctx context.Context, batch liftoff.Batch) (err error) {
	ctx, tracing := span.Start(ctx, "batch", span.Count("liftoff.records", len(batch.Launches)+len(batch.Rejected)))
	defer tracing.End(&err)
	elapsed := liftoff.Stopwatch()
	result, err := r.options.Destination.StoreBatch(ctx, batch)
	r.noteStored(elapsed())
	if err != nil {
		return err
	}
	tracing.Set(span.Count("liftoff.inserted", result.Inserted), span.Count("liftoff.revised", result.Revised),
		span.Count("liftoff.unchanged", result.Unchanged), span.Count("liftoff.quarantined", result.Quarantined))
	return r.count(ctx, batch, result)
}

// noteStored counts how long a batch took.
func (r *runner) noteStored(elapsed time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.summary.Statistics.Store += elapsed
}

// count counts what has become of a batch. The error is a guard's: with what the
// database itself refused, too many records cannot be stored.
func (r *runner) count(ctx context.Context, batch liftoff.Batch, result liftoff.BatchResult) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.summary.Add(result.RunCounts)
	r.missingIDs = append(r.missingIDs, result.MissingIDs...)
	if r.options.Progress != nil {
		r.options.Progress(ctx, r.summary.Fetched, r.summary.Announced)
	}
	if r.options.OnBatch != nil {
		r.options.OnBatch(batch, result)
	}
	r.logBatch(ctx, batch, result)
	if len(result.Refused) == 0 {
		return nil
	}
	r.noteReject(result.Refused[0])
	r.drift.noteRefused(len(result.Refused))
	if r.options.AcceptsDrift {
		return nil
	}
	return r.drift.check()
}

// noteReject remembers why the first record was rejected.
func (r *runner) noteReject(record liftoff.RejectedRecord) {
	if r.firstReject == "" {
		r.firstReject = cmp.Or(record.Detail, string(record.Reason))
	}
}

// fetch turns pages into batches and sends them to the writers. What was
// received before an error is stored, unless the run must stop.
func (r *runner) fetch(ctx context.Context, part Part, batches chan<- liftoff.Batch) error {
	b, hasPage := newBatcher(r.options, part.Range), false
	failpoint.Reach(failpoint.BeforeFetch)
	for page, err := range part.Fetch(ctx) {
		failpoint.Reach(failpoint.AfterFetch)
		if err == nil {
			err = r.checkRewind(ctx, page)
		}
		if err == nil {
			page, err = r.examine(ctx, page)
		}
		if err != nil {
			if ctx.Err() == nil && liftoff.CategoryOf(err) != liftoff.Guard {
				_ = b.flush(ctx, batches, false) // its only error is the end of ctx
			}
			return err
		}
		r.accept()
		if err := b.add(ctx, page, batches); err != nil {
			return err
		}
		hasPage = true
	}
	if !hasPage {
		return liftoff.NewError(liftoff.Source, errors.New("the source sent no page at all, not even an empty one"), "run again")
	}
	return b.flush(ctx, batches, true)
}

// examine counts what is on a page, and refuses it when a guard says so. It
// returns the page in the form in which it is stored.
func (r *runner) examine(ctx context.Context, page liftoff.Page) (liftoff.Page, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	isFirst := r.drift.records == 0 && r.summary.Announced < 0
	drifted := r.drift.note(page)
	if r.options.Contract == ContractQuarantine {
		page = quarantineDrifted(page, r.options.Source.URL)
	} else {
		r.summary.Drifted += drifted
	}
	r.noteReceived(page)
	r.summary.Announced = max(r.announcedBefore, 0) + int64(page.TotalLaunches)
	r.summary.Gaps = append(r.summary.Gaps, page.Gaps...)
	if len(page.Rejected) > 0 {
		r.noteReject(page.Rejected[0])
	}
	if isFirst {
		if r.options.ReadsAll {
			if err := CheckShrink(r.options.Source, r.summary.Announced, r.options.AcceptsShrink); err != nil {
				return page, err
			}
		}
		if page.TotalLaunches == 1 && len(page.Launches) == 1 {
			r.logFetched(ctx)
		}
	}
	r.options.Logger.DebugContext(ctx, "Page received.", "page", page.Number,
		"launches", len(page.Launches), "rejected", len(page.Rejected), "announced", page.TotalLaunches)
	return page, r.checkDrift()
}

// noteReceived remembers which launches came, if they were asked for by their ids.
func (r *runner) noteReceived(page liftoff.Page) {
	if r.options.Requested == nil {
		return
	}
	for _, launch := range page.Launches {
		r.receivedIDs[launch.ID] = true
	}
	for _, record := range page.Rejected {
		r.receivedIDs[record.LaunchID] = true
	}
}

// checkRewind asks the guard that compares with what is stored: which of the
// page's upcoming launches had flown.
func (r *runner) checkRewind(ctx context.Context, page liftoff.Page) error {
	var upcoming []string
	for _, launch := range page.Launches {
		if launch.IsUpcoming {
			upcoming = append(upcoming, launch.ID)
		}
	}
	if len(upcoming) == 0 {
		return nil
	}
	flown, err := r.options.Destination.HaveFlown(ctx, upcoming)
	if err != nil {
		return err
	}
	r.rewind.note(len(upcoming), flown)
	if r.options.AcceptsRewind {
		return nil
	}
	return r.rewind.check()
}

// warnRewind says how many launches of a run that was not refused had flown and
// are upcoming again.
func (r *runner) warnRewind(ctx context.Context) {
	if r.rewind.flown > 0 {
		r.options.Logger.WarnContext(ctx, "Launches that had flown are upcoming again.", "launches", r.rewind.flown, "first_id", r.rewind.firstID)
	}
}

// checkDrift asks the guards that look at the records' shape.
func (r *runner) checkDrift() error {
	if r.options.Contract == ContractFreeze && r.summary.Drifted > 0 {
		return r.drift.frozen()
	}
	if r.options.AcceptsDrift {
		return nil
	}
	return r.drift.check()
}

// logFetched writes the line that users look for when something was fetched.
func (r *runner) logFetched(ctx context.Context, attributes ...any) {
	//nolint:sloglint // the sentence names what was fetched, and from which API
	r.options.Logger.InfoContext(ctx, "Successfully fetched "+r.options.What+".", attributes...)
}

// logStored logs at the end what was fetched and stored, if it was more than one
// launch; a single one has had its lines already.
func (r *runner) logStored(ctx context.Context) {
	s := r.summary
	if s.Announced == 1 || s.Pages == 0 {
		return
	}
	if s.Fetched == 0 {
		r.options.Logger.InfoContext(ctx, "Nothing was fetched.", "fetches", r.options.What, "announced", s.Announced, "pages", s.Pages)
		return
	}
	r.logFetched(ctx, "fetched", s.Fetched, "announced", max(s.Announced, s.Fetched), "pages", s.Pages)
	if r.options.IsDry {
		return
	}
	r.options.Logger.InfoContext(ctx, "Launches stored in the database.",
		"inserted", s.Inserted, "revised", s.Revised, "unchanged", s.Unchanged)
}

// logBatch writes the line that users look for when there is one launch.
func (r *runner) logBatch(ctx context.Context, batch liftoff.Batch, result liftoff.BatchResult) {
	if r.summary.Announced != 1 || len(batch.Launches) != 1 || r.options.IsDry {
		return
	}
	id := batch.Launches[0].ID
	switch {
	case result.Inserted == 1:
		r.options.Logger.InfoContext(liftoff.WithLaunchID(ctx, id), "Launch "+id+" inserted into database.") //nolint:sloglint // users look for this sentence
	case result.Revised == 1:
		r.options.Logger.InfoContext(ctx, "The launch has changed; the change is stored as a revision.", "launch_id", id)
	case result.Unchanged == 1:
		r.options.Logger.InfoContext(ctx, "The launch is in the database already; nothing was inserted.", "launch_id", id)
	}
}
