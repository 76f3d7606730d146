package replay

import (
	"context"
	"io"
)

// stride is how many documents of a long run are put together at a time.
const stride = 8 * blockLength

// listing is a body that lists documents: those with the ranks from to to-1
// of a selection, between a head and a tail.
type listing struct {
	head, tail string
	found      selection
	from, to   int
	// shape changes each document; nil leaves them byte for byte.
	shape func(doc []byte) ([]byte, error)
}

// writeTo sends the list. Neighbours that nothing changes are copied as they
// lie in the cache, which is what most of the time makes a page cheap.
func (l listing) writeTo(ctx context.Context, out *reply, docs documents) error {
	store, cached := docs.(*cache)
	if cached && l.shape == nil && !l.found.explicit && !l.found.descending && l.from < l.to {
		return l.copyRun(ctx, out, store)
	}
	if _, err := io.WriteString(out, l.head); err != nil {
		return err
	}
	var line, scratch []byte
	for rank := l.from; rank < l.to; rank++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		scratch = docs.Doc(l.found.at(rank), scratch[:0])
		doc, err := l.shaped(scratch)
		if err != nil {
			return err
		}
		line = append(append(line[:0], separator(rank-l.from)...), doc...)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, l.tail)
	return err
}

func (l listing) shaped(doc []byte) ([]byte, error) {
	if l.shape == nil {
		return doc, nil
	}
	return l.shape(doc)
}

// copyRun sends a list that is a run of the cache. A short one is put
// together first, so that its length is known before it is sent.
func (l listing) copyRun(ctx context.Context, out *reply, store *cache) error {
	low, high := l.found.at(l.from), l.found.at(l.to-1)+1
	if high-low > maxRun {
		return l.copyLongRun(ctx, out, store)
	}
	docs := store.run(low, high)
	if err := out.expect(docs.size + int64(len(l.head)+len(l.tail))); err != nil {
		return err
	}
	if _, err := io.WriteString(out, l.head); err != nil {
		return err
	}
	if err := docs.writeTo(out); err != nil {
		return err
	}
	_, err := io.WriteString(out, l.tail)
	return err
}

func (l listing) copyLongRun(ctx context.Context, out *reply, store *cache) error {
	low, high := l.found.at(l.from), l.found.at(l.to-1)+1
	opening := l.head
	for at := low; at < high; at += stride {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.WriteString(out, opening); err != nil {
			return err
		}
		if err := store.run(at, min(at+stride, high)).writeTo(out); err != nil {
			return err
		}
		opening = ","
	}
	_, err := io.WriteString(out, l.tail)
	return err
}

// separator is what stands before an element of a list.
func separator(rank int) string {
	if rank == 0 {
		return ""
	}
	return ","
}
