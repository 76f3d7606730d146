package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"

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
	// hasGap says that there is a gap before the batch's first launch.
	hasGap bool
}

// batchSize bounds a batch: what an interruption loses and what memory holds.
type batchSize struct {
	rows  int
	bytes int64
}

// defaultBatch is the size of a batch outside tests.
func defaultBatch() batchSize { return batchSize{rows: 1000, bytes: 4 << 20} }

func newBatcher(options Options, whole *liftoff.IDRange) *batcher {
	options.batch = cmp.Or(options.batch, defaultBatch())
	b := &batcher{options: options, whole: whole}
	if whole != nil {
		b.after = whole.After
	}
	return b
}

// add puts a page's records into the batch, and sends it on whenever it is
// full.
func (b *batcher) add(ctx context.Context, page liftoff.Page, batches chan<- liftoff.Batch) error {
	if len(page.Gaps) > 0 {
		if err := b.send(ctx, batches, b.soFar()); err != nil {
			return err
		}
		b.hasGap = true
	}
	receivedAt := b.options.Now().UTC()
	for _, launch := range page.Launches {
		if err := b.makeRoom(ctx, batches, int64(len(launch.Raw))); err != nil {
			return err
		}
		b.batch.Launches = append(b.batch.Launches, b.options.Enrich(launch, receivedAt))
		b.batch.ReceivedAt = receivedAt
		b.lastID = launch.ID
	}
	for _, record := range page.Rejected {
		if err := b.makeRoom(ctx, batches, int64(len(record.Body))); err != nil {
			return err
		}
		b.batch.Rejected = append(b.batch.Rejected, record)
		b.batch.ReceivedAt = receivedAt
	}
	b.batch.Repeated += int64(page.Repeated)
	b.batch.Pages++
	b.batch.ReceivedAt = receivedAt
	return nil
}

// makeRoom sends the batch if a record of this size does not fit into it, and
// counts the record's size.
func (b *batcher) makeRoom(ctx context.Context, batches chan<- liftoff.Batch, size int64) error {
	records := len(b.batch.Launches) + len(b.batch.Rejected)
	if records >= b.options.batch.rows || (b.batch.Bytes+size > b.options.batch.bytes && records > 0) {
		if err := b.send(ctx, batches, b.soFar()); err != nil {
			return err
		}
	}
	b.batch.Bytes += size
	return nil
}

// flush sends what is left. isEnd says that nothing follows: then the batch
// covers everything up to the part's end.
func (b *batcher) flush(ctx context.Context, batches chan<- liftoff.Batch, isEnd bool) error {
	if isEnd && b.whole != nil && !b.hasGap {
		return b.send(ctx, batches, &liftoff.IDRange{After: b.after, UpTo: b.whole.UpTo})
	}
	return b.send(ctx, batches, b.soFar())
}

// soFar is what the batch covers up to its last launch; nil when that is not
// known, as before the first launch.
func (b *batcher) soFar() *liftoff.IDRange {
	if b.whole == nil || b.hasGap || b.lastID == "" {
		return nil
	}
	return &liftoff.IDRange{After: b.after, UpTo: b.lastID}
}

// send sends the batch, unless there is nothing in it, and begins the next.
func (b *batcher) send(ctx context.Context, batches chan<- liftoff.Batch, covers *liftoff.IDRange) error {
	batch := b.batch
	batch.Range = covers
	if len(batch.Launches)+len(batch.Rejected) == 0 && batch.Repeated == 0 && batch.Pages == 0 {
		return nil
	}
	b.batch = liftoff.Batch{ReceivedAt: batch.ReceivedAt}
	if b.whole == nil {
		// Such launches come in any order.
		slices.SortFunc(batch.Launches, func(a, b liftoff.EnrichedLaunch) int { return strings.Compare(a.ID, b.ID) })
	}
	if len(batch.Launches) > 0 {
		b.after, b.hasGap = b.lastID, false // a gap ended before the first of them
	}
	select {
	case batches <- batch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
