package spacex

import (
	"context"

	"liftoff"
)

// fillGap hands out what lies between the last record and the given ones:
// launches before them have gone meanwhile, and the rest has moved up past
// the border of the page.
func (w *walk) fillGap(ctx context.Context, until []record) error {
	for w.joint.leavesGap(until) {
		if hasMoved, err := w.follow(ctx); err != nil || !hasMoved {
			return err
		}
	}
	return nil
}

// finish hands out what lies behind the last page: the API may have fewer
// records on a page than it was asked for, or have got more of them. A part
// that is missed at the end comes with a page of its own.
func (w *walk) finish(ctx context.Context) error {
	if w.hasNext() {
		return w.failure(w.tooMany())
	}
	for hasMoved := true; hasMoved && w.gap == nil && w.received < w.total; {
		var err error
		if hasMoved, err = w.follow(ctx); err != nil {
			return err
		}
	}
	if w.gap != nil {
		return w.yieldPage(liftoff.Page{Missed: []liftoff.MissedRange{*w.gap}})
	}
	return nil
}

// follow hands out a page of what comes after the last launch, by its id
// instead of an offset, and reports whether that led on.
func (w *walk) follow(ctx context.Context) (hasMoved bool, err error) {
	last := w.joint.lastID
	if last == "" {
		return false, nil
	}
	if w.followed++; w.followed > w.client.options.maxPages {
		return false, w.failure(contentFault("the API sends more and more launches, after more than %d pages", w.client.options.maxPages))
	}
	answer := w.fetch(ctx, part{w.collection, w.filter.after(last), 0, w.client.options.PageSize})
	if answer.err != nil {
		return false, w.leaveOut(ctx, answer.err)
	}
	records := answer.page.records
	if first := firstID(records); first != "" && first <= last {
		return false, w.failure(contentFault("the API sends launch %q when asked for those after %q: it does not keep to the filter asked for",
			first, last))
	}
	if len(records) == 0 {
		return false, nil
	}
	err = w.give(records, behind(w.joint.tail, records))
	return w.joint.lastID != last, err
}
