package ingest

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"liftoff"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
)

const (
	// partsPerWorker is how many parts there are for each worker expected, so that they
	// end at about the same time although some are slower.
	partsPerWorker = 16
	// maxParts bounds how many parts a backfill has: each costs a request when it is
	// opened.
	maxParts = 1000
	// minPartLaunches and maxPartLaunches bound how many launches a part has. A worker
	// that dies loses what it has of its parts, and it has some of them in memory.
	minPartLaunches = 100
	maxPartLaunches = 5_000
	// sameSince is how much later a date may be to ask for the same backfill: "30d"
	// means another moment each time.
	sameSince = 24 * time.Hour
)

// BackfillRequest says which backfill to open.
type BackfillRequest struct {
	// Since is the date from which on launches are read; zero for all launches.
	Since time.Time
	// Workers is how many are expected, 1 or more. Any number may come.
	Workers int
	// AcceptsShrink accepts a source that has lost many launches.
	AcceptsShrink bool
}

// OpenBackfill opens a backfill of the source for workers to join, and returns it. If one
// is open already that reads what is asked for, it returns that and isNew is false. It
// asks the source for the borders of the parts, and stores no launch.
//
// The error is liftoff.Usage for a request that makes no sense or while a different
// backfill is open, liftoff.Guard if the source has shrunk, liftoff.Source or
// liftoff.Privilege for the source, and liftoff.Database or liftoff.Privilege for
// PostgreSQL.
func (i *Ingester) OpenBackfill(ctx context.Context, request BackfillRequest) (opened liftoff.Backfill, isNew bool, err error) {
	source, isRanged := i.Source.(RangedSource)
	switch {
	case !isRanged:
		return liftoff.Backfill{}, false, notRanged(i.Source)
	case request.Workers < 1:
		return liftoff.Backfill{}, false, unusable("say how many workers you will start", "a backfill needs 1 worker or more, not %d", request.Workers)
	case request.AcceptsShrink && !request.Since.IsZero():
		return liftoff.Backfill{}, false, unusable("leave out one of them", "launches since a date are not compared with how many there were")
	}
	if err := i.Store.PrepareSchema(ctx, i.AutoMigrate); err != nil {
		return liftoff.Backfill{}, false, err
	}
	id, _, err := i.Store.OpenBackfillID(ctx, i.SourceKey)
	if err == nil && id == 0 {
		id, isNew, err = i.beginBackfill(ctx, source, request)
	}
	if err == nil {
		opened, err = i.Store.Backfill(ctx, id)
	}
	if err == nil && !isNew {
		err = checkAlike(opened, request)
	}
	return opened, isNew, err
}

// beginBackfill divides the source into parts and opens the backfill.
func (i *Ingester) beginBackfill(ctx context.Context, source RangedSource, request BackfillRequest) (id int64, isNew bool, err error) {
	state, err := i.Store.Source(ctx, i.SourceKey)
	if err != nil {
		return 0, false, err
	}
	ranges, total, err := source.Ranges(ctx, liftoff.Division{
		Since: request.Since, Parts: min(request.Workers, maxParts/partsPerWorker) * partsPerWorker, MinSize: minPartLaunches, MaxSize: maxPartLaunches,
	})
	if err != nil {
		return 0, false, err
	}
	if request.Since.IsZero() {
		if err := pipeline.CheckShrink(state, int64(total), request.AcceptsShrink); err != nil {
			return 0, false, err
		}
	}
	id, isNew, closed, err := i.Store.OpenBackfill(ctx, postgres.NewBackfill{
		Source: i.SourceKey, Since: request.Since, Ranges: ranges, Announced: int64(total), AcceptsShrink: request.AcceptsShrink,
	})
	for _, old := range closed {
		i.Logger.WarnContext(ctx, "A backfill was open for more than 24 hours; it is closed, although parts of it are not done.", "backfill", old)
	}
	return id, isNew, err
}

// checkAlike returns a liftoff.Usage error unless the open backfill reads what is asked
// for, and not much more.
func checkAlike(open liftoff.Backfill, request BackfillRequest) error {
	wanted := liftoff.Backfill{Since: request.Since}
	later := request.Since.Sub(open.Since)
	if open.Since.IsZero() == request.Since.IsZero() && later >= 0 && later < sameSince {
		return nil
	}
	return unusable(fmt.Sprintf("finish it first with `liftoff worker --backfill %d`", open.ID),
		"backfill %d of %s is open and has %s left; one of %s cannot be opened beside it",
		open.ID, open.What(), liftoff.Count(int64(open.PartsLeft()), "part", "parts"), wanted.What())
}

// checkBackfill looks whether a worker of a backfill finds work, before it opens a row
// in the ledger.
func (i *Ingester) checkBackfill(ctx context.Context, id int64) (isFinished bool, err error) {
	backfill, err := i.Store.Backfill(ctx, id)
	switch {
	case err != nil:
		return false, err
	case backfill.Source != i.SourceKey:
		return false, unusable("set the API's address to that one", "backfill %d is of %s, not of %s", id, backfill.Source, i.SourceKey)
	case backfill.State == liftoff.BackfillFinished:
		i.Logger.InfoContext(ctx, fmt.Sprintf("Backfill %d is finished.", id), //nolint:sloglint // the sentence names the backfill
			"parts", backfill.Parts, "launches", backfill.Fetched)
		return true, nil
	case backfill.State == liftoff.BackfillClosed:
		return false, ClosedBackfill(liftoff.Usage, backfill) // to try again is in vain
	}
	return false, nil
}

// ClosedBackfill returns the error for a backfill that is closed although parts of it are
// not done.
func ClosedBackfill(category liftoff.Category, backfill liftoff.Backfill) error {
	return liftoff.NewError(category,
		fmt.Errorf("backfill %d was open for more than 24 hours and is closed: %d of %d parts were not done", backfill.ID, backfill.PartsLeft(), backfill.Parts),
		"open another one with `liftoff backfill`; what was stored stays stored")
}

// planBackfill makes the run a worker of a backfill.
func (i *Ingester) planBackfill(ctx context.Context, request Request, run *postgres.Run) (fetchPlan, error) {
	since, isOpen, err := run.JoinBackfill(ctx, request.BackfillID)
	if err != nil {
		return fetchPlan{}, err
	}
	if !isOpen {
		i.Logger.InfoContext(ctx, "Others have finished the backfill meanwhile.", "backfill", request.BackfillID)
	}
	return fetchPlan{parts: (&claims{ingester: i, run: run, since: since}).parts}, nil
}

// claims are the parts of a backfill that a worker claims.
type claims struct {
	ingester *Ingester
	run      *postgres.Run
	// since is the date from which on launches are read; zero for all.
	since    time.Time
	fetching sync.WaitGroup
}

// parts claims one part after the other, until all are done or claimed by other
// workers. While one is stored, those after it are fetched, as many at once as pages of
// other runs.
func (c *claims) parts(ctx context.Context) iter.Seq2[pipeline.Part, error] {
	return func(yield func(pipeline.Part, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer c.fetching.Wait()
		defer cancel()
		var ahead []pipeline.Part
		for {
			for isMore := true; isMore && len(ahead) < c.ingester.Concurrency; {
				claimed, found, err := c.run.ClaimRange(ctx)
				if err != nil {
					yield(pipeline.Part{}, err)
					return
				}
				if isMore = found; found {
					ahead = append(ahead, c.part(ctx, claimed))
				}
			}
			if len(ahead) == 0 {
				c.ingester.Logger.InfoContext(ctx, "No part of the backfill is left to claim.")
				return
			}
			c.run.StartRange()
			if !yield(ahead[0], nil) {
				return
			}
			ahead = ahead[1:]
		}
	}
}

// part returns a claimed part for the pipeline, and begins to fetch it unless pages are
// fetched one by one.
func (c *claims) part(ctx context.Context, claimed postgres.ClaimedRange) pipeline.Part {
	part := pipeline.Part{
		Fetch:  c.ingester.fetching(liftoff.Query{Selection: liftoff.SelectBackfill, Range: claimed.IDRange, Since: c.since}),
		Finish: func(ctx context.Context) error { return c.run.FinishRange(ctx, claimed.Number, c.ingester.Now()) },
	}
	if c.ingester.Concurrency > 1 {
		part.Fetch = fetchAhead(ctx, part.Fetch, &c.fetching)
	}
	if c.since.IsZero() { // else launches of the range that do not come are not missing
		part.Range = &claimed.IDRange
	}
	return part
}

// pages is what a part is fetched by.
type pages = func(context.Context) iter.Seq2[liftoff.Page, error]

// fetchAhead begins to fetch pages, in a goroutine of the group, and returns what yields
// them. It keeps all pages of a part: one that waited for its reader would keep a page's
// place from the parts before it.
func fetchAhead(ctx context.Context, fetch pages, group *sync.WaitGroup) pages {
	var fetched []liftoff.Page
	var failure error
	done := make(chan struct{})
	group.Go(func() {
		defer close(done)
		failure = liftoff.Safely(func() error {
			for page, err := range fetch(ctx) {
				if err != nil {
					return err
				}
				fetched = append(fetched, page)
			}
			return nil
		})
	})
	return func(ctx context.Context) iter.Seq2[liftoff.Page, error] {
		return func(yield func(liftoff.Page, error) bool) {
			select {
			case <-done:
			case <-ctx.Done():
				yield(liftoff.Page{}, ctx.Err())
				return
			}
			for _, page := range fetched {
				if !yield(page, nil) {
					return
				}
			}
			if failure != nil {
				yield(liftoff.Page{}, failure)
			}
		}
	}
}
