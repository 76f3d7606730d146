package spacex

import (
	"context"

	"liftoff"
	"liftoff/internal/source/fetch"
)

// Ranges divides all launches into ranges of ids with size launches each, 1 or
// more, in order, the last one open to the end, and returns how many launches
// there are. It asks for one launch at each border. Launches that come or go
// later change how many are in a range, not which range they are in.
//
// Errors are as for Launches. Ranges may be called again.
func (c *Client) Ranges(ctx context.Context, size int) (ranges []liftoff.IDRange, total int, err error) {
	b := borders{client: c, size: max(size, 1)}
	if err := b.read(ctx); err != nil {
		return nil, 0, err
	}
	return append(b.ranges, liftoff.IDRange{After: b.last}), b.total, nil
}

// borders is how far a reading of the borders has come.
type borders struct {
	client *Client
	size   int
	ranges []liftoff.IDRange
	// last is the id of the last border.
	last  string
	total int
}

// read asks for the last launch of one range after the other. A border without
// an id makes its range larger, and so does one that does not come after the
// last: launches were removed meanwhile, or added before it.
func (b *borders) read(ctx context.Context) error {
	repeated, previous := 0, ""
	for offset := b.size - 1; ; offset += b.size {
		border, err := b.client.fetchPage(ctx, window{launchNoun, filter{}, offset, 1})
		if err != nil {
			return err
		}
		b.total = border.total
		if (b.total-1)/b.size >= b.client.maxPages {
			return b.failure("the API announces %d launches, which is more than %d ranges of %d", b.total, b.client.maxPages, b.size)
		}
		if len(border.records) == 0 {
			return nil
		}
		id := border.records[0].id
		repeated++
		if id != previous || id == "" {
			repeated, previous = 0, id
		}
		if repeated == maxFailedPages {
			return b.failure("the API sends launch %q again and again: it does not keep to the offset asked for", id)
		}
		if id > b.last {
			b.ranges = append(b.ranges, liftoff.IDRange{After: b.last, UpTo: id})
			b.last = id
		}
		if offset >= b.total-b.size {
			return nil
		}
	}
}

func (b *borders) failure(format string, args ...any) error {
	return b.client.Fail(b.client.queryCall(launchNoun, filter{}.name()), fetch.Unusable(format, args...))
}
