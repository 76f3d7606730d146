package spacex

import (
	"bytes"
	"cmp"
	"context"
	"iter"

	"liftoff"
)

// maxPages ends a walk that a server never ends; with pages of 250 it is far
// beyond every launch there will be.
const maxPages = 10_000

// All returns every launch, page after page in ascending order of id; each
// page is complete when it is handed out. A launch that the API sends twice
// with the same bytes comes once.
//
// Besides what Latest says about errors, it is a liftoff.Source error when
// the pages do not add up: one repeats or is out of step, launches are out of
// order, one comes twice with different bytes, or fewer or more came than the
// API announced. There is no other way to know that none was missed.
func (c *Client) All(ctx context.Context) iter.Seq2[liftoff.Page, error] {
	return func(yield func(liftoff.Page, error) bool) {
		w := walk{client: c}
		for {
			next, err := w.step(ctx)
			if !yield(next, err) || err != nil || w.done {
				return
			}
		}
	}
}

// walk is how far a reading of all pages has come.
type walk struct {
	client *Client
	// number is the last page's, received the launches so far, total what the
	// API announced last.
	number, received, total int
	// firstID is the id of the last page's first launch, last the launch that
	// came last.
	firstID string
	last    liftoff.Launch
	done    bool
}

// step fetches the next page and checks that it continues the pages before.
func (w *walk) step(ctx context.Context) (liftoff.Page, error) {
	p, err := w.client.fetchPage(ctx, w.number+1)
	if err != nil {
		return liftoff.Page{}, err
	}
	launches, err := w.accept(ctx, p)
	if err != nil {
		return liftoff.Page{}, failure(w.client.pageCall(w.number+1, nil), asFault(err), 1)
	}
	w.number, w.total, w.done = p.number, p.total, p.next == 0
	return liftoff.Page{Number: p.number, Launches: launches, TotalLaunches: p.total}, nil
}

// accept checks a page against those before it and returns its launches
// without repetitions.
func (w *walk) accept(ctx context.Context, p page) ([]liftoff.Launch, error) {
	if err := w.checkEnvelope(p); err != nil {
		return nil, err
	}
	launches := make([]liftoff.Launch, 0, len(p.launches))
	for _, launch := range p.launches {
		isNew, err := w.isNew(launch)
		if err != nil {
			return nil, err
		}
		if !isNew {
			w.client.options.Logger.WarnContext(ctx, "The SpaceX API sends a launch twice; it is taken once.",
				"launch_id", launch.ID)
			continue
		}
		launches = append(launches, launch)
		w.last = launch
	}
	if len(p.launches) > 0 {
		w.firstID = p.launches[0].ID
	}
	w.received += len(p.launches)
	if p.next == 0 && w.received != p.total {
		return nil, contentFault("the API announces %d launches and sends %d", p.total, w.received)
	}
	return launches, nil
}

// checkEnvelope checks what a page says about itself.
func (w *walk) checkEnvelope(p page) error {
	want := w.number + 1
	switch {
	case p.number != want:
		return contentFault("asked for page %d, got page %d", want, p.number)
	case p.next != 0 && p.next != want+1:
		return contentFault("page %d names page %d as the next", want, p.next)
	case p.next != 0 && len(p.launches) == 0:
		return contentFault("page %d is empty, though another follows", want)
	case p.next > w.client.options.maxPages:
		return contentFault("there are more than %d pages", w.client.options.maxPages)
	case p.total < w.total:
		// A launch that goes away moves the later ones up by a place, past the
		// border of the page that is fetched next.
		return contentFault("the number of launches fell from %d to %d between two pages; run again", w.total, p.total)
	case w.number > 0 && len(p.launches) > 0 && p.launches[0].ID == w.firstID:
		return contentFault("page %d repeats page %d", want, w.number)
	}
	return nil
}

// isNew reports whether a launch follows the one before it; false means that
// it is the same again. The order makes it possible to find every repetition
// without remembering every launch.
func (w *walk) isNew(launch liftoff.Launch) (bool, error) {
	switch order := cmp.Compare(launch.ID, w.last.ID); {
	case order > 0:
		return true, nil
	case order < 0:
		return false, contentFault("launch %q comes after %q: the API does not keep to the order asked for, so launches could be missed",
			launch.ID, w.last.ID)
	case !bytes.Equal(launch.Raw, w.last.Raw):
		return false, contentFault("launch %q comes twice with different contents", launch.ID)
	}
	return false, nil
}
