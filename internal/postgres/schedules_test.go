package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// clockAt makes the database's clock stand still at a time of one day.
func clockAt(t *testing.T, db pgtest.Database, clock string) {
	t.Helper()
	execute(t, db, fmt.Sprintf("CREATE OR REPLACE FUNCTION liftoff_now() RETURNS TIMESTAMP LANGUAGE sql RETURN TIMESTAMP '2024-04-27 %s'", clock))
}

// atClock returns a time of that day.
func atClock(t *testing.T, clock string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.DateTime, "2024-04-27 "+clock)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// hourly is a schedule of the source of all tests.
func hourly() liftoff.Schedule {
	return liftoff.Schedule{Name: "hourly", Source: runOptions().Source, Selection: liftoff.SelectNew, Every: time.Hour, TimeZone: "UTC"}
}

// addHourly adds it, with its first slot at noon, and sets the clock to that.
func addHourly(t *testing.T, store *postgres.Store, db pgtest.Database) liftoff.Schedule {
	t.Helper()
	clockAt(t, db, "12:00:00")
	isAdded, err := store.AddSchedule(t.Context(), hourly(), func(now time.Time) time.Time { return now })
	if err != nil || !isAdded {
		t.Fatalf("AddSchedule() = %v, %v", isAdded, err)
	}
	return theSchedule(t, store)
}

func theSchedule(t *testing.T, store *postgres.Store) liftoff.Schedule {
	t.Helper()
	schedules, _, err := store.Schedules(t.Context())
	if err != nil || len(schedules) != 1 {
		t.Fatalf("Schedules() = %v, %v", schedules, err)
	}
	return schedules[0]
}

// slotOf returns what is due of a schedule; its run moves it on by an hour.
func slotOf(due liftoff.Schedule) *postgres.Slot {
	return &postgres.Slot{Schedule: due, DueAt: due.NextDueAt, Settle: func(ending liftoff.Ending, now time.Time) liftoff.Schedule {
		after := due
		if ending.Status == liftoff.RunSucceeded {
			after.NextDueAt, after.Failures = due.NextDueAt.Add(time.Hour), 0
		} else {
			after.RetryAt, after.Failures, after.Note = now.Add(time.Minute), due.Failures+1, ending.Error
		}
		return after
	}}
}

// doing returns the options of a run for what is due.
func doing(due liftoff.Schedule) postgres.RunOptions {
	options := exclusive()
	options.Slot = slotOf(due)
	return options
}

const slotsSQL = "SELECT string_agg(concat_ws(' ', status, schedule, to_char(due_at, 'HH24:MI')), ', ' ORDER BY id) FROM ingestion_runs"

func TestSchedules_AreByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	due := addHourly(t, store, db)
	want := hourly()
	want.NextDueAt = atClock(t, "12:00:00")
	if due != want {
		t.Errorf("the schedule is %+v, want %+v", due, want)
	}
	if _, now, err := store.Schedules(t.Context()); err != nil || !now.Equal(atClock(t, "12:00:00")) {
		t.Errorf("it is %v, %v", now, err)
	}
	isAdded, err := store.AddSchedule(t.Context(), hourly(), func(now time.Time) time.Time { return now.Add(time.Hour) })
	if err != nil || isAdded || theSchedule(t, store) != want {
		t.Errorf("a second one of that name was added (%v, %v), or has changed the first", isAdded, err)
	}
}

func TestSlot_MovesInTheTransactionThatClosesTheRun(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	due := addHourly(t, store, db)
	run := begin(t, store, doing(due))
	if running := theSchedule(t, store); !running.IsRunning || !running.NextDueAt.Equal(due.NextDueAt) {
		t.Errorf("while it runs the schedule is %+v", running)
	}
	// Both rows come at once, or neither.
	execute(t, db, `CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not yet'; END $$`,
		"CREATE TRIGGER refuse BEFORE UPDATE ON ingestion_runs FOR EACH ROW WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION refuse()")
	if err := run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded, Announced: -1}); err == nil {
		t.Fatal("the run could be closed")
	}
	if after := theSchedule(t, store); !after.NextDueAt.Equal(due.NextDueAt) {
		t.Errorf("the schedule moved to %v although its run is not closed", after.NextDueAt)
	}
	execute(t, db, "DROP TRIGGER refuse ON ingestion_runs")
	again := begin(t, store, doing(theSchedule(t, store)))
	finish(t, again, liftoff.Ending{Status: liftoff.RunSucceeded, Announced: -1, FinishedAt: atClock(t, "17:00:01")})
	after := theSchedule(t, store)
	if after.IsRunning || after.Failures != 0 || !after.RetryAt.IsZero() || !after.NextDueAt.Equal(atClock(t, "13:00:00")) ||
		after.LastRunID != again.ID() || !after.LastDueAt.Equal(atClock(t, "12:00:00")) || !after.LastFinishedAt.Equal(atClock(t, "17:00:01")) {
		t.Errorf("after the run the schedule is %+v", after)
	}
	if got := scan[string](t, db, slotsSQL); got != "crashed hourly 12:00, succeeded hourly 12:00" {
		t.Errorf("the ledger says %s", got)
	}
}

func TestBeginRun_OnlyForASlotThatIsDue(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"done by another worker": "UPDATE ingestion_schedules SET next_due_at = next_due_at + INTERVAL '1 hour'",
		"paused":                 "UPDATE ingestion_schedules SET paused = TRUE",
		"failed a moment ago":    "UPDATE ingestion_schedules SET retry_at = next_due_at + INTERVAL '1 second'",
		"removed":                "DELETE FROM ingestion_schedules",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			due := addHourly(t, store, db)
			execute(t, db, change)
			if _, err := store.BeginRun(t.Context(), doing(due)); !errors.Is(err, postgres.ErrSlotTaken) {
				t.Errorf("BeginRun() = %v", err)
			}
			if n := scan[int](t, db, "SELECT count(*) FROM ingestion_runs"); n != 0 {
				t.Errorf("the ledger has %d runs", n)
			}
			begin(t, store, exclusive()) // the lock is free
		})
	}
}

// Whatever the worker thinks, a slot has one good run.
func TestSlot_NeverHasTwoGoodRuns(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	due := addHourly(t, store, db)
	finish(t, begin(t, store, doing(due)), liftoff.Ending{Status: liftoff.RunSucceeded, Announced: -1})
	execute(t, db, "UPDATE ingestion_schedules SET next_due_at = next_due_at - INTERVAL '1 hour'")
	err := begin(t, store, doing(due)).Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded, Announced: -1})
	wantError(t, err, liftoff.Database, "ingestion_runs")
	// One that is added anew begins after the last good one.
	if err := store.RemoveSchedule(t.Context(), "hourly"); err != nil {
		t.Fatal(err)
	}
	isAdded, err := store.AddSchedule(t.Context(), hourly(), func(now time.Time) time.Time { return now })
	if err != nil || !isAdded || !theSchedule(t, store).NextDueAt.Equal(atClock(t, "12:00:01")) {
		t.Fatalf("AddSchedule() = %v, %v: %+v", isAdded, err, theSchedule(t, store))
	}
}

// Several workers find the same slot due at once.
func TestBeginRun_OneWorkerGetsTheSlot(t *testing.T) {
	t.Parallel()
	const workers = 6
	store, db := openMigrated(t)
	due := addHourly(t, store, db)
	stores := make([]*postgres.Store, workers)
	for n := range stores {
		stores[n] = open(t, db)
	}
	var all sync.WaitGroup
	errs := make([]error, workers)
	for n := range workers {
		all.Go(func() {
			run, err := stores[n].BeginRun(t.Context(), doing(due))
			if err == nil {
				err = run.Finish(t.Context(), liftoff.Ending{Status: liftoff.RunSucceeded, Announced: -1})
			}
			errs[n] = err
		})
	}
	all.Wait()
	good := 0
	for _, err := range errs {
		switch {
		case err == nil:
			good++
		case !errors.Is(err, postgres.ErrSlotTaken) && liftoff.CategoryOf(err) != liftoff.Locked:
			t.Errorf("a worker got %v", err)
		}
	}
	if got := scan[string](t, db, slotsSQL); good != 1 || got != "succeeded hourly 12:00" {
		t.Errorf("%d workers did the slot, and the ledger says %s", good, got)
	}
}

func TestFinish_AFailedRunSettlesItsSlotToo(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	due := addHourly(t, store, db)
	finish(t, begin(t, store, doing(due)), liftoff.Ending{Status: liftoff.RunFailed, Error: "no luck", Announced: -1})
	after := theSchedule(t, store)
	if !after.NextDueAt.Equal(due.NextDueAt) || !after.RetryAt.Equal(atClock(t, "12:01:00")) || after.Failures != 1 || after.Note != "no luck" {
		t.Errorf("the schedule is %+v", after)
	}
	if err := store.SettleSlot(t.Context(), slotOf(after), liftoff.Ending{Status: liftoff.RunFailed, Error: "again"}); err != nil {
		t.Fatal(err)
	}
	if settled := theSchedule(t, store); settled.Failures != 2 || settled.Note != "again" {
		t.Errorf("settled without a run the schedule is %+v", settled)
	}
	// Another run has the lock: it may be one for the slot.
	other := begin(t, open(t, db), exclusive())
	if err := store.SettleSlot(t.Context(), slotOf(after), liftoff.Ending{Status: liftoff.RunFailed, Error: "while it runs"}); err != nil {
		t.Fatal(err)
	}
	other.Abandon(t.Context())
	if settled := theSchedule(t, store); settled.Note != "again" {
		t.Errorf("a slot that somebody is at was settled: %+v", settled)
	}
	// Another worker has done the slot meanwhile.
	execute(t, db, "UPDATE ingestion_schedules SET next_due_at = next_due_at + INTERVAL '1 hour', note = 'mine'")
	if err := store.SettleSlot(t.Context(), slotOf(after), liftoff.Ending{Status: liftoff.RunFailed, Error: "late"}); err != nil {
		t.Fatal(err)
	}
	if settled := theSchedule(t, store); settled.Note != "mine" {
		t.Errorf("a slot that is over was settled: %+v", settled)
	}
}

// A worker that was closed as crashed comes back: the slot is somebody else's.
func TestFinish_OfARunThatOthersHaveClosedSettlesNothing(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	due := addHourly(t, store, db)
	run := begin(t, store, doing(due))
	execute(t, db, "UPDATE ingestion_runs SET status = 'crashed', finished_at = started_at")
	finish(t, run, liftoff.Ending{Status: liftoff.RunFailed, Error: "late", Announced: -1})
	if after := theSchedule(t, store); after.Note != "" {
		t.Errorf("the schedule is %+v", after)
	}
}

// A slot whose runs end their processes is not begun again every few seconds.
func TestBeginRun_CrashesAreTriedMoreAndMoreRarely(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	addHourly(t, store, db)
	for n, want := range []string{"", "", "12:00:15", "12:00:30", "12:01:00"} {
		crash := open(t, db)
		run, err := crash.BeginRun(t.Context(), doing(theSchedule(t, store)))
		if err != nil {
			t.Fatal(err)
		}
		cutSession(t, db, run.ID())
		crash.Close()
		got := scan[string](t, db, "SELECT coalesce(to_char(retry_at, 'HH24:MI:SS'), '') FROM ingestion_schedules")
		if got != want {
			t.Errorf("after %d crashes it is tried again at %q, want %q", n+1, got, want)
		}
		execute(t, db, "UPDATE ingestion_schedules SET retry_at = NULL")
	}
}

// The reply to the COMMIT that closes the run is lost: the slot moves once.
func TestFinish_TheReplyIsLostAndTheSlotMovesOnce(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	due := addHourly(t, store, db)
	proxy, opts := behind(t, db)
	opts.Wait = 30 * time.Second
	options := doing(due)
	run := begin(t, openWith(t, opts), options)
	proxy.On("commit", faultproxy.LoseReply, 1, nil)
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, Announced: -1})
	after := theSchedule(t, store)
	if got := scan[string](t, db, slotsSQL); got != "succeeded hourly 12:00" || !after.NextDueAt.Equal(atClock(t, "13:00:00")) {
		t.Errorf("the ledger says %s and the schedule is %+v", got, after)
	}
}

func TestSchedules_PauseResumeRemove(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	addHourly(t, store, db)
	execute(t, db, "UPDATE ingestion_schedules SET retry_at = next_due_at")
	if err := store.PauseSchedule(t.Context(), "hourly"); err != nil || !theSchedule(t, store).IsPaused {
		t.Errorf("PauseSchedule() = %v", err)
	}
	// It never goes back.
	if err := store.ResumeSchedule(t.Context(), "hourly", atClock(t, "09:00:00")); err != nil {
		t.Fatal(err)
	}
	if after := theSchedule(t, store); after.IsPaused || !after.RetryAt.IsZero() || !after.NextDueAt.Equal(atClock(t, "12:00:00")) {
		t.Errorf("resumed the schedule is %+v", after)
	}
	if err := store.RemoveSchedule(t.Context(), "hourly"); err != nil {
		t.Fatal(err)
	}
	wantError(t, store.RemoveSchedule(t.Context(), "hourly"), liftoff.Usage, `there is no schedule "hourly"`)
	wantError(t, store.PauseSchedule(t.Context(), "hourly"), liftoff.Usage, `there is no schedule "hourly"`)
	wantError(t, store.ResumeSchedule(t.Context(), "hourly", atClock(t, "13:00:00")), liftoff.Usage, `there is no schedule "hourly"`)
}
