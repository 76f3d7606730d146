package spacex

import (
	"context"
	"errors"
	"iter"
	"sync"

	"liftoff"
	"liftoff/internal/failpoint"
	"liftoff/internal/source/fetch"
)

// maxFailedPages is how many pages in a row may fail, or bring nothing new,
// before the walk is given up: then the page is not the cause.
const maxFailedPages = 3

// errStopped ends a walk whose reader wants no more; users never see it.
var errStopped = errors.New("the reader has stopped")

// walk reads what a filter names of the collection that the noun stands for, as
// Launches promises for launches.
func (c *Client) walk(ctx context.Context, noun string, filter filter) iter.Seq2[found, error] {
	return func(yield func(found, error) bool) {
		w := &walk{client: c, noun: noun, filter: filter, step: c.pageSize, yield: yield}
		w.joint.noun = noun
		if err := w.run(ctx); err != nil && !errors.Is(err, errStopped) {
			yield(found{}, err)
		}
	}
}

// walk is how far a reading of all pages has come.
type walk struct {
	client *Client
	noun   string
	filter filter
	yield  func(found, error) bool
	// offset is where the first new record of the next page is; step is how
	// many new ones a page is to bring. It shrinks to what the API gives at
	// once, and to 0 when there is no room for the overlap.
	offset, step int
	// total is what the API announced last.
	total int
	// started counts the pages asked for by offset, followed those by id.
	started, followed int
	// pages and received count what was handed out.
	pages, received int
	joint           joint
	// ahead are the pages on their way, in order.
	ahead    []chan fetched
	fetchers sync.WaitGroup
	// slots is how many of the client's slots the walk has: one for each page
	// ahead, and one at least, for the page that is handed out.
	slots int
	// failed counts the pages in a row that could not be fetched; gap is the
	// part before the next page that was left out, nil when there is none.
	failed int
	gap    *liftoff.Gap
	// idle counts the pages in a row that brought nothing new.
	idle int
	// reported are the undocumented fields that were logged.
	reported []string
	// isAtEnd says that a page came without records, whatever was announced.
	isAtEnd bool
	// mayHaveMore says that the last page was full and promised another one, so
	// that there may be more than the API announces.
	mayHaveMore bool
}

// fetched is a page, or the error of fetching it.
type fetched struct {
	window window
	page   page
	err    error
}

// run hands out all pages. When it returns, nothing is being fetched any more.
func (w *walk) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer func() { w.keepSlots(0) }()
	defer w.fetchers.Wait()
	defer cancel()
	if w.client.slots.Acquire(ctx, 1) != nil {
		return w.client.Interrupted(ctx, w.call())
	}
	w.slots = 1
	first := w.fetch(ctx, w.nextWindow())
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
			return w.client.Interrupted(ctx, w.call())
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

// nextWindow returns what the next page asks for: its records, and before them
// the last one of the page before.
func (w *walk) nextWindow() window {
	next := window{w.noun, w.filter, w.offset - 1, w.step + 1}
	if w.offset == 0 {
		next.offset, next.limit = 0, w.step
	}
	w.offset += w.step
	w.started++
	return next
}

func (w *walk) fetch(ctx context.Context, wanted window) fetched {
	page, err := w.client.fetchPage(ctx, wanted)
	return fetched{wanted, page, err}
}

// fetchSafely is fetch for a goroutine of its own: it turns a panic into the
// answer's error.
func (w *walk) fetchSafely(ctx context.Context, wanted window) (answer fetched) {
	err := liftoff.Safely(func() error {
		failpoint.Reach(failpoint.InFetch)
		answer = w.fetch(ctx, wanted)
		return nil
	})
	if err != nil {
		answer = fetched{window: wanted, err: err}
	}
	return answer
}

// fetchAhead starts to fetch pages until enough are on their way. Another walk
// that waits for its first page gets the slot of the page that was handed out.
func (w *walk) fetchAhead(ctx context.Context) {
	w.keepSlots(max(len(w.ahead), 1))
	for w.hasNext() && w.started < w.client.maxPages && w.hasSlot() {
		answer := make(chan fetched, 1)
		wanted := w.nextWindow()
		w.fetchers.Go(func() { answer <- w.fetchSafely(ctx, wanted) })
		w.ahead = append(w.ahead, answer)
	}
}

// hasSlot reports whether one more page may be fetched, and takes a slot for it if
// the walk has none left.
func (w *walk) hasSlot() bool {
	if len(w.ahead) < w.slots {
		return true
	}
	if !w.client.slots.TryAcquire(1) {
		return false
	}
	w.slots++
	return true
}

// keepSlots gives back all slots but some.
func (w *walk) keepSlots(kept int) {
	if given := w.slots - kept; given > 0 {
		w.client.slots.Release(int64(given))
		w.slots = kept
	}
}

// hasNext reports whether there is a page to ask for by its offset.
func (w *walk) hasNext() bool { return !w.isAtEnd && w.step > 0 && w.offset < w.total }

// leaveOut notes that a page could not be fetched, or returns its error when
// the walk must end.
func (w *walk) leaveOut(ctx context.Context, err error) error {
	w.failed++
	if ctx.Err() != nil || liftoff.CategoryOf(err) != liftoff.Source || w.failed == maxFailedPages {
		return err
	}
	if w.gap == nil {
		w.gap = &liftoff.Gap{AfterID: w.joint.lastID}
	}
	w.client.logger.WarnContext(ctx, "A page could not be fetched and is left out. The next run for new or all launches fetches it.", "error", err.Error())
	return nil
}

// handOut fits a page to those before it and hands out what is new in it.
func (w *walk) handOut(ctx context.Context, answer fetched) error {
	records := answer.page.records
	w.failed = 0
	w.noteTotal(answer)
	w.isAtEnd = len(records) == 0
	w.adapt(answer)
	w.reportUnknown(ctx, records)
	if w.pages == 0 && (w.total-1)/max(w.step, 1) >= w.client.maxPages {
		return w.failure(w.tooMany())
	}
	if w.gap == nil {
		if err := w.catchUp(ctx, records); err != nil {
			return err
		}
	}
	return w.give(records, w.joint.known(records))
}

// noteTotal takes how many records a page announces. One that promises a further
// page although it reaches the total announces one more at least. The API counts
// pages by the limit asked for: from an offset that is no multiple of it, as
// those of overlapping pages, it may promise a page that this one has covered.
func (w *walk) noteTotal(answer fetched) {
	w.total = answer.page.total
	reached, limit := answer.window.offset+len(answer.page.records), answer.window.limit
	isContrary := answer.page.hasNext && len(answer.page.records) > 0 && reached >= w.total
	if isContrary && answer.window.offset%limit == 0 {
		w.total = reached + 1
	}
	w.mayHaveMore = isContrary && len(answer.page.records) >= limit
}

// adapt makes the next pages smaller when the API gave less than it was asked
// for, so that they overlap again: each break costs a request.
func (w *walk) adapt(answer fetched) {
	came := len(answer.page.records)
	if w.pages == 0 {
		w.offset = came
	}
	if came > 0 && came < answer.window.limit && came < answer.page.total-answer.window.offset {
		w.step = min(w.step, came-1)
	}
}

// give hands out records, except those at the beginning that are known.
func (w *walk) give(records []record, known int) error {
	gaps := w.closeGap(records)
	handed, err := w.joint.add(records[known:])
	if err == nil {
		err = w.checkCovered(handed.records)
	}
	if err != nil {
		return w.failure(err)
	}
	fresh := len(handed.records) + handed.repeated
	w.idle++
	if fresh > 0 || len(records) <= 1 {
		w.idle = 0
	}
	if w.idle == maxFailedPages {
		return w.failure(fetch.Unusable("the pages repeat earlier ones: the API keeps sending the same records"))
	}
	w.received += fresh
	handed.gaps = gaps
	return w.yieldFound(handed)
}

// yieldFound numbers what was found and hands it to the reader.
func (w *walk) yieldFound(next found) error {
	w.pages++
	next.number, next.total = w.pages, w.total
	if !w.yield(next, nil) {
		return errStopped
	}
	return nil
}

// closeGap returns the gap before records. Without an id among them it is not
// known how far the gap reaches, so it stays open.
func (w *walk) closeGap(records []record) []liftoff.Gap {
	next := firstID(records)
	if w.gap == nil || next == "" {
		return nil
	}
	closed := *w.gap
	closed.BeforeID, w.gap = next, nil
	if next <= closed.AfterID {
		return nil // what lay between was removed, and the rest has moved up
	}
	return []liftoff.Gap{closed}
}

// checkCovered returns an error when a record came that was not asked for.
func (w *walk) checkCovered(records []record) error {
	if w.filter.covers == nil {
		return nil
	}
	for _, each := range records {
		if !each.isRejected() && !w.filter.covers(each.id) {
			return fetch.Unusable("the API sends %s %q, which was not asked for: it does not keep to the filter", w.noun, each.id)
		}
	}
	return nil
}

// tooMany returns the failure of an announced number beyond belief.
func (w *walk) tooMany() error {
	return fetch.Unusable("the API announces %d %s, which is more than %d pages of %d",
		w.total, collection(w.noun), w.client.maxPages, max(w.step, 1))
}

// failure returns the error for answers that do not fit together.
func (w *walk) failure(err error) error { return w.client.Fail(w.call(), err) }

// call is the whole walk as one call, for messages.
func (w *walk) call() fetch.Call { return w.client.queryCall(w.noun, w.filter.name()) }
