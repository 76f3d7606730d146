package ingest

import (
	"cmp"
	"context"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"liftoff"
	"liftoff/internal/failpoint"
)

// maxReferenceWriters bounds how many batches of references are stored at once.
const maxReferenceWriters = 2

// isOneByOne reports whether a run does one thing after the other.
func (i *Ingester) isOneByOne() bool { return i.Concurrency <= 1 || i.Writers <= 1 }

// takeAll fetches and stores all references of all kinds. It may go on while
// launches are stored: nothing else of r changes meanwhile but what note counts.
func (r *references) takeAll(ctx context.Context) {
	r.isTaken, r.unserved = true, map[liftoff.ReferenceKind]error{}
	for _, kind := range liftoff.ReferenceKinds() {
		if err := r.store(ctx, kind, nil, func(string) {}); isOfSource(ctx, err) {
			r.unserved[kind] = err
		} else if err != nil {
			r.takeErr = err
			return
		}
	}
}

// endTaking takes all references if the run does and has not done so beside its
// launches. The error is any but one of the source.
func (r *references) endTaking(ctx context.Context) error {
	if !r.isTaken && r.takesAll() {
		r.takeAll(ctx)
	}
	return r.takeErr
}

// store fetches and stores references by their ids, or all for nil. What came before
// an error of the source is stored.
func (r *references) store(ctx context.Context, kind liftoff.ReferenceKind, ids []string, note func(id string)) error {
	failpoint.Reach(failpoint.BeforeReferences)
	in := &intake{references: r, kind: kind, note: note}
	writers, writing := errgroup.WithContext(ctx)
	writers.SetLimit(maxReferenceWriters)
	var fetchErr error
	for some, err := range r.ingester.Source.References(writing, kind, ids) {
		switch {
		case err != nil:
			fetchErr = err
		case r.ingester.isOneByOne():
			fetchErr = in.store(ctx, some)
		default:
			writers.Go(func() error { return liftoff.Safely(func() error { return in.store(writing, some) }) })
		}
		if fetchErr != nil {
			break
		}
	}
	if err := cmp.Or(writers.Wait(), fetchErr); err != nil {
		return err
	}
	level := slog.LevelDebug
	if ids == nil {
		level = slog.LevelInfo
	}
	r.ingester.Logger.Log(ctx, level, "References fetched.", "kind", string(kind), "fetched", in.received, "changed", in.changed)
	return nil
}

// intake stores the references of a kind that come in, by several goroutines.
type intake struct {
	references *references
	kind       liftoff.ReferenceKind
	// note is told each id that has come in.
	note func(id string)

	// mutex guards what is counted, here and in references.
	mutex             sync.Mutex
	received, changed int
}

// store stores some of them.
func (in *intake) store(ctx context.Context, some []liftoff.Reference) error {
	r := in.references
	stored, err := r.ingester.Store.UpsertReferences(ctx, in.kind, some, r.ingester.Now().UTC())
	if err != nil {
		return err
	}
	in.mutex.Lock()
	defer in.mutex.Unlock()
	for _, reference := range some {
		in.note(reference.ID)
	}
	in.received, in.changed = in.received+len(some), in.changed+stored.Changed
	r.added[in.kind] += int64(stored.Inserted)
	r.noteRefused(ctx, in.kind, stored.Refused)
	return nil
}
