package postgres_test

import (
	"context"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// waiting returns the options of a run that waits for the lock.
func waiting() postgres.RunOptions {
	options := exclusive()
	options.WaitsForLock = true
	options.StartedAt = options.StartedAt.Add(time.Minute)
	return options
}

// beginning is a run that is about to begin.
type beginning struct {
	run   *postgres.Run
	err   error
	ended chan struct{}
}

// beginLater begins a run that waits for the lock, and returns when it waits.
func beginLater(t *testing.T, db pgtest.Database, store *postgres.Store) *beginning {
	t.Helper()
	b := &beginning{ended: make(chan struct{})}
	go func() {
		defer close(b.ended)
		b.run, b.err = store.BeginRun(context.WithoutCancel(t.Context()), waiting())
	}()
	t.Cleanup(func() {
		<-b.ended
		if b.err == nil {
			b.run.Abandon(context.WithoutCancel(t.Context()))
		}
	})
	waitForLock(t, db)
	return b
}

// A run that waits for the lock loses its connection more often than a
// transaction is tried, and waits on.
func TestQ4_AWaitingRunLosesItsConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	holder := begin(t, open(t, db), exclusive())
	proxy, opts := behind(t, db)
	opts.Wait = 30 * time.Second
	b := beginLater(t, db, openWith(t, opts))
	for range 4 {
		proxy.CutAll()
		// Its session ends, and another one waits.
		<-time.After(300 * time.Millisecond)
		waitForLock(t, db)
	}
	finish(t, holder, liftoff.Ending{Status: liftoff.RunSucceeded})
	<-b.ended
	if b.err != nil {
		t.Fatalf("BeginRun() = %v", b.err)
	}
	if got := scan[string](t, db, "SELECT string_agg(status, ',' ORDER BY id) FROM ingestion_runs"); got != "succeeded,running" {
		t.Errorf("the runs are %s", got)
	}
}

// When the run that has the lock loses its connection, the lock is free for a
// moment. The one that waits does not take it away from a run that resumes, not
// even from one that has nothing to store just then.
func TestQ4_TheRunThatHasTheLockResumes(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	options := exclusive()
	options.Lease = time.Minute
	holder := begin(t, openWith(t, opts), options)
	storeBatch(t, holder, batchOf(launch("a", "{}")))
	b := beginLater(t, db, open(t, db))
	proxy.CutAll()
	<-time.After(300 * time.Millisecond)
	waitForLock(t, db)
	storeBatch(t, holder, batchOf(launch("b", "{}")))
	finish(t, holder, liftoff.Ending{Status: liftoff.RunSucceeded})
	<-b.ended
	if got := runStatus(t, db, holder.ID()); b.err != nil || got != "succeeded" {
		t.Errorf("the run that had the lock is %q; the other began with %v", got, b.err)
	}
}

// One that does not come back is not waited for.
func TestQ4_TheRunThatHasTheLockIsGone(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	holder := begin(t, openWith(t, opts), exclusive())
	b := beginLater(t, db, open(t, db))
	proxy.SetRefuse(true)
	proxy.CutAll()
	<-b.ended
	if got := runStatus(t, db, holder.ID()); b.err != nil || got != "crashed: the process ended without closing its run" {
		t.Errorf("the run that is gone is %q; the other began with %v", got, b.err)
	}
}

// One that is gone was waited for in vain. The run that takes its place is waited
// for anew when it loses its connection later.
func TestQ4_EachRunThatHasTheLockIsLeftTime(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	gone, opts := behind(t, db)
	begin(t, openWith(t, opts), exclusive())
	firstProxy, opts := behind(t, db)
	first := beginLater(t, db, openWith(t, opts))
	secondProxy, opts := behind(t, db)
	second := beginLater(t, db, openWith(t, opts))
	gone.SetRefuse(true)
	gone.CutAll()
	holder, other, proxy := first, second, firstProxy
	select {
	case <-first.ended:
	case <-second.ended:
		holder, other, proxy = second, first, secondProxy
	}
	if holder.err != nil {
		t.Fatalf("BeginRun() = %v", holder.err)
	}
	<-time.After(postgres.ResumePatience) // since then the other one waits for this run
	proxy.CutAll()
	storeBatch(t, holder.run, batchOf(launch("a", "{}")))
	finish(t, holder.run, liftoff.Ending{Status: liftoff.RunSucceeded})
	<-other.ended
	if got := runStatus(t, db, holder.run.ID()); other.err != nil || got != "succeeded" {
		t.Errorf("the run that had the lock is %q; the other began with %v", got, other.err)
	}
}

// A limit of the role's own, as for a statement, does not end the wait.
func TestQ4_TheRoleHasTimeouts(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	holder := begin(t, open(t, db), exclusive())
	execute(t, db, "ALTER DATABASE "+db.Name+" SET lock_timeout = '200ms'", "ALTER DATABASE "+db.Name+" SET statement_timeout = '200ms'")
	b := beginLater(t, db, open(t, db))
	<-time.After(time.Second)
	finish(t, holder, liftoff.Ending{Status: liftoff.RunSucceeded})
	<-b.ended
	if b.err != nil {
		t.Errorf("BeginRun() = %v", b.err)
	}
}

// The reply to the statement that opens the run's row is lost: the row is found
// again, so that the ledger has no second one of a run that never was.
func TestQ5_TheReplyToTheBeginningIsLost(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	proxy.On("insert into ingestion_runs", faultproxy.LoseReply, 1, nil)
	run := begin(t, openWith(t, opts), exclusive())
	storeBatch(t, run, batchOf(launch("a", "{}")))
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
	if got := scan[string](t, db, "SELECT string_agg(status, ',' ORDER BY id) FROM ingestion_runs"); got != "succeeded" {
		t.Errorf("the runs are %s", got)
	}
}

// A run that is stopped says so, whichever of its writers had the session: the
// end of the context closes that, and the others find it lost.
func TestQ6_AStoppedRunWasNotCutOff(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	run := begin(t, open(t, db), exclusive())
	blocker := pgtest.Connect(t, db.DSN)
	if _, err := blocker.Exec(t.Context(), "BEGIN; LOCK known_launches"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	store := func(id string) {
		_, err := run.StoreBatch(ctx, batchOf(launch(id, "{}")))
		ended <- err
	}
	go store("a")
	waitForLock(t, db)
	stop()
	if err := <-ended; liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("the writer that had the session: %v, want an interruption", err)
	}
	go store("b")
	if err := <-ended; liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("the writer that found it closed: %v, want an interruption", err)
	}
}

// After a restart the server may give the number of a lost session to another
// one. That is left alone.
func TestQ7_OnlyTheLostSessionIsEnded(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	other := pgtest.Connect(t, db.DSN+"&application_name=liftoff")
	pid := other.PgConn().PID()
	for _, test := range []struct {
		name  string
		age   time.Duration
		isOne bool
	}{{"a session that is younger", time.Hour, false}, {"the lost session", 0, true}} {
		if err := postgres.EndLost(t.Context(), store, pid, test.age); err != nil {
			t.Fatal(err)
		}
		if isEnded := other.Ping(t.Context()) != nil; isEnded != test.isOne {
			t.Errorf("%s was ended: %t", test.name, isEnded)
		}
	}
}

// Workers that have all lost their connections, as in a restart, leave each other
// the time to resume, although no other range is left to claim.
func TestQ8_WorkersResumeTogether(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxyOfA, opts := behind(t, db)
	opts.Wait = 30 * time.Second
	options := worker()
	options.Lease = time.Minute
	storeOfA := openWith(t, opts)
	a := begin(t, storeOfA, options)
	proxyOfB, opts := behind(t, db)
	b := begin(t, openWith(t, opts), options)
	join(t, storeOfA, a)
	join(t, storeOfA, b)
	if claim(t, a) != 1 || claim(t, b) != 2 {
		t.Fatal("the ranges were claimed in another order")
	}
	proxyOfA.SetRefuse(true)
	proxyOfA.CutAll()
	proxyOfB.CutAll()
	time.AfterFunc(time.Second, func() { proxyOfA.SetRefuse(false) })
	storeBatch(t, b, batchOf(launch("z", "{}")))
	if err := b.FinishRange(t.Context(), 2, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, b); got != 0 {
		t.Errorf("range %d was taken from a worker that resumes", got)
	}
	finish(t, b, liftoff.Ending{Status: liftoff.RunSucceeded})
	storeBatch(t, a, batchOf(launch("a", "{}")))
	if err := a.FinishRange(t.Context(), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	finish(t, a, liftoff.Ending{Status: liftoff.RunSucceeded})
	if got := scan[string](t, db, "SELECT string_agg(status, ',') FROM ingestion_runs"); got != "succeeded,succeeded" {
		t.Errorf("the runs are %s", got)
	}
}
