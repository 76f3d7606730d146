package postgres

import (
	"context"
	_ "embed"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/owing_runs.sql
var owingRunsSQL string

//go:embed queries/clear_owing_runs.sql
var clearOwingRunsSQL string

//go:embed queries/reference_checks.sql
var referenceChecksSQL string

//go:embed queries/count_references.sql
var countReferencesSQL string

//go:embed queries/note_reference_check.sql
var noteReferenceCheckSQL string

// ReferenceState is what is known of the references before a run fetches those of
// its own launches.
type ReferenceState struct {
	// IsComplete says that all that launches refer to is stored or missing, but for
	// what the run's own launches have brought.
	IsComplete bool
	// Missing are the ids that launches refer to and that the source did not have
	// when it was last asked.
	Missing map[liftoff.ReferenceKind][]string

	// own are the run's launches so far.
	own liftoff.RunCounts
	// owing are earlier runs that owe references.
	owing []int64
	// known is what was noted last, and found what there is; found is nil if
	// nothing was counted.
	known, found *referenceCounts
}

// referenceCounts are numbers of rows.
type referenceCounts struct {
	launches, revisions int64
	stored              map[liftoff.ReferenceKind]int64
}

// ReferenceState finds out whether all that launches refer to is stored; own are
// the counts of this run, and added is how many references it has inserted so far:
// the state is the one before them. It sees what other runs left behind, however they ended.
// With counting, which takes longer in a large database, it also sees rows that
// anything but a run has added or deleted. No document is read.
func (r *Run) ReferenceState(
	ctx context.Context, own liftoff.RunCounts, added map[liftoff.ReferenceKind]int64, counting bool,
) (state ReferenceState, err error) {
	err = r.store.retry(ctx, maxTries, func() error {
		state = ReferenceState{own: own, Missing: map[liftoff.ReferenceKind][]string{}}
		batch := &pgx.Batch{}
		batch.Queue(owingRunsSQL, r.id, runLockClass).Query(collectInto(&state.owing))
		batch.Queue(referenceChecksSQL).Query(state.readChecks)
		return r.store.pool.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return ReferenceState{}, r.failure("read what is known of payloads, rockets and launchpads", err)
	}
	state.IsComplete = len(state.owing) == 0 && state.known != nil
	if state.IsComplete && !counting {
		return state, nil
	}
	if state.found, err = r.countReferences(ctx); err != nil {
		return ReferenceState{}, err
	}
	for kind, count := range added {
		state.found.stored[kind] -= count
	}
	state.IsComplete = state.IsComplete && state.found.agreesWith(*state.known, own)
	return state, nil
}

// countReferences counts what there is.
func (r *Run) countReferences(ctx context.Context) (*referenceCounts, error) {
	found := &referenceCounts{}
	var payloads, rockets, launchpads int64
	err := r.store.retry(ctx, maxTries, func() error {
		return r.store.pool.QueryRow(ctx, countReferencesSQL).
			Scan(&found.launches, &found.revisions, &payloads, &rockets, &launchpads)
	})
	if err != nil {
		return nil, r.failure("count launches, payloads, rockets and launchpads", err)
	}
	found.stored = map[liftoff.ReferenceKind]int64{liftoff.Payloads: payloads, liftoff.Rockets: rockets, liftoff.Launchpads: launchpads}
	return found, nil
}

// readChecks reads the rows of reference_checks. If they are not there for all
// kinds, or do not agree, nothing is known.
func (s *ReferenceState) readChecks(rows pgx.Rows) error {
	var known *referenceCounts
	doAgree := true
	var kind liftoff.ReferenceKind
	var launches, revisions, stored int64
	var missing []string
	_, err := pgx.ForEachRow(rows, []any{&kind, &launches, &revisions, &stored, &missing}, func() error {
		if known == nil {
			known = &referenceCounts{launches, revisions, map[liftoff.ReferenceKind]int64{}}
		}
		doAgree = doAgree && known.launches == launches && known.revisions == revisions
		known.stored[kind] = stored
		s.Missing[kind] = missing
		return nil
	})
	if known != nil && doAgree && len(known.stored) == len(liftoff.ReferenceKinds()) {
		s.known = known
	}
	return err
}

// agreesWith reports whether only a run with these counts has changed anything
// since known was noted.
func (c referenceCounts) agreesWith(known referenceCounts, own liftoff.RunCounts) bool {
	if c.launches != known.launches+own.Inserted || c.revisions != known.revisions+own.Revised {
		return false
	}
	for kind, count := range c.stored {
		if count < known.stored[kind] {
			return false
		}
	}
	return true
}

// ReferenceCheck is what a run knows once all that launches refer to is stored or
// missing.
type ReferenceCheck struct {
	// Missing are the ids that are missing.
	Missing map[liftoff.ReferenceKind][]string
	// Added is how many rows the run has inserted in all.
	Added map[liftoff.ReferenceKind]int64
	// LookedAtAll says that all launches were looked through, and not only the run's
	// own, as they must be if the state was not complete.
	LookedAtAll bool
}

// NoteReferences notes what a run that had this state has found out. It is safe to
// repeat.
func (r *Run) NoteReferences(ctx context.Context, state ReferenceState, check ReferenceCheck) error {
	counts := state.after(check)
	if counts != nil && !check.LookedAtAll && state.says(*counts, check.Missing) {
		counts = nil
	}
	settled := state.owing
	if state.own.Inserted+state.own.Revised > 0 {
		settled = append(settled, r.id)
	}
	if counts == nil && len(settled) == 0 {
		return nil
	}
	finished := int64(0)
	if r.hasFinishedBackfill {
		finished = r.backfillID
	}
	err := r.store.retry(ctx, maxTries, func() error {
		batch := &pgx.Batch{}
		batch.Queue(lazyCommitSQL)
		for _, kind := range liftoff.ReferenceKinds() {
			if counts != nil {
				ids := append([]string{}, check.Missing[kind]...) // a nil slice would arrive as NULL
				batch.Queue(noteReferenceCheckSQL, string(kind), counts.launches, counts.revisions, counts.stored[kind], ids)
			}
		}
		batch.Queue(clearOwingRunsSQL, settled, finished)
		return r.store.pool.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return r.failure("note that what launches refer to is stored", err)
	}
	return nil
}

// says reports whether the state says this already.
func (s ReferenceState) says(counts referenceCounts, missing map[liftoff.ReferenceKind][]string) bool {
	return counts.launches == s.known.launches && counts.revisions == s.known.revisions &&
		maps.Equal(counts.stored, s.known.stored) && maps.EqualFunc(missing, s.Missing, slices.Equal)
}

// after returns what is to be noted; nil for nothing. What was counted before all
// launches were looked through is right, whatever others added meanwhile: the next
// run finds other numbers. What the run itself has added counts too, or else as many
// rows could be deleted unnoticed.
func (s ReferenceState) after(check ReferenceCheck) *referenceCounts {
	counts := &referenceCounts{stored: map[liftoff.ReferenceKind]int64{}}
	switch {
	case check.LookedAtAll && s.found != nil:
		counts.launches, counts.revisions = s.found.launches, s.found.revisions
		maps.Copy(counts.stored, s.found.stored)
	case s.known == nil:
		return nil
	default:
		counts.launches, counts.revisions = s.known.launches+s.own.Inserted, s.known.revisions+s.own.Revised
		for kind, count := range s.known.stored {
			if s.found != nil {
				count = max(count, s.found.stored[kind])
			}
			counts.stored[kind] = count
		}
	}
	for kind, count := range check.Added {
		counts.stored[kind] += count
	}
	return counts
}
