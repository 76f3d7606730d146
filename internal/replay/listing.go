package replay

import "context"

const (
	// maxSized is the number of documents up to which the length of a list is
	// worked out before it is sent.
	maxSized = 4096
	// pieceSize is about how many bytes of a list are written at once.
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
	store, isRun := docs.(*cache)
	isRun = isRun && !l.found.explicit && !l.found.descending && l.from < l.to
	if isRun && l.to-l.from <= maxSized {
		if size := store.runSize(l.found.at(l.from), l.found.at(l.to-1)+1); size > 0 {
			if err := out.expect(size + int64(len(l.head)+len(l.tail))); err != nil {
				return err
			}
		}
	}
	text := []byte(l.head)
	for rank := l.from; rank < l.to; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if rank > l.from {
			text = append(text, ',')
		}
		position := l.found.at(rank)
		if isRun {
			end := nextBlock(position, l.found.at(l.to-1)+1)
			text = store.appendRun(text, position, end)
			rank += end - position
		} else {
			text = docs.Doc(position, text)
			rank++
		}
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
