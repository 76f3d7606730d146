package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
)

// missingIDs are the missing ids of one kind.
func missingIDs(ids ...string) map[liftoff.ReferenceKind][]string {
	return map[liftoff.ReferenceKind][]string{liftoff.Payloads: ids, liftoff.Rockets: {}, liftoff.Launchpads: {}}
}

// stateOf returns the state of the references as a run finds it that has stored
// nothing itself.
func stateOf(t *testing.T, run *postgres.Run, counting bool) postgres.ReferenceState {
	t.Helper()
	state, err := run.ReferenceState(t.Context(), liftoff.RunCounts{}, nil, counting)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// noteAll notes that all launches were searched.
func noteAll(t *testing.T, run *postgres.Run, missing ...string) {
	t.Helper()
	if err := run.NoteReferences(t.Context(), stateOf(t, run, true), postgres.ReferenceCheck{Missing: missingIDs(missing...), LookedAtAll: true}); err != nil {
		t.Fatal(err)
	}
}

// wantComplete wants a state, without counting and with it.
func wantComplete(t *testing.T, run *postgres.Run, want, wantCounting bool) {
	t.Helper()
	got := [2]bool{stateOf(t, run, false).IsComplete, stateOf(t, run, true).IsComplete}
	if got != [2]bool{want, wantCounting} {
		t.Errorf("complete without and with counting: %v, want %v and %v", got, want, wantCounting)
	}
}

func beginRun(t *testing.T, store *postgres.Store) *postgres.Run {
	t.Helper()
	run, err := store.BeginRun(t.Context(), runOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Abandon(t.Context()) })
	return run
}

func storeLaunches(t *testing.T, run *postgres.Run, launches ...liftoff.EnrichedLaunch) liftoff.RunCounts {
	t.Helper()
	result, err := run.StoreBatch(t.Context(), liftoff.Batch{Launches: launches, ReceivedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return result.RunCounts
}

func TestReferenceState_SeesWhatARunLeftBehind(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := beginRun(t, store)
	wantComplete(t, run, false, false) // nobody has ever looked
	noteAll(t, run)
	wantComplete(t, run, true, true)

	// What another run has stored is its own business as long as it lives.
	other := beginRun(t, open(t, db))
	storeLaunches(t, other, launch("a", "{}"))
	wantComplete(t, run, true, false)
	other.Abandon(t.Context())
	wantComplete(t, run, false, false)
	noteAll(t, run)
	wantComplete(t, run, true, true)
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_runs WHERE owes_references"); n != 0 {
		t.Errorf("%d runs owe references", n)
	}

	// So with one that ended; one that changed nothing owes nothing.
	for _, each := range []struct {
		document string
		owes     bool
	}{{`{"n": 1}`, true}, {`{"n": 1}`, false}} {
		ended := beginRun(t, open(t, db))
		storeLaunches(t, ended, launch("a", each.document))
		if err := ended.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: time.Now(), Announced: -1}); err != nil {
			t.Fatal(err)
		}
		wantComplete(t, run, !each.owes, !each.owes)
		noteAll(t, run)
	}
}

func TestReferenceState_OwnLaunchesAreAccountedFor(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := beginRun(t, store)
	noteAll(t, run)
	own := storeLaunches(t, run, launch("a", "{}"), launch("b", "{}"))
	own.Add(storeLaunches(t, run, launch("b", `{"n": 1}`)))
	state, err := run.ReferenceState(t.Context(), own, nil, true)
	if err != nil || !state.IsComplete {
		t.Fatalf("ReferenceState() = %+v, %v", state, err)
	}
	if err := run.NoteReferences(t.Context(), state, postgres.ReferenceCheck{Missing: missingIDs("p")}); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, run, true, true)
	if got := scan[string](t, db, "SELECT concat_ws(' ', launches, revisions, stored, missing_ids) FROM reference_checks WHERE kind = 'payloads'"); got != "2 1 0 {p}" {
		t.Errorf("noted %q", got)
	}
	if diff := cmp.Diff(missingIDs("p"), stateOf(t, run, false).Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

// What the run itself has inserted already does not hide what was deleted.
func TestReferenceState_OwnReferencesAreAccountedFor(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	upsert(t, store, liftoff.Payloads, firstFetch, 1, reference("p", "{}"))
	run := beginRun(t, store)
	noteAll(t, run)
	upsert(t, store, liftoff.Payloads, firstFetch, 1, reference("q", "{}"))
	added := map[liftoff.ReferenceKind]int64{liftoff.Payloads: 1}
	state, err := run.ReferenceState(t.Context(), liftoff.RunCounts{}, added, true)
	if err != nil || !state.IsComplete {
		t.Fatalf("ReferenceState() = %+v, %v", state, err)
	}
	if err := run.NoteReferences(t.Context(), state, postgres.ReferenceCheck{Missing: missingIDs(), Added: added}); err != nil {
		t.Fatal(err)
	}
	if noted := scan[int](t, db, "SELECT stored FROM reference_checks WHERE kind = 'payloads'"); noted != 2 {
		t.Errorf("%d payloads are noted, want 2", noted)
	}
	execute(t, db, "DELETE FROM raw_payloads WHERE id = 'p'")
	upsert(t, store, liftoff.Payloads, firstFetch, 1, reference("r", "{}"))
	if state, err = run.ReferenceState(t.Context(), liftoff.RunCounts{}, added, true); err != nil || state.IsComplete {
		t.Errorf("ReferenceState() = %+v, %v", state, err)
	}
}

func TestReferenceState_CountsWhatNoRunWrote(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a launch more": "INSERT INTO raw_launches (id) VALUES ('b')", "a launch less": "DELETE FROM raw_launches",
		"a revision more": "INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ('a', 2, '', now(), '{}')",
		"a payload less":  "DELETE FROM raw_payloads", "a rocket less": "DELETE FROM raw_rockets", "a launchpad less": "DELETE FROM raw_launchpads",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			mustInsert(t, store, launch("a", "{}"))
			for _, kind := range liftoff.ReferenceKinds() {
				upsert(t, store, kind, firstFetch, 1, reference("r", "{}"))
			}
			run := beginRun(t, store)
			noteAll(t, run)
			wantComplete(t, run, true, true)
			execute(t, db, sql)
			launchtest.Refresh(t, db.DSN)
			wantComplete(t, run, true, false)
			noteAll(t, run)
			wantComplete(t, run, true, true)
		})
	}
	t.Run("a note less", func(t *testing.T) {
		t.Parallel()
		store, db := openMigrated(t)
		run := beginRun(t, store)
		noteAll(t, run)
		execute(t, db, "DELETE FROM reference_checks WHERE kind = 'rockets'")
		wantComplete(t, run, false, false)
	})
}

func TestNoteReferences_WritesOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store, launch("a", "{}"))
	run := beginRun(t, store)
	noteAll(t, run, "p")
	const rowsSQL = "SELECT string_agg(concat_ws(' ', xmin, xmax, ctid), ' ' ORDER BY kind) FROM reference_checks"
	before := scan[string](t, db, rowsSQL)
	if err := run.NoteReferences(t.Context(), stateOf(t, run, true), postgres.ReferenceCheck{Missing: missingIDs("p")}); err != nil {
		t.Fatal(err)
	}
	if after := scan[string](t, db, rowsSQL); after != before {
		t.Errorf("written again: %s, then %s", before, after)
	}
	// More payloads than were noted are no reason to search, but fewer than now are
	// one later.
	upsert(t, store, liftoff.Payloads, firstFetch, 1, reference("q", "{}"))
	wantComplete(t, run, true, true)
	if err := run.NoteReferences(t.Context(), stateOf(t, run, true), postgres.ReferenceCheck{Missing: missingIDs("p")}); err != nil {
		t.Fatal(err)
	}
	execute(t, db, "DELETE FROM raw_payloads")
	wantComplete(t, run, true, false)
}
