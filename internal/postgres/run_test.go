package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// exclusive are the options of a run that wants its source for itself.
func exclusive() postgres.RunOptions {
	options := runOptions()
	options.IsShared = false
	return options
}

// cutSession ends the session that holds a run's locks, as a network does that
// has lost it.
func cutSession(t *testing.T, db pgtest.Database, runID int64) {
	t.Helper()
	cut := scan[bool](t, db, `SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = $1
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = x'6c696675'::integer`, runID)
	if !cut {
		t.Fatal("the session did not end")
	}
}

// waitForLock returns as soon as a session of the database waits for a lock.
func waitForLock(t *testing.T, db pgtest.Database) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	for isWaiting := false; !isWaiting; {
		err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks AS wanted INNER JOIN pg_stat_activity AS session USING (pid)
			WHERE NOT wanted.granted AND session.datname = current_database())`).Scan(&isWaiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// runStatus is the status of a run in the ledger, with its error if it has one.
func runStatus(t *testing.T, db pgtest.Database, id int64) string {
	t.Helper()
	return scan[string](t, db, "SELECT concat_ws(': ', status, error) FROM ingestion_runs WHERE id = $1", id)
}

func TestBeginRun_OneWriterForEachSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		first, second string
		isLocked      bool
	}{
		{"exclusive", "exclusive", true},
		{"exclusive", "shared", true},
		{"shared", "exclusive", true},
		{"shared", "shared", false},
		{"exclusive", "other source", false},
		{"exclusive", "dry", false},
	}
	options := map[string]postgres.RunOptions{"exclusive": exclusive(), "shared": runOptions(), "other source": exclusive(), "dry": exclusive()}
	other, dry := options["other source"], options["dry"]
	other.Source = "http://other.test"
	dry.IsDry = true
	options["other source"], options["dry"] = other, dry
	for _, test := range tests {
		t.Run(test.first+" and "+test.second, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			first := begin(t, store, options[test.first])
			second, err := open(t, db).BeginRun(t.Context(), options[test.second])
			if !test.isLocked {
				if err != nil {
					t.Fatalf("BeginRun() = %v, want both to run", err)
				}
				second.Abandon(t.Context())
				return
			}
			wantError(t, err, liftoff.Locked, "another run is writing launches of http://source.test")
			if hint := liftoff.HintOf(err); strings.Contains(hint, "--") {
				t.Errorf("the next step names a flag that the caller may not have: %q", hint)
			}
			first.Abandon(t.Context())
			if second, err = open(t, db).BeginRun(t.Context(), options[test.second]); err != nil {
				t.Fatalf("BeginRun() after the first has ended = %v", err)
			}
			second.Abandon(t.Context())
		})
	}
}

func TestBeginRun_WaitsForTheLock(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	first := begin(t, store, exclusive())
	waiting := exclusive()
	waiting.WaitsForLock = true
	second := make(chan error, 1)
	other := open(t, db)
	go func() {
		run, err := other.BeginRun(t.Context(), waiting)
		if err == nil {
			err = run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded})
		}
		second <- err
	}()
	waitForLock(t, db)
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_runs"); n != 1 {
		t.Errorf("%d runs in the ledger while one waits, want 1", n)
	}
	if err := first.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded}); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Errorf("the run that waited: %v", err)
	}
}

func TestBeginRun_EndsItsWaitWithItsContext(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	begin(t, store, exclusive())
	waiting := exclusive()
	waiting.WaitsForLock = true
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	other := open(t, db)
	go func() {
		_, err := other.BeginRun(ctx, waiting)
		ended <- err
	}()
	waitForLock(t, db)
	cancel()
	if err := <-ended; liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("BeginRun() = %v, want an interruption", err)
	}
}

func TestB1_B8_ClosesTheRowsOfRunsThatDied(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	dead, alive := begin(t, store, runOptions()), begin(t, open(t, db), runOptions())
	storeBatch(t, dead, batchOf(launch("a", "{}")))
	elsewhere := exclusive()
	elsewhere.Source = "http://other.test"
	begin(t, open(t, db), elsewhere).Abandon(t.Context())
	cutSession(t, db, dead.ID())
	next := runOptions()
	next.StartedAt = next.StartedAt.Add(time.Hour)
	next.Now = func() time.Time { return next.StartedAt.Add(30 * time.Minute) }
	run := begin(t, open(t, db), next)
	if got := runStatus(t, db, dead.ID()); got != "running" {
		t.Errorf("the dead run is %q, although a worker leaves it the time to resume until no range is left", got)
	}
	join(t, store, run)
	for claim(t, run) != 0 {
	}
	for id, want := range map[int64]string{
		dead.ID(): "crashed: the process ended without closing its run", alive.ID(): "running", run.ID(): "running",
		alive.ID() + 1: "running", // another source's: its next run says so
	} {
		if got := runStatus(t, db, id); got != want {
			t.Errorf("run %d is %q, want %q", id, got, want)
		}
	}
	if got := scan[string](t, db, "SELECT concat_ws(' ', inserted, to_char(finished_at, 'HH24:MI')) FROM ingestion_runs WHERE id = $1", dead.ID()); got != "1 18:30" {
		t.Errorf("the dead run inserted and ended %q", got)
	}
	// The one that lives goes on, and the dead one, if it was only cut off, may
	// not: another may be writing now.
	storeBatch(t, alive, batchOf(launch("b", "{}")))
	for range 2 {
		_, err := dead.StoreBatch(t.Context(), batchOf(launch("c", "{}")))
		wantError(t, err, liftoff.Locked, "another run has marked this one as crashed")
	}
	if err := dead.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunFailed, Error: "cut off"}); err != nil {
		t.Errorf("Finish() of the run that was cut off = %v", err)
	}
	if got := runStatus(t, db, dead.ID()); !strings.HasPrefix(got, "crashed") {
		t.Errorf("the dead run is %q", got)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 2 {
		t.Errorf("%d launches, want those of the runs that had a lock", n)
	}
}

// A run that holds its lock no longer may still have connections that work.
func TestB7_B8_RefusesWhatARunWritesThatWasFoundDead(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	execute(t, db, "UPDATE ingestion_runs SET status = 'crashed', finished_at = now()")
	_, err := run.StoreBatch(t.Context(), batchOf(launch("a", "{}")))
	wantError(t, err, liftoff.Locked, "another run has marked this one as crashed")
	if n := scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 0 {
		t.Errorf("%d launches were stored", n)
	}
}

// A connection that is idle for long may be gone without anybody's fault.
func TestFinish_AfterTheSessionWasCut(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, exclusive())
	storeBatch(t, run, batchOf(launch("a", "{}")))
	cutSession(t, db, run.ID())
	err := run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunPartial, Error: "half", Gaps: []liftoff.Gap{{AfterID: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := runStatus(t, db, run.ID()); got != "partial: half" {
		t.Errorf("the run is %q", got)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_missed_ranges"); n != 1 {
		t.Errorf("%d missed ranges, want 1", n)
	}
	begin(t, open(t, db), exclusive())
}

func TestFinish_AfterAnInterruption(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	run, err := store.BeginRun(ctx, exclusive())
	if err != nil {
		t.Fatal(err)
	}
	// Somebody keeps the batch waiting until it is interrupted.
	tx, err := pgtest.Connect(t, db.DSN).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "INSERT INTO raw_launches (id) VALUES ('b')"); err != nil {
		t.Fatal(err)
	}
	stored := make(chan error, 1)
	go func() {
		_, err := run.StoreBatch(ctx, batchOf(launch("a", "{}"), launch("b", "{}")))
		stored <- err
	}()
	waitForLock(t, db)
	cancel(errors.New("stopped by SIGINT"))
	if err := <-stored; liftoff.CategoryOf(err) != liftoff.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("StoreBatch() = %v, want an interruption", err)
	}
	if err := run.Finish(ctx, liftoff.Ending{Status: liftoff.RunInterrupted, Error: "store 2 launches: context canceled"}); err != nil {
		t.Fatal(err)
	}
	if got := runStatus(t, db, run.ID()); got != "interrupted: stopped by SIGINT" {
		t.Errorf("the run is %q", got)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 0 {
		t.Errorf("%d launches of the interrupted batch are stored", n)
	}
	begin(t, store, exclusive())
}

// The numbers of sources are few; a run that uses one up each time would be
// the last one after some months.
func TestBeginRun_UsesUpNoNumberOfASource(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for range 3 {
		run := begin(t, store, runOptions())
		run.Abandon(t.Context())
		dry := runOptions()
		dry.IsDry = true
		storeBatch(t, begin(t, store, dry), batchOf(launch("a", "{}")))
	}
	if last := scan[int](t, db, "SELECT last_value FROM ingestion_sources_id_seq"); last != 1 {
		t.Errorf("the last number given to a source is %d, want 1", last)
	}
}

// Many processes may meet a new source at once.
func TestBeginRun_ManyAtOnceOnANewSource(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	var group sync.WaitGroup
	for range 8 {
		store := open(t, db)
		group.Go(func() {
			run, err := store.BeginRun(t.Context(), runOptions())
			if err != nil {
				t.Error(err)
				return
			}
			if err := run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := scan[string](t, db, "SELECT concat_ws(' ', (SELECT count(*) FROM ingestion_sources), (SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded'))"); got != "1 8" {
		t.Errorf("sources and good runs: %s, want 1 8", got)
	}
}

// contents are the rows of every table and their versions.
func contents(t *testing.T, db pgtest.Database) map[string]string {
	t.Helper()
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, table := range tables {
		all[table] = scan[string](t, db, fmt.Sprintf("SELECT coalesce(string_agg(xmin || t::text, E'\\n' ORDER BY t::text), '') FROM %s AS t", table))
	}
	return all
}

func TestDryRun_WritesNothingAndSaysTheSame(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launch("a", `{"v": 1}`), launch("b", `{"v": 1}`), launch("c", `{"v": 1}`)))
	batch := batchOf(launch("a", `{"v": 2}`), launch("b", `{"v": 1}`), launch("d", "{}"), launch("e", `{"a": }`))
	batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Body: []byte("{}")}}
	batch.Range = &liftoff.IDRange{}
	before := contents(t, db)
	options := exclusive() // nor does it take a lock
	options.IsDry = true
	dry := begin(t, store, options)
	would := storeBatch(t, dry, batch)
	wantCounts(t, would, 1, 1, 1, 2)
	if err := dry.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded, IsCurrent: true, MissingIDs: would.MissingIDs}); err != nil || dry.ID() != 0 {
		t.Errorf("Finish() of dry run %d = %v", dry.ID(), err)
	}
	options.Source = "http://unheard-of.test"
	storeBatch(t, begin(t, store, options), batchOf(launch("f", "{}")))
	if diff := cmp.Diff(before, contents(t, db)); diff != "" {
		t.Errorf("a dry run wrote (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(would, storeBatch(t, run, batch)); diff != "" {
		t.Errorf("a dry run says something else than the real one (-dry +real):\n%s", diff)
	}
}
