package spacex

import (
	"context"

	"golang.org/x/sync/errgroup"

	"liftoff"
	"liftoff/internal/source/fetch"
)

// bordersAtOnce is how many borders are asked for at the same time. Their answers
// have one launch each, so they need none of the memory that Options.Concurrency
// bounds.
const bordersAtOnce = 16

// Ranges divides launches into ranges of ids with as many launches each, in order,
// the last one open to the end, and returns how many launches there are. Where a
// range needs several pages, they are full ones. It asks for one launch at each
// border, some at the same time. Launches that come or go later change how many are
// in a range, not which range they are in.
//
// Errors are as for Launches. Ranges may be called again.
func (c *Client) Ranges(ctx context.Context, division liftoff.Division) (ranges []liftoff.IDRange, total int, err error) {
	b := borders{client: c, filter: filter{}.since(division.Since)}
	first, err := b.ask(ctx, 0)
	if err != nil {
		return nil, 0, err
	}
	total = first.total
	size := c.sizeOf(division, total)
	if (total-1)/size >= c.maxPages {
		return nil, 0, b.failure("the API announces %d launches, which is more than %d ranges of %d", total, c.maxPages, size)
	}
	if err := b.read(ctx, size, total); err != nil {
		return nil, 0, err
	}
	return append(b.ranges, liftoff.IDRange{After: b.last}), total, nil
}

// sizeOf returns how many launches a range has. One that ended soon after a page began
// would cost a request for little.
func (c *Client) sizeOf(division liftoff.Division, total int) int {
	parts := max(division.Parts, 1)
	size := total / parts
	if total%parts > 0 {
		size++
	}
	size = max(min(max(size, division.MinSize), division.MaxSize), 1)
	if size > c.pageSize {
		size -= size % c.pageSize
	}
	return size
}

// borders is how far a reading of the borders has come.
type borders struct {
	client *Client
	filter filter
	ranges []liftoff.IDRange
	// last is the id of the last border.
	last string
	// previous is the id that was sent before, and repeated how often it was.
	previous string
	repeated int
}

// read asks for the last launch of each range but the last one.
func (b *borders) read(ctx context.Context, size, total int) error {
	var offsets []int
	for offset := size - 1; offset < total-1; offset += size {
		offsets = append(offsets, offset)
	}
	for len(offsets) > 0 {
		next := offsets[:min(len(offsets), bordersAtOnce)]
		offsets = offsets[len(next):]
		answers := make([]page, len(next))
		asking, askCtx := errgroup.WithContext(ctx)
		for i, offset := range next {
			asking.Go(func() error {
				return liftoff.Safely(func() (err error) {
					answers[i], err = b.ask(askCtx, offset)
					return err
				})
			})
		}
		if err := asking.Wait(); err != nil {
			return err
		}
		for _, answer := range answers {
			if err := b.add(answer); err != nil {
				return err
			}
		}
	}
	return nil
}

// add ends a range at a border. One without an id makes its range larger, and so
// does one that does not come after the last: launches were removed meanwhile, or
// added before it.
func (b *borders) add(answer page) error {
	if len(answer.records) == 0 {
		return nil
	}
	id := answer.records[0].id
	b.repeated++
	if id != b.previous || id == "" {
		b.repeated, b.previous = 0, id
	}
	if b.repeated == maxFailedPages {
		return b.failure("the API sends launch %q again and again: it does not keep to the offset asked for", id)
	}
	if id > b.last {
		b.ranges = append(b.ranges, liftoff.IDRange{After: b.last, UpTo: id})
		b.last = id
	}
	return nil
}

// ask fetches the launch at an offset.
func (b *borders) ask(ctx context.Context, offset int) (page, error) {
	return b.client.fetchPage(ctx, window{launchNoun, b.filter, offset, 1})
}

func (b *borders) failure(format string, args ...any) error {
	return b.client.Fail(b.client.queryCall(launchNoun, b.filter.name()), fetch.Unusable(format, args...))
}
