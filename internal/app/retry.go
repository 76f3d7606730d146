package app

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/config"
	"liftoff/internal/enrich"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/source/spacex"
)

// retryRows is how many records are put through at once; each may have a MiB.
const retryRows = 16

// RetryQuarantine puts records in quarantine through again: all, or those of a
// list. Those that go through are marked as resolved. It is a
// liftoff.Quarantined error when any stays.
func (a *App) RetryQuarantine(ctx context.Context, ids []int64) error {
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	if err := a.prepareSchema(ctx, store); err != nil {
		return err
	}
	total := &retryTotal{}
	waiting, err := a.retriable(ctx, store, ids, total)
	if err != nil {
		return err
	}
	var sources []string
	for source := range waiting {
		sources = append(sources, source)
	}
	slices.Sort(sources)
	for _, source := range sources {
		r := &retry{app: a, store: store, source: source, ids: waiting[source], total: total}
		if err := r.run(ctx); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintln(a.Stdout, total.sentence())
	return total.shortcoming()
}

// retriable returns the numbers of the records that can be put through again,
// by their source, and counts the others.
func (a *App) retriable(ctx context.Context, store *postgres.Store, ids []int64, total *retryTotal) (map[string][]int64, error) {
	waiting, found := map[string][]int64{}, 0
	for record, err := range store.QuarantinedRecords(ctx, ids) {
		if err != nil {
			return nil, err
		}
		found++
		switch {
		case record.IsTruncated:
			total.truncated++
		case record.Reason == liftoff.ConflictingDuplicate && len(ids) == 0:
			total.conflicting++
		default:
			source := record.Source
			if source == "" {
				source = a.Config.SpaceXAPIURL
			}
			waiting[source] = append(waiting[source], record.ID)
		}
	}
	if wanted := len(slices.Compact(slices.Sorted(slices.Values(ids)))); found < wanted {
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("only %d of the %d records named are in quarantine", found, wanted), "`liftoff quarantine list` shows which are")
	}
	return waiting, nil
}

// retry puts the records of one source through again, as a run of its own.
type retry struct {
	app    *App
	store  *postgres.Store
	source string
	ids    []int64
	total  *retryTotal
	ledger *postgres.Run
	// chunk is what is being stored.
	chunk retryChunk
}

// retryChunk is a number of records that are stored in one transaction.
type retryChunk struct {
	page liftoff.Page
	// recordOf and seenAt are by launch id.
	recordOf map[string]int64
	seenAt   map[string]time.Time
	retries  postgres.Retries
}

// run does the run.
func (r *retry) run(ctx context.Context) error {
	run, err := r.store.BeginRun(ctx, postgres.RunOptions{
		Source: r.source, Selection: liftoff.SelectQuarantine, Command: "quarantine retry", ProgramVersion: r.app.Version,
		StartedAt: r.app.Now(), WaitsForLock: r.app.Config.IfLocked == config.LockedWait,
	})
	if err != nil {
		return err
	}
	defer run.Abandon(ctx)
	r.ledger = run
	simulator := enrich.NewSimulator(r.app.Config.SimulationSeed)
	summary, err := pipeline.Execute(ctx, pipeline.Options{
		Parts:        r.parts,
		SourceName:   "records in quarantine",
		Selection:    liftoff.SelectQuarantine,
		Source:       liftoff.SourceState{URL: r.source},
		AcceptsDrift: true,
		Contract:     pipeline.Contract(r.app.Config.Contract),
		// A launch was fetched when it was received, not now.
		Enrich: func(launch liftoff.Launch, _ time.Time) liftoff.EnrichedLaunch {
			return simulator.Enrich(launch, r.chunk.seenAt[launch.ID])
		},
		Run:        run,
		Stored:     r.note,
		CreateView: r.store.CreateAggregateView,
		Now:        r.app.Now,
		Logger:     slog.New(slog.DiscardHandler), // it would speak of what the API sent
	})
	r.total.Add(summary.RunCounts)
	if liftoff.CategoryOf(err) == liftoff.Quarantined {
		return nil // the total says so
	}
	return err
}

// parts yields the records, a few at a time: those of one part are stored in
// one transaction, and no launch is in it twice.
func (r *retry) parts(ctx context.Context) iter.Seq2[pipeline.Part, error] {
	return func(yield func(pipeline.Part, error) bool) {
		r.chunk = newRetryChunk()
		for record, err := range r.store.QuarantinedRecords(ctx, r.ids) {
			if err != nil {
				yield(pipeline.Part{}, err)
				return
			}
			launch, err := spacex.DecodeLaunch(record.Body)
			if _, isThere := r.chunk.recordOf[launch.ID]; err == nil && isThere || len(r.chunk.retries.Tried) == retryRows {
				if !r.yieldChunk(ctx, yield) {
					return
				}
			}
			r.chunk.add(record, launch, err)
		}
		if len(r.chunk.retries.Tried) > 0 {
			r.yieldChunk(ctx, yield)
		}
	}
}

func newRetryChunk() retryChunk {
	return retryChunk{recordOf: map[string]int64{}, seenAt: map[string]time.Time{}}
}

// add takes a record with the launch in it, or with why there is none.
func (c *retryChunk) add(record liftoff.QuarantinedRecord, launch liftoff.Launch, err error) {
	c.retries.Tried = append(c.retries.Tried, record.ID)
	if err != nil {
		c.page.Rejected = append(c.page.Rejected, record.RejectedRecord)
		return
	}
	c.page.Launches = append(c.page.Launches, launch)
	c.recordOf[launch.ID], c.seenAt[launch.ID] = record.ID, record.FirstSeenAt
}

// yieldChunk hands the chunk out and begins the next when it is stored.
func (r *retry) yieldChunk(ctx context.Context, yield func(pipeline.Part, error) bool) bool {
	if err := r.dropOld(ctx); err != nil {
		return yield(pipeline.Part{}, err)
	}
	page := r.chunk.page
	slices.SortFunc(page.Launches, func(a, b liftoff.Launch) int { return strings.Compare(a.ID, b.ID) })
	page.Number, page.TotalLaunches = 1, len(page.Launches)+len(page.Rejected)
	isWanted := yield(pipeline.Part{
		Fetch: func(context.Context) iter.Seq2[liftoff.Page, error] {
			return func(yield func(liftoff.Page, error) bool) { yield(page, nil) }
		},
		Stored: r.resolve,
	}, nil)
	r.chunk = newRetryChunk()
	return isWanted
}

// dropOld takes those launches out of the chunk of which something newer is
// stored: what is old must not look like a change.
func (r *retry) dropOld(ctx context.Context) error {
	var seen []postgres.SeenLaunch
	for _, launch := range r.chunk.page.Launches {
		seen = append(seen, postgres.SeenLaunch{ID: launch.ID, SeenAt: r.chunk.seenAt[launch.ID]})
	}
	old, err := r.store.Newer(ctx, seen)
	if err != nil {
		return err
	}
	for _, position := range slices.Backward(old) {
		r.chunk.retries.Resolved = append(r.chunk.retries.Resolved, r.chunk.recordOf[seen[position].ID])
		r.chunk.page.Launches = slices.Delete(r.chunk.page.Launches, position, position+1)
		r.total.superseded++
	}
	return nil
}

// note takes which launches of a batch went through.
func (r *retry) note(batch liftoff.Batch, result liftoff.BatchResult) {
	for _, launch := range batch.Launches {
		if !slices.Contains(result.RefusedIDs, launch.ID) {
			r.chunk.retries.Resolved = append(r.chunk.retries.Resolved, r.chunk.recordOf[launch.ID])
		}
	}
}

// resolve marks the records of the chunk, which is stored.
func (r *retry) resolve(ctx context.Context) error {
	r.chunk.retries.RunID, r.chunk.retries.At = r.ledger.ID(), r.app.Now()
	return r.store.NoteRetries(ctx, r.chunk.retries)
}

// retryTotal is what became of all records.
type retryTotal struct {
	liftoff.RunCounts
	superseded, truncated, conflicting int64
}

// sentence says it in one line.
func (t *retryTotal) sentence() string {
	text := fmt.Sprintf("%d records put through: %d inserted, %d revised, %d there already, %d still in quarantine",
		t.Fetched+t.superseded, t.Inserted, t.Revised, t.Unchanged, t.Quarantined)
	for _, more := range []struct {
		count int64
		what  string
	}{
		{t.superseded, "older than what is stored"},
		{t.truncated, "left alone: too long to be kept whole"},
		{t.conflicting, "left alone: in conflict, name the one that holds"},
	} {
		if more.count > 0 {
			text += fmt.Sprintf(", %d %s", more.count, more.what)
		}
	}
	return text + "."
}

// shortcoming is the error when any record stays in quarantine.
func (t *retryTotal) shortcoming() error {
	left := t.Quarantined + t.truncated + t.conflicting
	if left == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Quarantined, fmt.Errorf("%d records stay in quarantine", left),
		"`liftoff quarantine list` shows why")
}
