package spacex

import (
	"context"

	"liftoff"
	"liftoff/internal/source/fetch"
)

// catchUp hands out what lies between the last record and the given ones:
// records before them were removed meanwhile, and the rest has moved up past
// the border of the page.
func (w *walk) catchUp(ctx context.Context, until []record) error {
	for w.joint.isApart(until) {
		if hasMoved, err := w.follow(ctx); err != nil || !hasMoved {
			return err
		}
	}
	return nil
}

// finish hands out what lies after the last page: the API may have sent fewer
// records on a page than it was asked for, have got more of them, or have more
// than it announces. A gap at the end comes with a page of its own.
func (w *walk) finish(ctx context.Context) error {
	if w.hasNext() {
		return w.failure(w.tooMany())
	}
	for hasMoved := true; hasMoved && w.gap == nil && (w.received < w.total || w.mayHaveMore); {
		var err error
		if hasMoved, err = w.follow(ctx); err != nil {
			return err
		}
	}
	if w.gap != nil {
		return w.yieldFound(found{gaps: []liftoff.Gap{*w.gap}})
	}
	return nil
}

// follow hands out a page of what comes after the last record, by its id
// instead of an offset, and reports whether that brought the walk further.
func (w *walk) follow(ctx context.Context) (hasMoved bool, err error) {
	last := w.joint.lastID
	if last == "" {
		return false, nil
	}
	if w.followed++; w.followed > w.client.maxPages {
		return false, w.failure(fetch.Unusable("the API sends more and more %s, after more than %d pages", collection(w.noun), w.client.maxPages))
	}
	answer := w.fetch(ctx, window{w.noun, w.filter.after(last), 0, w.client.pageSize})
	if answer.err != nil {
		return false, w.leaveOut(ctx, answer.err)
	}
	records := answer.page.records
	w.mayHaveMore = answer.page.hasNext
	if first := firstID(records); first != "" && first <= last {
		return false, w.failure(fetch.Unusable("the API sends %s %q when asked for those after %q: it does not keep to the filter asked for",
			w.noun, first, last))
	}
	if len(records) == 0 {
		return false, nil
	}
	err = w.give(records, behind(w.joint.tail, records))
	return w.joint.lastID != last, err
}
