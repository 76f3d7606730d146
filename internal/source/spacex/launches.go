package spacex

import (
	"context"
	"errors"
	"iter"
	"sync"

	"liftoff"
	"liftoff/internal/failpoint"
)

// maxPages ends a walk that a server never ends; with pages of 1,000 it is far
// beyond every launch there will be.
const maxPages = 10_000

// maxFailedPages is how many pages in a row may fail, or bring nothing new,
// before the walk is given up: then it is not the page.
const maxFailedPages = 3

// errStopped ends a walk whose reader wants no more; nobody is shown it.
var errStopped = errors.New("the reader has stopped")

// Launches returns the launches that a filter names, page after page in
// ascending order of id. Pages are fetched ahead, up to options.Concurrency at
// once, but nothing is fetched before the sequence is read, after the reader
// has stopped, or once an error is handed out. Every page is complete when it
// is handed out. Its documents are parts of one answer, which stays in memory
// as long as any of them does.
//
// Neighbouring pages overlap by one record. Where they do not fit together,
// because a launch was added or has gone meanwhile, the walk goes on from the
// last launch by its id, so that none is lost and none comes twice. A page
// that cannot be fetched is left out and named in a later page's Missed,
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
		w := &walk{client: c, collection: collection, filter: filter, step: c.options.PageSize, yield: yield}
		if err := w.run(ctx); err != nil && !errors.Is(err, errStopped) {
			yield(liftoff.Page{}, err)
		}
	}
}

// walk is how far a reading of all pages has come.
type walk struct {
	client     *Client
	collection string
	filter     Filter
	yield      func(liftoff.Page, error) bool
	// offset is where the first new record of the next page is; step is how
	// many new ones a page is to bring. It falls to what the API gives at
	// once, and to 0 when there is no room for the overlap.
	offset, step int
	// total is what the API announced last.
	total int
	// started counts the pages asked for by offset, followed those by id.
	started, followed int
	// pages, received count what was handed out.
	pages, received int
	joint           joint
	// ahead are the pages on their way, in order.
	ahead    []chan fetched
	fetchers sync.WaitGroup
	// failed counts the pages in a row that could not be fetched; gap is the
	// part before the next page that is missed, nil when there is none.
	failed int
	gap    *liftoff.MissedRange
	// idle counts the pages in a row that brought nothing new.
	idle int
	// reported are the undocumented fields that were named.
	reported []string
	// isAtEnd says that a page came without records, whatever was announced.
	isAtEnd bool
}

// fetched is a page or why there is none.
type fetched struct {
	part part
	page page
	err  error
}

// run hands out all pages. When it returns, nothing is being fetched any more.
func (w *walk) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer w.fetchers.Wait()
	defer cancel()
	first := w.fetch(ctx, w.nextPart())
	if first.err != nil {
		return first.err
	}
	if err := w.handOut(ctx, first); err != nil {
		return err
	}
	for w.fetchAhead(ctx); len(w.ahead) > 0; w.fetchAhead(ctx) {
		answer := <-w.ahead[0]
		w.ahead = w.ahead[1:]
		if ctx.Err() != nil {
			return interrupted(ctx, w.call())
		}
		err := answer.err
		if err != nil {
			err = w.leaveOut(ctx, err)
		} else {
			err = w.handOut(ctx, answer)
		}
		if err != nil {
			return err
		}
	}
	return w.finish(ctx)
}

// nextPart returns what the next page asks for: its records, and before them
// the last one of the page before.
func (w *walk) nextPart() part {
	next := part{w.collection, w.filter, w.offset - 1, w.step + 1}
	if w.offset == 0 {
		next.offset, next.limit = 0, w.step
	}
	w.offset += w.step
	w.started++
	return next
}

func (w *walk) fetch(ctx context.Context, part part) fetched {
	page, err := w.client.fetchPage(ctx, part)
	return fetched{part, page, err}
}

// fetchSafely is fetch for a goroutine of its own: whoever waits for the answer
// gets one, come what may.
func (w *walk) fetchSafely(ctx context.Context, part part) (answer fetched) {
	err := liftoff.Safely(func() error {
		failpoint.Reach(failpoint.InFetch)
		answer = w.fetch(ctx, part)
		return nil
	})
	if err != nil {
		answer = fetched{part: part, err: err}
	}
	return answer
}

// fetchAhead starts to fetch pages until enough are on their way.
func (w *walk) fetchAhead(ctx context.Context) {
	for len(w.ahead) < w.client.options.Concurrency && w.hasNext() && w.started < w.client.options.maxPages {
		answer := make(chan fetched, 1)
		part := w.nextPart()
		w.fetchers.Go(func() { answer <- w.fetchSafely(ctx, part) })
		w.ahead = append(w.ahead, answer)
	}
}

// hasNext reports whether there is a page to ask for by its offset.
func (w *walk) hasNext() bool { return !w.isAtEnd && w.step > 0 && w.offset < w.total }

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
func (w *walk) handOut(ctx context.Context, answer fetched) error {
	records := answer.page.records
	w.failed = 0
	w.total = answer.page.total
	w.isAtEnd = len(records) == 0
	w.adapt(answer)
	w.reportUnknown(ctx, records)
	if w.pages == 0 && (w.total-1)/max(w.step, 1) >= w.client.options.maxPages {
		return w.failure(w.tooMany())
	}
	if w.gap == nil {
		if err := w.fillGap(ctx, records); err != nil {
			return err
		}
	}
	return w.give(records, w.joint.known(records))
}

// adapt makes the next pages smaller when the API gave less than it was asked
// for, so that they overlap again: each gap costs a request.
func (w *walk) adapt(answer fetched) {
	came := len(answer.page.records)
	if w.pages == 0 {
		w.offset = came
	}
	if came > 0 && came < answer.part.limit && came < answer.page.total-answer.part.offset {
		w.step = min(w.step, came-1)
	}
}

// give hands out records, except those at the beginning that are known.
func (w *walk) give(records []record, known int) error {
	missed := w.closeGap(records)
	handed, err := w.joint.add(records[known:])
	if err == nil {
		err = w.checkCovered(handed)
	}
	if err != nil {
		return w.failure(err)
	}
	fresh := len(handed.Launches) + len(handed.Rejected) + handed.Repeated
	w.idle++
	if fresh > 0 || len(records) <= 1 {
		w.idle = 0
	}
	if w.idle == maxFailedPages {
		return w.failure(contentFault("the pages repeat what came before them: the API does not go on"))
	}
	w.received += fresh
	handed.Missed = missed
	return w.yieldPage(handed)
}

// yieldPage numbers a page and hands it to the reader.
func (w *walk) yieldPage(page liftoff.Page) error {
	w.pages++
	page.Number, page.TotalLaunches = w.pages, w.total
	if !w.yield(page, nil) {
		return errStopped
	}
	return nil
}

// closeGap returns what is missed before records. Without an id among them
// nobody can say how far that reaches, so the gap stays open.
func (w *walk) closeGap(records []record) []liftoff.MissedRange {
	next := firstID(records)
	if w.gap == nil || next == "" {
		return nil
	}
	missed := *w.gap
	missed.BeforeID, w.gap = next, nil
	if next <= missed.AfterID {
		return nil // What lay between has gone, and the rest has moved up.
	}
	return []liftoff.MissedRange{missed}
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

// tooMany is the fault of a number that nobody can believe.
func (w *walk) tooMany() error {
	return contentFault("the API announces %d launches, which is more than %d pages of %d",
		w.total, w.client.options.maxPages, max(w.step, 1))
}

// failure returns the error for answers that do not fit together.
func (w *walk) failure(err error) error { return failure(w.call(), asFault(err), "") }

// call is the whole walk as one call, for messages.
func (w *walk) call() call {
	return call{what: w.filter.name(), url: w.client.endpoint("v4/" + w.collection + "/query")}
}
