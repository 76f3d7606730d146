package e2e_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// stopBound is how long a worker may take to end, on a busy machine.
const stopBound = 8 * time.Second

// wantStopped sends SIGTERM, and wants exit code 0 in time.
func wantStopped(t *testing.T, w *clitest.Running) {
	t.Helper()
	began := time.Now()
	w.Signal(syscall.SIGTERM)
	r := w.Wait()
	if took := time.Since(began); r.Code != 0 || took > stopBound || !strings.Contains(r.LastLine(), "Worker stopped. cause=") {
		t.Errorf("it ended with %d after %v:\n%s", r.Code, took, r.Stderr)
	}
}

// Whatever a worker does or waits for, SIGTERM is a regular end.
func TestWorker_EndsWithZeroWhereverItIsStopped(t *testing.T) {
	t.Parallel()
	t.Run("while it waits for a database that is not there", func(t *testing.T) {
		t.Parallel()
		u := clitest.NewUser(t).With("DATABASE_URL=postgres://x@127.0.0.1:1/x", "POSTGRES_WAIT=1m", "LOG_FILE=-")
		w := u.Start(t, "worker", "--every", "1h")
		w.WaitFor("waiting for it.", 30*time.Second)
		wantStopped(t, w)
	})
	t.Run("between runs, and after the database went away", func(t *testing.T) {
		t.Parallel()
		server := pgtest.NewServer(t)
		u := clitest.NewUser(t).On(server.Database()).With("LOG_FILE=-")
		idle, lost := u.With("SCHEDULE_TIME_ZONE=Europe/Berln", "SCHEDULE_SELECTION=").Start(t, "worker"), u.Start(t, "worker")
		for _, w := range []*clitest.Running{idle, lost} {
			w.WaitFor("There is no schedule yet", 30*time.Second)
		}
		if says := `the schedules in the database have their own. settings="SCHEDULE_TIME_ZONE in the environment"`; !strings.Contains(idle.Stderr(), says) || strings.Contains(lost.Stderr(), "WARNING - Settings") {
			t.Errorf("the workers do not say as they should %s:\n%s\n%s", says, idle.Stderr(), lost.Stderr())
		}
		wantStopped(t, idle)
		server.Stop(t)
		lost.WaitFor("The worker cannot use the database", 30*time.Second)
		wantStopped(t, lost)
	})
	for what, table := range map[string]string{"the schedules": "ingestion_schedules", "the ledger": "ingestion_runs"} {
		t.Run("while another transaction keeps "+what, func(t *testing.T) {
			t.Parallel()
			u, db := workingUser(t)
			w := u.Start(t, "worker", "--every", "10s")
			w.WaitFor("Run finished.", 30*time.Second)
			conn := pgtest.Connect(t, db.DSN)
			if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE "+table); err != nil {
				t.Fatal(err)
			}
			clitest.Await(t, db, 30*time.Second, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())")
			wantStopped(t, w)
		})
	}
}

// The log shows that the workers have seen a change of the schedules.
func TestWorker_SaysWhatHasChanged(t *testing.T) {
	t.Parallel()
	u, db := workingUser(t)
	u.Succeed(t, "schedules", "add", "there-before", "--cron", "0 0 29 2 *")
	w := u.Start(t, "worker")
	w.WaitFor("Schedule there-before: ", 30*time.Second)
	for _, step := range []struct{ command, says string }{
		{"schedules add often --every 1h", `A schedule was added. schedule=often when="every 1h" selection=new`},
		{"schedules pause often", "A schedule was paused. schedule=often"},
		{"schedules resume often", "A schedule was resumed. schedule=often"},
		{"schedules remove often", "A schedule was removed. schedule=often"},
	} {
		u.Succeed(t, strings.Fields(step.command)...)
		w.WaitFor(step.says, 30*time.Second)
		if step.command == "schedules add often --every 1h" { // else it is closed by the pause
			clitest.Await(t, db, 30*time.Second, "SELECT 1 = "+fmt.Sprintf(goodRuns, "often"))
		}
	}
	wantStopped(t, w)
	if strings.Contains(w.Stderr(), "schedule=there-before") {
		t.Errorf("it says what has not changed:\n%s", w.Stderr())
	}
}

// Its runs take longer than its interval: the other schedule must have its turn.
func TestWorker_ABusyScheduleLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	u, db := workingUser(t)
	u.Succeed(t, "schedules", "add", "a-busy-one", "--every", "10s", "--selection", "latest")
	u.Succeed(t, "schedules", "add", "daily", "--every", "24h", "--selection", "latest")
	// A day is a second: the busy schedule is always due.
	clitest.Execute(t, db, `CREATE OR REPLACE FUNCTION liftoff_now() RETURNS TIMESTAMP LANGUAGE sql VOLATILE
		RETURN TIMESTAMP '2040-01-01' + (clock_timestamp() - '`+time.Now().Format(time.RFC3339)+`') * 86400`)
	w := u.Start(t, "worker")
	clitest.Await(t, db, 30*time.Second, "SELECT 3 <= "+fmt.Sprintf(goodRuns, "a-busy-one")+" AND 1 <= "+fmt.Sprintf(goodRuns, "daily"))
	wantStopped(t, w)
}

// After a rollback the database may have a schedule of the later version, and somebody may
// have changed one by hand: both are left out and named, and the others go on.
func TestWorker_LeavesOutSchedulesThatItDoesNotKnow(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	u, db := workingUser(t)
	for _, name := range []string{"good", "later", "lost-zone"} {
		u.Succeed(t, "schedules", "add", name, "--every", "10s", "--selection", "latest")
	}
	clitest.Execute(t, db, "UPDATE ingestion_schedules SET selection = 'weather' WHERE name = 'later'",
		"UPDATE ingestion_schedules SET time_zone = 'Mars/Olympus' WHERE name = 'lost-zone'",
		"UPDATE ingestion_schedules SET next_due_at = next_due_at - INTERVAL '1 hour'")
	w := u.Start(t, "worker")
	clitest.Await(t, db, time.Minute, "SELECT 2 <= "+fmt.Sprintf(goodRuns, "good"))
	wantStopped(t, w)
	for _, says := range []string{
		`schedule=later error="this version does not know the selection \"weather\""`,
		`schedule=lost-zone error="there is no time zone \"Mars/Olympus\""`,
	} {
		if n := strings.Count(w.Stderr(), says); n != 1 {
			t.Errorf("it says %d times, not once: %s\n%s", n, says, w.Stderr())
		}
	}
	if isLeft := clitest.Scan[bool](t, db, "SELECT bool_and(missed = 0 AND failures = 0 AND next_due_at < liftoff_now()) FROM ingestion_schedules WHERE name <> 'good'"); !isLeft {
		t.Error("slots of the others were closed")
	}
	clitest.WantFailure(t, u.Run(t, "worker", "--check"), 8, "is overdue since ")
	if r := u.Succeed(t, "schedules", "next"); !strings.Contains(r.Stdout, "good") || !strings.Contains(r.Stderr, "schedule=lost-zone") {
		t.Errorf("the next slots are\n%s\n%s", r.Stdout, r.Stderr)
	}
	clitest.WantFailure(t, u.Run(t, "schedules", "next", "lost-zone"), 2, "Mars/Olympus")
}

// In a rolling update an old worker meets the schema of the new one. What is due is the
// new one's.
func TestWorker_EndsWhenTheDatabaseIsNewer(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	u, db := workingUser(t)
	w := u.Start(t, "worker", "--every", "1h")
	w.WaitFor("Run finished.", 30*time.Second)
	clitest.Execute(t, db, "INSERT INTO liftoff_schema_version (version_id, is_applied) VALUES (9000, TRUE)",
		"UPDATE ingestion_schedules SET next_due_at = liftoff_now()")
	clitest.WantFailure(t, w.Wait(), 2, "9000")
	if isDue := clitest.Scan[bool](t, db, "SELECT next_due_at <= liftoff_now() AND missed = 0 AND failures = 0 FROM ingestion_schedules"); !isDue {
		t.Error("the slot was closed")
	}
}

// A primary that has become a standby is read-only for a while.
func TestWorker_OutlivesAReadOnlyDatabase(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	server := pgtest.NewServer(t)
	db := server.Database()
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t), "LOG_FILE=-", "REFERENCES=false")
	w := u.Start(t, "worker", "--every", "10s", "--selection", "latest")
	w.WaitFor("Run finished.", 30*time.Second)
	server.Set(t, "default_transaction_read_only", "on")
	w.WaitFor("The worker cannot use the database; it tries again. tries=1", 30*time.Second)
	server.Set(t, "default_transaction_read_only", "off")
	w.WaitFor("The worker can use the database again.", 30*time.Second)
	clitest.Await(t, db, 30*time.Second, "SELECT 2 <= "+fmt.Sprintf(goodRuns, "default"))
	wantStopped(t, w)
}

// The embedded server ends with the worker that has started it. A worker that has joined
// it must end too: as long as it is there, no other process can start the server.
func TestWorker_EndsWhenTheEmbeddedServerOfAnotherIsGone(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "LOG_FILE=-")
	owner := u.Start(t, "worker")
	owner.WaitFor("Worker started.", time.Minute)
	guest := u.Start(t, "worker")
	guest.WaitFor("Worker started.", time.Minute)
	owner.Signal(syscall.SIGTERM)
	if r := owner.Wait(); r.Code != 0 || !strings.Contains(r.LastLine(), "Stopping the PostgreSQL server; other liftoff processes use it") {
		t.Errorf("the one that started it ended with %d:\n%s", r.Code, r.Stderr)
	}
	clitest.WantFailure(t, guest.Wait(), 5, "the embedded PostgreSQL is gone")
	u.Succeed(t, "schedules", "list")
}
