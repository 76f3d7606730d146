package spacex

import (
	"context"

	"liftoff"
)

// Ranges divides all launches into ranges of ids with so many launches each, 1
// or more, in order, the last one open to the end, and returns how many
// launches there are. It asks for one launch at each border. Launches that
// come or go later change how many are in a range, not which range they are in.
//
// Errors are as for Launches.
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

// read asks for the last launch of one range after the other. A border
// without a good id makes its range larger, and so does one that is not behind
// the last: launches have gone meanwhile, or come before it.
func (b *borders) read(ctx context.Context) error {
	repeated, previous := 0, ""
	for offset := b.size - 1; ; offset += b.size {
		border, err := b.client.fetchPage(ctx, part{"launches", Everything(), offset, 1})
		if err != nil {
			return err
		}
		b.total = border.total
		if (b.total-1)/b.size >= b.client.options.maxPages {
			return b.failure("the API announces %d launches, which is more than %d ranges of %d", b.total, b.client.options.maxPages, b.size)
		}
		if len(border.records) == 0 {
			return nil
		}
		id := border.records[0].id()
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
	what := call{what: Everything().name(), url: b.client.endpoint("v4/launches/query")}
	return failure(what, contentFault(format, args...), "")
}
