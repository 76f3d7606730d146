package pipeline_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/pipeline"
)

// recorder is a run that keeps the batches it is given.
type recorder struct {
	mutex   sync.Mutex
	batches []liftoff.Batch
	ending  liftoff.Ending
	// fault is what the batch of a number ends with.
	fault func(number int) error
}

func (r *recorder) StoreBatch(_ context.Context, batch liftoff.Batch) (liftoff.BatchResult, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.batches = append(r.batches, batch)
	if r.fault != nil {
		if err := r.fault(len(r.batches)); err != nil {
			return liftoff.BatchResult{}, err
		}
	}
	n := int64(len(batch.Launches))
	return liftoff.BatchResult{RunCounts: liftoff.RunCounts{
		Pages: batch.Pages, Fetched: n + int64(len(batch.Rejected)) + batch.Repeated, Inserted: n,
		Unchanged: batch.Repeated, Quarantined: int64(len(batch.Rejected)), Bytes: batch.Bytes,
	}}, nil
}

func (r *recorder) HaveFlown(context.Context, []string) ([]string, error) { return nil, nil }

func (r *recorder) Finish(_ context.Context, ending liftoff.Ending) error {
	r.ending = ending
	return nil
}

// recorded returns the options of a run that is recorded.
func recorded(run *recorder, from fetcher) pipeline.Options {
	options := pipeline.Options{
		What: "launches", Contract: pipeline.ContractStore, Writers: 1, Selection: liftoff.SelectAll, Destination: run,
		Enrich: func(launch liftoff.Launch, at time.Time) liftoff.EnrichedLaunch {
			return liftoff.EnrichedLaunch{Launch: launch, FetchedAt: at}
		},
		Now: newClock(), Logger: slog.New(slog.DiscardHandler),
	}
	options.StartedAt = options.Now()
	setFetch(&options, from)
	return options
}

func pagesOf(pages []liftoff.Page) fetcher {
	return func(context.Context) iter.Seq2[liftoff.Page, error] {
		return func(yield func(liftoff.Page, error) bool) {
			for _, page := range pages {
				if !yield(page, nil) {
					return
				}
			}
		}
	}
}

// source is a source as a property test makes it up.
type source struct {
	pages []liftoff.Page
	// ids are of all launches in the pages, missed of those in the gaps.
	ids, missed []string
	rejected    int
	repeated    int64
}

// drawSource makes up pages of launches, with gaps between some of them.
func drawSource(t *rapid.T, withGaps bool) source {
	var s source
	next, last := 0, ""
	for range rapid.IntRange(1, 8).Draw(t, "pages") {
		var page liftoff.Page
		if withGaps && rapid.IntRange(0, 3).Draw(t, "gap") == 0 {
			for range rapid.IntRange(1, 3).Draw(t, "missed") {
				s.missed = append(s.missed, idOf(next))
				next++
			}
			page.Gaps = []liftoff.Gap{{AfterID: last, BeforeID: idOf(next)}}
		}
		for range rapid.IntRange(0, 12).Draw(t, "launches") {
			last = idOf(next)
			s.ids = append(s.ids, last)
			page.Launches = append(page.Launches, liftoff.Launch{ID: last, Raw: make([]byte, rapid.IntRange(2, 60).Draw(t, "bytes"))})
			next += rapid.IntRange(1, 2).Draw(t, "step")
		}
		for range rapid.IntRange(0, 2).Draw(t, "rejected") {
			s.rejected++
			page.Rejected = append(page.Rejected, liftoff.RejectedRecord{
				Reason: liftoff.MissingID, Body: make([]byte, rapid.IntRange(2, 60).Draw(t, "bytes")),
			})
		}
		page.Repeated = rapid.IntRange(0, 1).Draw(t, "repeated")
		s.repeated += int64(page.Repeated)
		s.pages = append(s.pages, page)
	}
	for i := range s.pages {
		s.pages[i].Number, s.pages[i].TotalLaunches = i+1, len(s.ids)+s.rejected+int(s.repeated)
	}
	return s
}

// run runs a made-up source and returns its batches.
func (s source) run(t *rapid.T, options func(*pipeline.Options)) *recorder {
	run := &recorder{}
	opts := recorded(run, pagesOf(s.pages))
	opts.AcceptsShrink, opts.AcceptsDrift = true, true // anything is fine here
	options(&opts)
	if _, _, err := pipeline.Execute(t.Context(), opts); err != nil && liftoff.CategoryOf(err) != liftoff.Quarantined && len(s.missed) == 0 {
		t.Fatalf("Execute() = %v", err)
	}
	return run
}

func TestBatches_AreBoundedAndLoseNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSource(t, true)
		rows, bytes := rapid.IntRange(1, 20).Draw(t, "batch rows"), rapid.Int64Range(1, 300).Draw(t, "batch bytes")
		run := s.run(t, func(o *pipeline.Options) { *o = pipeline.WithBatchSize(*o, rows, bytes) })
		var ids []string
		rejected, repeated, pages := 0, int64(0), int64(0)
		for n, batch := range run.batches {
			records, size := len(batch.Launches)+len(batch.Rejected), int64(0)
			for _, launch := range batch.Launches {
				ids = append(ids, launch.ID)
				size += int64(len(launch.Raw))
				if launch.FetchedAt.After(batch.ReceivedAt) {
					t.Fatalf("batch %d was received at %s, before its launch at %s", n, batch.ReceivedAt, launch.FetchedAt)
				}
			}
			for _, record := range batch.Rejected {
				size += int64(len(record.Body))
			}
			if records > rows || size > bytes && records > 1 || size != batch.Bytes {
				t.Fatalf("batch %d has %d records of %d bytes and says %d, the bounds are %d and %d", n, records, size, batch.Bytes, rows, bytes)
			}
			rejected, repeated, pages = rejected+len(batch.Rejected), repeated+batch.Repeated, pages+batch.Pages
		}
		if !slices.Equal(ids, s.ids) || rejected != s.rejected || repeated != s.repeated || pages != int64(len(s.pages)) {
			t.Fatalf("%d launches, %d rejected, %d repeated on %d pages were stored, want %d, %d, %d on %d",
				len(ids), rejected, repeated, pages, len(s.ids), s.rejected, s.repeated, len(s.pages))
		}
	})
}

func TestBatches_CoverTheSourceWithoutAGap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSource(t, false)
		rows := rapid.IntRange(1, 20).Draw(t, "batch rows")
		run := s.run(t, func(o *pipeline.Options) { *o = pipeline.WithBatchSize(*o, rows, 4<<20) })
		if len(s.ids) == 0 {
			return
		}
		// Before the first launch there may be batches with nothing but rejects.
		ranged := slices.DeleteFunc(slices.Clone(run.batches), func(b liftoff.Batch) bool { return b.Range == nil && len(b.Launches) == 0 })
		end := ""
		for n, batch := range ranged {
			if batch.Range == nil || batch.Range.After != end {
				t.Fatalf("batch %d covers %v, want it to begin after %q", n, batch.Range, end)
			}
			end = batch.Range.UpTo
			wantInRange(t, batch)
			if n < len(ranged)-1 && end == "" {
				t.Fatalf("batch %d of %d is open to the end", n, len(ranged))
			}
		}
		if end != "" {
			t.Fatalf("the last batch ends at %q, want it open", end)
		}
	})
}

func TestBatches_NeverCoverWhatWasMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSource(t, true)
		rows := rapid.IntRange(1, 20).Draw(t, "batch rows")
		for n, batch := range s.run(t, func(o *pipeline.Options) { *o = pipeline.WithBatchSize(*o, rows, 4<<20) }).batches {
			if batch.Range == nil {
				continue
			}
			wantInRange(t, batch)
			for _, id := range s.missed {
				if id > batch.Range.After && (batch.Range.UpTo == "" || id <= batch.Range.UpTo) {
					t.Fatalf("batch %d covers %v, but %q was missed", n, batch.Range, id)
				}
			}
		}
	})
}

func wantInRange(t *rapid.T, batch liftoff.Batch) {
	for _, launch := range batch.Launches {
		if launch.ID <= batch.Range.After || batch.Range.UpTo != "" && launch.ID > batch.Range.UpTo {
			t.Fatalf("launch %q is not in the range %v of its batch", launch.ID, batch.Range)
		}
	}
}

func TestBatches_HaveNoRangeForOtherSelectionsButAreInOrder(t *testing.T) {
	t.Parallel()
	run := &recorder{}
	pages := pagesOf([]liftoff.Page{{Number: 1, TotalLaunches: 2, Launches: []liftoff.Launch{
		{ID: idOf(2), Raw: []byte("{}")}, {ID: idOf(1), Raw: []byte("{}")},
	}}})
	options := recorded(run, pages)
	unordered(&options, pages)
	if _, _, err := pipeline.Execute(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	if len(run.batches) != 1 || run.batches[0].Range != nil || run.batches[0].Launches[0].ID != idOf(1) {
		t.Errorf("batches %+v, want one without a range, in order of id", run.batches)
	}
}

// Several writers store every record once, and what they do adds up.
func TestBatches_SeveralWriters(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(60)...))
	p.batches(7)
	p.options.Writers = 4
	largest, batches := 0, 0
	p.options.OnBatch = func(batch liftoff.Batch, _ liftoff.BatchResult) {
		largest, batches = max(largest, len(batch.Launches)), batches+1
	}
	summary := p.succeed(t)
	if summary.Inserted != 60 || summary.Pages != 6 || p.count(t) != 60 || largest != 7 || batches != 9 {
		t.Errorf("%+v with %d rows in %d batches, the largest of %d", summary, p.count(t), batches, largest)
	}
	if got := p.scan(t, "SELECT concat_ws('|', pages, fetched, inserted) FROM ingestion_runs"); got != "6|60|60" {
		t.Errorf("the ledger has %s", got)
	}
}

// A writer that fails ends the others and the fetching.
func TestBatches_AWriterThatFailsEndsTheRun(t *testing.T) {
	t.Parallel()
	fault := errors.New("disk full")
	run := &recorder{fault: func(number int) error {
		if number == 3 {
			return fault
		}
		return nil
	}}
	endless := func(context.Context) iter.Seq2[liftoff.Page, error] {
		return func(yield func(liftoff.Page, error) bool) {
			for n := 0; yield(liftoff.Page{Number: n + 1, TotalLaunches: 1 << 30, Launches: []liftoff.Launch{{ID: idOf(n), Raw: []byte("{}")}}}, nil); n++ {
				continue
			}
		}
	}
	options := recorded(run, endless)
	options = pipeline.WithBatchSize(options, 1, 4<<20)
	options.Writers = 3
	summary, _, err := pipeline.Execute(t.Context(), options)
	if !errors.Is(err, fault) || summary.Status != liftoff.RunFailed || run.ending.Status != liftoff.RunFailed || run.ending.IsCurrent {
		t.Errorf("Execute() = %s, %v; the ledger gets %+v", summary.Status, err, run.ending)
	}
}
