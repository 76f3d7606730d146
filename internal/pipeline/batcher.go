package pipeline

import (
	"context"

	"liftoff"
)

// batcher gathers the records of pages into batches of bounded size.
type batcher struct {
	options Options
	batch   liftoff.Batch
	// whole is what the part covers; nil when that is not known.
	whole *liftoff.IDRange
	// lastID is of the last launch added; after is where the batch begins.
	lastID, after string
	// hasGap says that something before the batch's first launch was missed.
	hasGap bool
}

func newBatcher(options Options, whole *liftoff.IDRange) *batcher {
	b := &batcher{options: options, whole: whole}
	if whole != nil {
		b.after = whole.After
	}
	return b
}

// add puts a page's records into the batch, and sends it on whenever it is
// full.
func (b *batcher) add(ctx context.Context, page liftoff.Page, batches chan<- liftoff.Batch) error {
	if len(page.Missed) > 0 {
		if err := b.send(ctx, batches, b.lastID); err != nil {
			return err
		}
		b.hasGap = true
	}
	receivedAt := b.options.Now().UTC()
	for _, launch := range page.Launches {
		if len(b.batch.Launches) >= b.options.BatchRows || b.batch.Bytes+int64(len(launch.Raw)) > b.options.BatchBytes && len(b.batch.Launches) > 0 {
			if err := b.send(ctx, batches, b.lastID); err != nil {
				return err
			}
		}
		b.batch.Launches = append(b.batch.Launches, b.options.Enrich(launch, receivedAt))
		b.batch.Bytes += int64(len(launch.Raw))
		b.lastID = launch.ID
	}
	for _, record := range page.Rejected {
		b.batch.Bytes += int64(len(record.Body))
	}
	b.batch.Rejected = append(b.batch.Rejected, page.Rejected...)
	b.batch.Repeated += int64(page.Repeated)
	b.batch.Pages++
	b.batch.ReceivedAt = receivedAt
	return nil
}

// flush sends what is left. isEnd says that nothing follows: then the batch
// covers all up to the source's end.
func (b *batcher) flush(ctx context.Context, batches chan<- liftoff.Batch, isEnd bool) error {
	if isEnd && b.whole != nil {
		return b.send(ctx, batches, b.whole.UpTo)
	}
	return b.send(ctx, batches, b.lastID)
}

// send sends the batch, unless there is nothing in it, and begins the next.
func (b *batcher) send(ctx context.Context, batches chan<- liftoff.Batch, upTo string) error {
	batch := b.batch
	if b.whole != nil && !b.hasGap {
		batch.Range = &liftoff.IDRange{After: b.after, UpTo: upTo}
	}
	if len(batch.Launches)+len(batch.Rejected) == 0 && batch.Repeated == 0 && batch.Pages == 0 {
		return nil
	}
	b.batch = liftoff.Batch{ReceivedAt: batch.ReceivedAt}
	b.after, b.hasGap = b.lastID, false
	select {
	case batches <- batch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
