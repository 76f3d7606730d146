package replay

import "context"

const (
	// maxSized is the number of documents up to which the length of a list is
	// worked out before it is sent.
	maxSized = 4096
	// pieceSize is about how many bytes of a list are written at once: a block
	// of launches.
	pieceSize = 128 << 10
)

// listing is a body that lists documents: those with the ranks from to to-1
// of a selection, between a head and a tail.
type listing struct {
	head, tail string
	found      selection
	from, to   int
}

// writeTo sends the list. Neighbours are copied from the cache, which makes
// most pages cheap.
func (l listing) writeTo(ctx context.Context, out *reply, docs documents) error {
	store, isCached := docs.(*cache)
	if isCached && !l.found.explicit && !l.found.descending && l.from < l.to {
		return l.copyRun(ctx, out, store)
	}
	text := []byte(l.head)
	for rank := l.from; rank < l.to; rank++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if rank > l.from {
			text = append(text, ',')
		}
		text = docs.Doc(l.found.at(rank), text)
		if len(text) > pieceSize {
			if _, err := out.Write(text); err != nil {
				return err
			}
			text = text[:0]
		}
	}
	_, err := out.Write(append(text, l.tail...))
	return err
}

// copyRun sends a list that is a run of the cache.
func (l listing) copyRun(ctx context.Context, out *reply, store *cache) error {
	low, high := l.found.at(l.from), l.found.at(l.to-1)+1
	if high-low <= maxSized {
		if size := store.runSize(low, high); size > 0 {
			if err := out.expect(size + int64(len(l.head)+len(l.tail))); err != nil {
				return err
			}
		}
	}
	text := append(store.buffer(), l.head...)
	defer func() { store.buffers.Put(&text) }()
	for at := low; at < high; at = nextBlock(at, high) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if at > low {
			text = append(text, ',')
		}
		text = store.appendRun(text, at, nextBlock(at, high))
		if _, err := out.Write(text); err != nil {
			return err
		}
		text = text[:0]
	}
	_, err := out.Write(append(text, l.tail...))
	return err
}
