package spacex

import (
	"context"
	"iter"
	"sync"

	"liftoff"
)

// maxPages ends a walk that a server never ends; with pages of 500 it is far
// beyond every launch there will be.
const maxPages = 10_000

// maxFailedPages is how many pages in a row may fail, or bring nothing new,
// before the walk is given up: then it is not the page.
const maxFailedPages = 3

// Launches returns the launches that a filter names, page after page in
// ascending order of id. Pages are fetched ahead, up to options.Concurrency at
// once, but nothing is fetched before the sequence is read or after the
// reader has stopped. Every page is complete when it is handed out.
//
// Neighbouring pages overlap by one record. Where they do not fit together,
// because a launch was added or has gone meanwhile, the walk goes on from the
// last launch by its id, so that none is lost and none comes twice. A page
// that cannot be fetched is left out and named in the next page's Missed,
// unless it is the first, or several fail in a row.
//
// Errors are as for Latest, and besides liftoff.Source errors when the API
// does not keep to the order asked for, or sends the same again and again.
// Whether as many launches came as the API announced is for the caller to
// compare.
func (c *Client) Launches(ctx context.Context, filter Filter) iter.Seq2[liftoff.Page, error] {
	return c.walk(ctx, "launches", filter)
}

// walk is Launches for any collection.
func (c *Client) walk(ctx context.Context, collection string, filter Filter) iter.Seq2[liftoff.Page, error] {
	return func(yield func(liftoff.Page, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		w := &walk{client: c, collection: collection, filter: filter, size: c.options.PageSize}
		defer w.fetchers.Wait()
		defer cancel()
		if err := w.run(ctx, yield); err != nil {
			yield(liftoff.Page{}, err)
		}
	}
}

// walk is how far a reading of all pages has come.
type walk struct {
	client     *Client
	collection string
	filter     Filter
	// size is the number of records by which offsets grow.
	size int
	// total is what the API announced last.
	total int
	// pages, received count what was handed out.
	pages, received int
	joint           joint
	// ahead are the pages on their way, in order; next is the number of the
	// one to start after them.
	ahead    []chan fetched
	next     int
	fetchers sync.WaitGroup
	// failed counts the pages in a row that could not be fetched; gap is the
	// part before the next page that is missed, nil when there is none.
	failed int
	gap    *liftoff.MissedRange
	// idle counts the pages in a row that brought nothing new.
	idle int
	// isAtEnd says that a page came without records, whatever was announced.
	isAtEnd bool
}

// fetched is a page or why there is none.
type fetched struct {
	page page
	err  error
}

// run hands out all pages; it returns nil when the reader has stopped.
func (w *walk) run(ctx context.Context, yield func(liftoff.Page, error) bool) error {
	first, err := w.fetch(ctx, w.part(0))
	if err != nil {
		return err
	}
	w.total = first.total
	if n := len(first.records); n > 0 && n < w.size && n < first.total {
		w.size = n // the API gives no more at once
	}
	if (w.total-1)/w.size >= w.client.options.maxPages {
		return w.failure(w.tooMany())
	}
	w.next = 1
	if goesOn, err := w.handOut(ctx, first, yield); !goesOn {
		return err
	}
	for w.fetchAhead(ctx); len(w.ahead) > 0; w.fetchAhead(ctx) {
		answer := <-w.ahead[0]
		w.ahead = w.ahead[1:]
		if answer.err != nil {
			if err := w.leaveOut(ctx, answer.err); err != nil {
				return err
			}
			continue
		}
		if goesOn, err := w.handOut(ctx, answer.page, yield); !goesOn {
			return err
		}
	}
	return w.finish(ctx, yield)
}

// part returns what page n asks for: its records, and before them the last
// one of the page before.
func (w *walk) part(n int) part {
	if n == 0 {
		return part{w.collection, w.filter, 0, w.size}
	}
	return part{w.collection, w.filter, n*w.size - 1, w.size + 1}
}

func (w *walk) fetch(ctx context.Context, part part) (page, error) {
	return w.client.fetchPage(ctx, part)
}

// fetchAhead starts to fetch pages until enough are on their way.
func (w *walk) fetchAhead(ctx context.Context) {
	for !w.isAtEnd && len(w.ahead) < w.client.options.Concurrency && w.next*w.size < w.total && w.next < w.client.options.maxPages {
		answer := make(chan fetched, 1)
		part := w.part(w.next)
		w.fetchers.Go(func() {
			page, err := w.fetch(ctx, part)
			answer <- fetched{page, err}
		})
		w.ahead = append(w.ahead, answer)
		w.next++
	}
}

// leaveOut notes that a page could not be fetched, or returns its error when
// there is no sense in going on.
func (w *walk) leaveOut(ctx context.Context, err error) error {
	w.failed++
	if ctx.Err() != nil || liftoff.CategoryOf(err) != liftoff.Source || w.failed == maxFailedPages {
		return err
	}
	if w.gap == nil {
		w.gap = &liftoff.MissedRange{AfterID: w.joint.lastID}
	}
	w.client.options.Logger.WarnContext(ctx, "A page could not be fetched and is left out; the next run fetches it.", "reason", err.Error())
	return nil
}

// handOut fits a page to those before it and hands out what is new in it.
// It returns false when the walk shall end, with an error or because the
// reader has stopped.
func (w *walk) handOut(ctx context.Context, p page, yield func(liftoff.Page, error) bool) (goesOn bool, err error) {
	w.failed = 0
	w.total = p.total
	w.isAtEnd = len(p.records) == 0
	if w.gap == nil && w.joint.leavesGap(p.records) {
		if goesOn, err := w.fillGap(ctx, p.records, yield); !goesOn {
			return false, err
		}
	}
	return w.give(p.records, yield)
}

// give hands out the new ones among records, which begin where the last ones
// ended or earlier.
func (w *walk) give(records []record, yield func(liftoff.Page, error) bool) (goesOn bool, err error) {
	if w.gap != nil && len(records) > 0 {
		w.gap.BeforeID = records[0].id()
	}
	handed, err := w.joint.add(records)
	if err == nil {
		err = w.checkCovered(handed)
	}
	if err != nil {
		return false, w.failure(err)
	}
	w.idle++
	if len(handed.Launches)+len(handed.Rejected)+handed.Repeated > 0 || len(records) <= 1 {
		w.idle = 0
	}
	if w.idle == maxFailedPages {
		return false, w.failure(contentFault("the pages repeat what came before them: the API does not go on"))
	}
	w.pages++
	w.received += len(handed.Launches) + len(handed.Rejected) + handed.Repeated
	handed.Number, handed.TotalLaunches = w.pages, w.total
	if w.gap != nil {
		handed.Missed, w.gap = []liftoff.MissedRange{*w.gap}, nil
	}
	return yield(handed, nil), nil
}

// checkCovered returns an error when a launch came that was not asked for.
func (w *walk) checkCovered(page liftoff.Page) error {
	if w.filter.covers == nil {
		return nil
	}
	for _, launch := range page.Launches {
		if !w.filter.covers(launch.ID) {
			return contentFault("the API sends launch %q, which was not asked for: it does not keep to the filter", launch.ID)
		}
	}
	return nil
}

// fillGap hands out what lies between the last record and the given ones:
// launches before them have gone meanwhile, and the rest has moved up past
// the border of the page.
func (w *walk) fillGap(ctx context.Context, until []record, yield func(liftoff.Page, error) bool) (goesOn bool, err error) {
	for w.joint.leavesGap(until) {
		before := w.joint.lastID
		between, err := w.fetchAfter(ctx, before)
		if err != nil {
			return false, err
		}
		if goesOn, err := w.give(between.records, yield); !goesOn {
			return false, err
		}
		if w.joint.lastID == before {
			return true, nil // nothing is there
		}
	}
	return true, nil
}

// fetchAfter fetches a page of what comes after a launch.
func (w *walk) fetchAfter(ctx context.Context, id string) (page, error) {
	found, err := w.fetch(ctx, part{w.collection, w.filter.after(id), 0, w.size})
	if err == nil && len(found.records) > 0 && found.records[0].id() != "" && found.records[0].id() <= id {
		err = w.failure(contentFault("the API sends launch %q when asked for those after %q: it does not keep to the filter asked for",
			found.records[0].id(), id))
	}
	return found, err
}

// finish fetches what lies behind the last page: the API may have fewer
// records on a page than it was asked for, or have got more of them.
func (w *walk) finish(ctx context.Context, yield func(liftoff.Page, error) bool) error {
	if !w.isAtEnd && w.next*w.size < w.total {
		return w.failure(w.tooMany())
	}
	if w.gap != nil {
		_, err := w.give(nil, yield)
		return err
	}
	for w.received < w.total && w.joint.lastID != "" {
		before := w.joint.lastID
		rest, err := w.fetchAfter(ctx, before)
		if err != nil {
			return err
		}
		if len(rest.records) == 0 {
			return nil
		}
		if goesOn, err := w.give(rest.records, yield); !goesOn {
			return err
		}
		if w.joint.lastID == before {
			return nil
		}
	}
	return nil
}

// tooMany is the fault of a number that nobody can believe.
func (w *walk) tooMany() error {
	return contentFault("the API announces %d launches, which is more than %d pages of %d", w.total, w.client.options.maxPages, w.size)
}

// failure returns the error for answers that do not fit together.
func (w *walk) failure(err error) error {
	return failure(call{what: w.filter.what, url: w.client.endpoint("v4/" + w.collection + "/query")}, asFault(err), 1)
}
