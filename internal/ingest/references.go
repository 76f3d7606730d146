package ingest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/span"
)

const (
	// maxRemembered bounds how many launches of a run are remembered by id. If more
	// have changed, all launches are searched for what they refer to.
	maxRemembered = 5000
	// maxUnsettled bounds how many payloads are read again because they are likely
	// to change.
	maxUnsettled = 2000
	// maxMissing bounds how many ids of a kind are noted as missing. An API that
	// lacks more is not whole, and no run succeeds until it is.
	maxMissing = 1000
)

// references fetches what launches refer to: payloads with their real masses, and
// the names of rockets and launchpads. It fetches whatever is not stored, also
// what earlier runs left behind, and reads those payloads again that are likely
// to have changed.
type references struct {
	ingester  *Ingester
	run       *postgres.Run
	selection liftoff.Selection

	// own counts the launches that were new or revised; changed are their ids, and
	// received those of all launches. A list that would be too long is nil.
	own               liftoff.RunCounts
	changed, received idList
	// isTaken says that takeAll has been called; unserved are the errors of the source
	// meanwhile, by kind, and takeErr is what else ended it.
	isTaken  bool
	unserved map[liftoff.ReferenceKind]error
	takeErr  error
	// added is how many payloads, rockets and launchpads the run has inserted.
	added map[liftoff.ReferenceKind]int64

	// refused are the references that PostgreSQL refused, by kind and id, and
	// firstRefused names the first and why.
	refused      map[string]bool
	firstRefused string
}

// idList is a list of ids up to a limit.
type idList struct {
	ids       []string
	isTooLong bool
}

func (l *idList) add(ids ...string) {
	if l.isTooLong || len(l.ids)+len(ids) > maxRemembered {
		l.ids, l.isTooLong = nil, true
		return
	}
	l.ids = append(l.ids, ids...)
}

// noteRefused remembers references that PostgreSQL refused.
func (r *references) noteRefused(ctx context.Context, kind liftoff.ReferenceKind, refused []postgres.RefusedReference) {
	for _, each := range refused {
		key := string(kind) + " " + each.ID
		if r.refused[key] {
			continue // it was asked for twice
		}
		r.ingester.Logger.WarnContext(ctx, "PostgreSQL refused a reference; it is left out.", "kind", string(kind), "id", each.ID, "error", each.Detail)
		if len(r.refused) == 0 {
			r.refused = map[string]bool{}
			r.firstRefused = fmt.Sprintf("%s %q: %s", strings.TrimSuffix(string(kind), "s"), each.ID, each.Detail)
		}
		r.refused[key] = true
	}
}

// refusal returns the error for references that PostgreSQL refused, or nil.
func (r *references) refusal() error {
	if len(r.refused) == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Quarantined,
		fmt.Errorf("PostgreSQL refused %s (%s)", liftoff.Count(int64(len(r.refused)), "reference", "references"), r.firstRefused),
		"check the constraints and triggers of its table (raw_payloads, raw_rockets or raw_launchpads); all else is stored, and the next `liftoff ingest --all` tries again")
}

// note takes what became of a batch.
func (r *references) note(batch liftoff.Batch, result liftoff.BatchResult) {
	r.own.Inserted += int64(len(result.InsertedIDs))
	r.own.Revised += int64(len(result.RevisedIDs))
	r.changed.add(result.InsertedIDs...)
	r.changed.add(result.RevisedIDs...)
	for _, launch := range batch.Launches {
		r.received.add(launch.ID)
	}
}

// isForAll reports whether it is known from the start that the run takes all
// references, so that it need not wait for its launches.
func (r *references) isForAll() bool { return r.selection == liftoff.SelectAll }

// isLeftToOthers reports whether another worker of the backfill fetches what this one's
// launches refer to: the one that finishes it does so for all.
func (r *references) isLeftToOthers() bool {
	return r.selection == liftoff.SelectBackfill && !r.run.HasFinishedBackfill()
}

// takesAll reports whether all payloads, rockets and launchpads are fetched anew,
// because any of them may have been corrected.
func (r *references) takesAll() bool {
	return r.isForAll() || r.run.HasReadAll() || (r.changed.isTooLong && r.own.Revised > 0)
}

// namesLaunches reports whether the run is about particular launches, so that it
// should not take longer in a large database.
func (r *references) namesLaunches() bool {
	return r.selection == liftoff.SelectLatest || r.selection == liftoff.SelectIDs
}

// fetch fetches and stores the references of all kinds. An error of the source
// with one kind does not keep it from the others. The error is liftoff.Quarantined
// if PostgreSQL refused some and all else is stored.
func (r *references) fetch(ctx context.Context) (err error) {
	ctx, tracing := span.Start(ctx, "references")
	defer tracing.End(&err)
	state, err := r.run.ReferenceState(ctx, r.own, r.added, !r.namesLaunches())
	if err != nil {
		return err
	}
	if err := r.endTaking(ctx); err != nil {
		return err
	}
	lookedAtAll := r.changed.isTooLong || !state.IsComplete
	wanted, err := r.findWanted(ctx, state, lookedAtAll)
	if err != nil {
		return err
	}
	missing, isWhole := map[liftoff.ReferenceKind][]string{}, true
	var shortcomings shortcomings
	for _, kind := range liftoff.ReferenceKinds() {
		absent, err := wanted.own[kind], r.unserved[kind]
		if err == nil {
			absent, err = r.fetchWanted(ctx, kind, wanted)
		}
		var shortcoming error
		switch {
		case err == nil:
			missing[kind] = wanted.missing(kind, absent, state)
			isWhole = isWhole && len(missing[kind]) == len(absent) && len(absent) <= maxMissing
			shortcoming = r.tellMissing(ctx, kind, missing[kind], state.Missing[kind])
		case isOfSource(ctx, err):
			isWhole = isWhole && len(absent)+len(wanted.others[kind]) == 0
			shortcoming, err = r.tellUnserved(ctx, kind, absent, err)
		}
		if err != nil {
			return err
		}
		shortcomings.add(ctx, r.ingester.Logger, kind, shortcoming)
	}
	if isWhole { // else the next run looks again
		if err := r.run.NoteReferences(ctx, state, postgres.ReferenceCheck{Missing: missing, Added: r.added, LookedAtAll: lookedAtAll}); err != nil {
			return err
		}
	}
	return cmp.Or(shortcomings.err(), r.refusal())
}

// wanted is what a run asks for by id.
type wanted struct {
	// own is what launches of the source refer to and is not stored, others what
	// only launches of other sources refer to: those may come from this API too,
	// but it need not have them.
	own, others map[liftoff.ReferenceKind][]string
	// again are payloads that may have changed since they were stored.
	again []string
}

// findWanted finds out what to ask for: for what is not stored it looks at the
// run's launches and at what was missing before, or at all launches.
func (r *references) findWanted(ctx context.Context, state postgres.ReferenceState, atAll bool) (w wanted, err error) {
	if w.again, err = r.toReadAgain(ctx); err != nil {
		return w, err
	}
	if atAll {
		r.ingester.Logger.DebugContext(ctx, "Searching all launches for what they refer to and is not stored.")
		w.own, w.others, err = r.ingester.Store.UnstoredReferences(ctx, r.ingester.SourceKey)
		return w, err
	}
	w.own, err = r.ingester.Store.UnstoredReferencesOf(ctx, r.changed.ids)
	for kind, ids := range state.Missing {
		w.own[kind] = merge(w.own[kind], ids)
	}
	return w, err
}

// missing returns the ids, of those that did not come, that are noted as missing:
// not those that only other sources' launches refer to, unless they are noted
// already.
func (w wanted) missing(kind liftoff.ReferenceKind, absent []string, state postgres.ReferenceState) []string {
	return slices.DeleteFunc(slices.Clone(absent), func(id string) bool {
		_, isForeign := slices.BinarySearch(w.others[kind], id)
		return isForeign && !slices.Contains(state.Missing[kind], id)
	})
}

// merge returns the ids of all lists in order, each once.
func merge(lists ...[]string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(lists...))))
}

// isOfSource reports whether an error is one of the source, with which the run
// goes on.
func isOfSource(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && liftoff.CategoryOf(err) == liftoff.Source
}

// toReadAgain returns payloads that may have changed since they were stored: those
// of the launches that the run received, or changed if it received very many,
// and, unless it is about particular launches, those of upcoming launches and
// those without a mass.
func (r *references) toReadAgain(ctx context.Context) ([]string, error) {
	if r.takesAll() {
		return nil, nil
	}
	launches := r.received.ids
	if r.received.isTooLong {
		launches = r.changed.ids
	}
	payloads, err := r.ingester.Store.PayloadsOf(ctx, launches)
	if err != nil || r.namesLaunches() {
		return payloads, err
	}
	unsettled, err := r.ingester.Store.UnsettledPayloads(ctx, maxUnsettled)
	return append(payloads, unsettled...), err
}

// fetchWanted fetches and stores what is wanted of a kind, and returns, in order,
// the ids that are still not stored. After an error these are the source's own.
func (r *references) fetchWanted(ctx context.Context, kind liftoff.ReferenceKind, w wanted) (absent []string, err error) {
	ids := merge(w.own[kind], w.others[kind])
	if kind == liftoff.Payloads {
		ids = merge(ids, w.again)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	isThere := map[string]bool{}
	err = r.store(ctx, kind, ids, func(id string) { isThere[id] = true })
	absent = w.own[kind]
	if err == nil {
		absent = merge(absent, w.others[kind])
	}
	return slices.DeleteFunc(slices.Clone(absent), func(id string) bool { return isThere[id] }), err
}
