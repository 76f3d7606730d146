package postgres_test

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// behind returns a proxy before the database's server, and the options to
// connect through it.
func behind(t *testing.T, db pgtest.Database) (*faultproxy.Proxy, postgres.Options) {
	t.Helper()
	proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
	opts := options(db)
	opts.Host, opts.Port, opts.SSLMode = "127.0.0.1", proxy.Port(), "disable"
	return proxy, opts
}

// openWith returns a store that is closed after the test.
func openWith(t *testing.T, opts postgres.Options) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

const (
	// storedSQL counts launches, revisions and bad records.
	storedSQL = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM launch_revisions), (SELECT count(*) FROM quarantined_records))`
	// countsSQL is a run's row in the ledger.
	countsSQL = `SELECT concat_ws(' ', status, pages, fetched, inserted, unchanged, revised, quarantined) FROM ingestion_runs WHERE id = $1`
)

// wantStored wants the database to hold what one batch of loseAt has brought,
// once, whatever happened on the way, and the run able to go on.
func wantStored(t *testing.T, db pgtest.Database, run *postgres.Run) {
	t.Helper()
	if got := scan[string](t, db, storedSQL); got != "3 1 1" {
		t.Errorf("launches, revisions and bad records are %s, want 3 1 1", got)
	}
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`)
	storeBatch(t, run, batchOf(launch("d", "{}")))
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
	if got := scan[string](t, db, countsSQL, run.ID()); got != "succeeded 2 5 2 1 1 1" {
		t.Errorf("the ledger says %s", got)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_runs"); n != 2 {
		t.Errorf("%d runs in the ledger, want the one before and this one", n)
	}
}

// batchThatChanges has a launch that is new, one that is changed, one that is
// neither, and a bad record, where prepare was before.
func batchThatChanges() liftoff.Batch {
	batch := batchOf(launch("a", `{"v": 2}`), launch("b", "{}"), launch("c", "{}"))
	batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Body: []byte("{}")}}
	return batch
}

// prepare stores what batchThatChanges changes.
func prepare(t *testing.T, db pgtest.Database) {
	t.Helper()
	run := begin(t, open(t, db), runOptions())
	storeBatch(t, run, batchOf(launch("a", `{"v": 1}`), launch("b", "{}")))
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
}

// The driver calls all of these safe to repeat, and one of them is not.
func TestC5_C6_C7_WhenTheConnectionIsLost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, pattern string
		action        faultproxy.Action
	}{
		{"C5 the reply to COMMIT is lost", "commit\x00", faultproxy.LoseReply},
		{"C5 COMMIT is lost", "commit\x00", faultproxy.CutBefore},
		{"C6 reset before COMMIT", "update ingestion_runs", faultproxy.Reset},
		{"C6 reset while comparing", "known_launches", faultproxy.Reset},
		{"C6 cut at BEGIN", "begin isolation", faultproxy.CutBefore},
		{"C7 black hole at COMMIT", "commit\x00", faultproxy.BlackHole},
		{"C7 black hole while storing", "update ingestion_runs", faultproxy.BlackHole},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabaseFrom(t, migrated)
			prepare(t, db)
			proxy, opts := behind(t, db)
			opts.StatementTimeout = time.Second
			run := begin(t, openWith(t, opts), exclusive())
			proxy.On(test.pattern, test.action, 1, nil)
			wantCounts(t, storeBatch(t, run, batchThatChanges()), 1, 1, 1, 1)
			wantStored(t, db, run)
		})
	}
}

// A connection that is lost each time is not tried for ever.
func TestC6_ABatchIsTriedThreeTimes(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	run := begin(t, openWith(t, opts), exclusive())
	tries := 0
	proxy.On("update ingestion_runs", faultproxy.CutBefore, 100, func() { tries++ })
	_, err := run.StoreBatch(t.Context(), batchThatChanges())
	wantError(t, err, liftoff.Database, `store 3 launches from "a" to "c"`)
	if got := scan[string](t, db, storedSQL); got != "0 0 0" || tries != 3 {
		t.Errorf("after %d tries launches, revisions and bad records are %s", tries, got)
	}
}

// While a run has no connection, another one may take its source. Then it must
// not write any more.
func TestC6_AnotherRunTakesOver(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	opts.Wait = 30 * time.Second
	run := begin(t, openWith(t, opts), exclusive())
	storeBatch(t, run, batchOf(launch("a", "{}")))
	proxy.SetRefuse(true)
	cutSession(t, db, run.ID())
	other := begin(t, open(t, db), exclusive())
	proxy.SetRefuse(false)
	_, err := run.StoreBatch(t.Context(), batchOf(launch("b", "{}")))
	wantError(t, err, liftoff.Locked, "another run has marked this one as crashed")
	finish(t, run, liftoff.Ending{Status: liftoff.RunFailed, Error: "cut off"})
	if got := runStatus(t, db, run.ID()); !strings.HasPrefix(got, "crashed") {
		t.Errorf("the run is %q", got)
	}
	finish(t, other, liftoff.Ending{Status: liftoff.RunSucceeded})
	if n := scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 1 {
		t.Errorf("%d launches are stored, want the one from before", n)
	}
}

// Batches do not wait for the disk: what was confirmed may be gone after a
// crash, and then the run must not end well.
func TestC4_WhatACrashHasUndone(t *testing.T) {
	t.Parallel()
	for name, loses := range map[string]func(*testing.T, *postgres.Run) error{
		"in a batch": func(t *testing.T, run *postgres.Run) error {
			_, err := run.StoreBatch(t.Context(), batchOf(launch("b", "{}")))
			return err
		},
		"at the end": func(t *testing.T, run *postgres.Run) error {
			return run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded})
		},
	} {
		for _, isCut := range []bool{true, false} {
			if !isCut && name == "at the end" {
				continue // no crash leaves a session alive
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				store, db := openMigrated(t)
				run := begin(t, store, exclusive())
				storeBatch(t, run, batchOf(launch("a", "{}")))
				// As if the crash had undone the batch.
				execute(t, db, "DELETE FROM raw_launches", "UPDATE ingestion_runs SET fetched = 0, inserted = 0, pages = 0, bytes = 0")
				if isCut {
					cutSession(t, db, run.ID())
				}
				wantError(t, loses(t, run), liftoff.Database, "the server has lost launches that it had confirmed")
				if got := scan[string](t, db, countsSQL, run.ID()); got != "running 0 0 0 0 0 0" {
					t.Errorf("the ledger says %s", got)
				}
			})
		}
	}
}

// The end of a run is not written twice either.
func TestC5_TheReplyToTheEndOfARunIsLost(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	run := begin(t, openWith(t, opts), exclusive())
	proxy.On("insert into ingestion_missed_ranges", faultproxy.LoseReply, 1, nil)
	finish(t, run, liftoff.Ending{Status: liftoff.RunPartial, Error: "half", Gaps: []liftoff.Gap{{AfterID: "a"}}})
	if got := runStatus(t, db, run.ID()); got != "partial: half" {
		t.Errorf("the run is %q", got)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_missed_ranges"); n != 1 {
		t.Errorf("%d missed ranges, want 1", n)
	}
}

// Several writers of a run lose their connections side by side, and resume the
// run one after the other.
func TestC5_C6_WritersOfOneRunLoseTheirConnections(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	opts.Writers = 4
	run := begin(t, openWith(t, opts), exclusive())
	// A batch is tried three times, so that two resets cannot end it.
	proxy.On("update ingestion_runs", faultproxy.Reset, 2, nil)
	proxy.On("commit\x00", faultproxy.LoseReply, 6, nil)
	var group sync.WaitGroup
	for writer := range 4 {
		group.Go(func() {
			for i := range 10 {
				if _, err := run.StoreBatch(t.Context(), batchOf(launch(fmt.Sprintf("%d%02d", writer, i), "{}"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
	if got := scan[string](t, db, countsSQL, run.ID()); got != "succeeded 40 40 40 0 0 0" {
		t.Errorf("the ledger says %s", got)
	}
	if got := scan[string](t, db, storedSQL); got != "40 0 0" {
		t.Errorf("launches, revisions and bad records are %s", got)
	}
}

// What follows after the launches may be done twice as well.
func TestC6_WhatFollowsIsRepeatedToo(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	store := openWith(t, opts)
	proxy.On("create or replace view", faultproxy.Reset, 2, nil)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Error(err)
	}
	proxy.On("raw_rockets", faultproxy.LoseReply, 2, nil)
	rocket := liftoff.Reference{ID: "r", Raw: []byte(`{"id": "r", "name": "Falcon"}`)}
	if _, err := store.UpsertReferences(t.Context(), liftoff.Rockets, []liftoff.Reference{rocket}, time.Now()); err != nil {
		t.Error(err)
	}
	if got := scan[string](t, db, "SELECT concat_ws(' ', (SELECT total_launches FROM launch_aggregates_view), count(*)) FROM raw_rockets"); got != "0 1" {
		t.Errorf("launches in the view, and rockets: %s, want 0 1", got)
	}
}
