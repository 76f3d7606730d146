package spacex

import (
	"context"

	"liftoff"
)

// Ranges divides all launches into ranges of ids with so many launches each,
// in order, the last one open to the end, and returns how many launches there
// are. It asks for one launch at each border. Launches that come or go later
// change how many are in a range, not which range they are in.
func (c *Client) Ranges(ctx context.Context, size int) (ranges []liftoff.IDRange, total int, err error) {
	after := ""
	for offset := size - 1; ; offset += size {
		border, err := c.fetchPage(ctx, part{"launches", Everything(), offset, 1})
		if err != nil {
			return nil, 0, err
		}
		total = border.total
		if len(border.records) == 0 || offset/size >= c.options.maxPages {
			return append(ranges, liftoff.IDRange{After: after}), total, nil
		}
		// A border without a good id makes the range larger.
		if id := border.records[0].id(); id > after {
			ranges = append(ranges, liftoff.IDRange{After: after, UpTo: id})
			after = id
		}
	}
}
