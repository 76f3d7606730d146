package pipeline

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"liftoff"
)

// ingestion is one run while it fetches and stores.
type ingestion struct {
	options Options
	drift   drift
	// firstReject says why the first record was rejected.
	firstReject string
	// announcedBefore is how many launches the parts before this one announced;
	// -1 before the first.
	announcedBefore int64
	// isIncomplete says that something that was asked for did not come.
	isIncomplete bool
	// knowsGaps says that the source was read to its end, and that what did not
	// come is in the summary's Missed.
	knowsGaps bool

	// mutex guards what the writers count.
	mutex      sync.Mutex
	summary    liftoff.RunSummary
	missingIDs []string
}

// store fetches and stores all parts.
func (i *ingestion) store(ctx context.Context) error {
	for part, err := range i.options.Parts(ctx) {
		if err != nil {
			return err
		}
		missed := len(i.summary.Missed)
		if err := i.storePart(ctx, part); err != nil {
			return err
		}
		if part.Stored != nil && len(i.summary.Missed) == missed {
			if err := part.Stored(ctx); err != nil {
				return err
			}
		}
		i.announcedBefore = i.summary.Announced
	}
	i.logStored(ctx)
	return nil
}

// storePart fetches the pages of a part and stores them, batch by batch.
func (i *ingestion) storePart(ctx context.Context, part Part) error {
	writers, writing := errgroup.WithContext(ctx)
	batches := make(chan liftoff.Batch)
	for range i.options.Writers {
		writers.Go(func() error { return i.write(writing, batches) })
	}
	fetchErr := i.fetch(writing, part, batches)
	close(batches)
	if err := writers.Wait(); err != nil {
		return err
	}
	return fetchErr
}

// write stores batches until there are no more.
func (i *ingestion) write(ctx context.Context, batches <-chan liftoff.Batch) error {
	for batch := range batches {
		result, err := i.options.Run.StoreBatch(ctx, batch)
		if err != nil {
			return err
		}
		i.count(batch, result)
	}
	return nil
}

func (i *ingestion) count(batch liftoff.Batch, result liftoff.BatchResult) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.summary.Add(result.RunCounts)
	i.missingIDs = append(i.missingIDs, result.MissingIDs...)
	if i.options.Progress != nil {
		i.options.Progress(i.summary.Fetched, i.summary.Announced)
	}
	if i.options.Stored != nil {
		i.options.Stored(batch, result)
	}
	i.logBatch(batch, result)
}

// fetch turns pages into batches and sends them to the writers. What was
// received before an error is stored, unless the run shall stop.
func (i *ingestion) fetch(ctx context.Context, part Part, batches chan<- liftoff.Batch) error {
	b := newBatcher(i.options, part.Range)
	for page, err := range part.Fetch(ctx) {
		if err == nil {
			page, err = i.examine(ctx, page)
		}
		if err != nil {
			if ctx.Err() == nil && liftoff.CategoryOf(err) != liftoff.Guard {
				_ = b.flush(ctx, batches, false) // its only error is that ctx has ended
			}
			return err
		}
		if err := b.add(ctx, page, batches); err != nil {
			return err
		}
	}
	return b.flush(ctx, batches, true)
}

// examine takes a page's figures, and refuses it when a guard says so. It
// returns the page as it shall be stored.
func (i *ingestion) examine(ctx context.Context, page liftoff.Page) (liftoff.Page, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	isFirst := i.drift.records == 0 && i.summary.Announced < 0
	drifted := i.drift.note(page)
	if i.options.Contract == ContractQuarantine {
		page = setDriftedApart(page, i.options.Source.URL)
	} else {
		i.summary.Drifted += drifted
	}
	i.summary.Announced = max(i.announcedBefore, 0) + int64(page.TotalLaunches)
	i.summary.Missed = append(i.summary.Missed, page.Missed...)
	if len(page.Rejected) > 0 && i.firstReject == "" {
		i.firstReject = page.Rejected[0].Detail
	}
	if isFirst {
		if i.readsAll() {
			if err := CheckShrink(i.options.Source, i.summary.Announced, i.options.AcceptsShrink); err != nil {
				return page, err
			}
		}
		if page.TotalLaunches == 1 && len(page.Launches) == 1 {
			i.options.Logger.InfoContext(ctx, "Successfully fetched "+i.options.SourceName+" from SpaceX API.")
		}
	}
	i.options.Logger.DebugContext(ctx, fmt.Sprintf("Page %d: %d launches, %d rejected, of %d.",
		page.Number, len(page.Launches), len(page.Rejected), page.TotalLaunches))
	return page, i.checkDrift()
}

// checkDrift asks the guards that look at the records' shape.
func (i *ingestion) checkDrift() error {
	if i.options.Contract == ContractFreeze && i.summary.Drifted > 0 {
		return i.drift.frozen()
	}
	if i.options.AcceptsDrift {
		return nil
	}
	return i.drift.check()
}

// readsAll reports whether the run reads the whole source: the first one for
// what is new does so too.
func (i *ingestion) readsAll() bool {
	return i.options.Selection == liftoff.SelectAll ||
		i.options.Selection == liftoff.SelectNew && i.options.Source.Watermark.IsZero()
}

// logStored says at the end what was fetched and stored, for more than one
// launch; a single one has had its lines already.
func (i *ingestion) logStored(ctx context.Context) {
	s := i.summary
	if s.Announced == 1 || s.Pages == 0 {
		return
	}
	i.options.Logger.InfoContext(ctx, fmt.Sprintf("Successfully fetched %s from SpaceX API: %d of %d on %d pages.",
		i.options.SourceName, s.Fetched, max(s.Announced, s.Fetched), s.Pages))
	if i.options.IsDry {
		return
	}
	i.options.Logger.InfoContext(ctx, fmt.Sprintf("%d launches inserted into database, %d revised, %d were there already.",
		s.Inserted, s.Revised, s.Unchanged))
}

// logBatch writes the line that people look for when there is one launch.
func (i *ingestion) logBatch(batch liftoff.Batch, result liftoff.BatchResult) {
	if i.summary.Announced != 1 || len(batch.Launches) != 1 || i.options.IsDry {
		return
	}
	id := batch.Launches[0].ID
	switch {
	case result.Inserted == 1:
		i.options.Logger.Info("Launch " + id + " inserted into database.")
	case result.Revised == 1:
		i.options.Logger.Info("Launch " + id + " has changed; the change is stored as a revision.")
	case result.Unchanged == 1:
		i.options.Logger.Info("Launch " + id + " is in the database already; nothing inserted.")
	}
}
