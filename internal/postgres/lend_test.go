package postgres_test

import (
	"testing"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// lending are the options of a run of few launches.
func lending() postgres.RunOptions {
	options := exclusive()
	options.LendsSession = true
	return options
}

// countSessions counts the sessions of the program in a database.
func countSessions(t *testing.T, db pgtest.Database) int {
	t.Helper()
	return scan[int](t, db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liftoff'")
}

// askAround does what a run does besides storing launches.
func askAround(t *testing.T, store *postgres.Store, run *postgres.Run) {
	t.Helper()
	refs := []liftoff.Reference{{ID: "5eb0e4b5b6c3bb0006eeb1e1", Raw: []byte(`{"id": "5eb0e4b5b6c3bb0006eeb1e1", "mass_kg": 20}`)}}
	_, errRefresh := store.RefreshTypedLaunches(t.Context(), postgres.RefreshOptions{IfTouched: true})
	_, errSource := store.Source(t.Context(), "http://source.test")
	_, errState := run.ReferenceState(t.Context(), liftoff.RunCounts{}, nil, true)
	_, errUnstored := store.UnstoredReferencesOf(t.Context(), []string{"5eb87d46ffd86e000604b388"})
	_, errPayloads := store.PayloadsOf(t.Context(), []string{"5eb87d46ffd86e000604b388"})
	_, errUpsert := store.UpsertReferences(t.Context(), liftoff.Payloads, refs, run.StartedAt())
	for _, err := range []error{errRefresh, errSource, errState, errUnstored, errPayloads, errUpsert, store.AddMasses(t.Context()), store.CreateAggregateView(t.Context())} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestLendsSession_OneSessionIsEnough(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := begin(t, store, lending())
	askAround(t, store, run)
	if got := countSessions(t, db); got != 1 {
		t.Errorf("%d sessions, want that of the run alone", got)
	}
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
	// Nothing is borrowed from a run that has ended.
	askAround(t, store, begin(t, store, lending()))
}

// A session that is lost while it is lent is a run's lost session: it resumes, and
// others are kept out.
func TestLendsSession_LostWhileItIsLent(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, lending())
	cutSession(t, db, run.ID())
	if _, err := store.Source(t.Context(), "http://source.test"); err != nil {
		t.Fatalf("Source() = %v, want another connection to answer", err)
	}
	storeBatch(t, run, batchOf())
	_, err := open(t, db).BeginRun(t.Context(), exclusive())
	wantError(t, err, liftoff.Locked, "another run is writing launches of http://source.test")
	askAround(t, store, run)
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
	if got := runStatus(t, db, run.ID()); got != "succeeded" {
		t.Errorf("the run is %s", got)
	}
}

// A statement does not wait for a run that uses its session.
func TestLendsSession_NobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, lending())
	for record, err := range store.QuarantinedRecords(t.Context(), nil) {
		t.Fatalf("there is a record %v (%v)", record, err)
	}
	lock := pgtest.Connect(t, db.DSN)
	if _, err := lock.Exec(t.Context(), "BEGIN; LOCK TABLE known_launches IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	stored := make(chan error, 1)
	go func() {
		_, err := run.StoreBatch(t.Context(), batchOf())
		stored <- err
	}()
	waitForLock(t, db)
	if _, err := store.NameSearch(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := lock.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Error(err)
	}
	if err := <-stored; err != nil {
		t.Error(err)
	}
}
