package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// workingUser returns a user with an API and a database of his own.
func workingUser(t *testing.T) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	return clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t), "LOG_FILE=-", "REFERENCES=false"), db
}

const goodRuns = "(SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded' AND schedule = '%s')"

func TestWorker_DoesTheSlotAndEndsWithZero(t *testing.T) {
	t.Parallel()
	u, db := workingUser(t)
	w := u.Start(t, "worker", "--every", "1h")
	w.WaitFor("Run finished.", 30*time.Second)
	w.Signal(syscall.SIGTERM)
	r := w.Wait()
	if r.Code != 0 || !strings.Contains(r.LastLine(), "Worker stopped.") || r.Stdout != "" {
		t.Errorf("it ended with %d:\n%s\n%s", r.Code, r.Stdout, r.Stderr)
	}
	if n := number(t, db, "SELECT count(*) FROM raw_launches"); n != 205 {
		t.Errorf("%d launches are stored", n)
	}
	check := u.Succeed(t, "worker", "--check")
	if !strings.Contains(check.Stdout, "1 schedule; last good run 1 (default) ended ") {
		t.Errorf("--check says %s", check.Stdout)
	}
	for _, command := range [][]string{{"runs", "show", "1"}, {"doctor"}, {"schedules", "list"}, {"schedules", "next"}} {
		if shown := u.Succeed(t, command...); !strings.Contains(shown.Stdout, "default") {
			t.Errorf("%q does not show the schedule:\n%s", command, shown.Stdout)
		}
	}
}

// kill -9 in the middle of a run: another worker does the slot within ten seconds.
func TestWorker_AnotherOneDoesTheSlotOfAKilledOne(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	api := startChanging(t, docs(100)...)
	u, db := bulkUser(t, api.url)
	u = u.With("LOG_FILE=-")
	asked := api.hangAt(50, t.Context().Done())
	victim := u.Start(t, "worker", "--every", "1h")
	<-asked
	api.mend()
	second := u.Start(t, "worker")
	second.WaitFor("Worker started.", 30*time.Second)
	victim.Signal(os.Kill)
	clitest.Await(t, db, 10*time.Second, "SELECT 1 = "+fmt.Sprintf(goodRuns, "default"))
	if got := clitest.Scan[string](t, db, "SELECT string_agg(status, ',' ORDER BY id) FROM ingestion_runs WHERE schedule IS NOT NULL"); got != "crashed,succeeded" {
		t.Errorf("the runs are %s", got)
	}
	second.Signal(syscall.SIGTERM)
	if r := second.Wait(); !strings.Contains(r.Stderr, "the run is closed as crashed. crashed_run=1 schedule=default slot=2") {
		t.Errorf("the second one does not say what it takes over:\n%s", r.Stderr)
	} else if r.Code != 0 {
		t.Errorf("the second one ended with %d:\n%s", r.Code, r.Stderr)
	}
}

// Slots that passed while nobody was there: one run, and the others are counted.
func TestWorker_CatchesUpOnce(t *testing.T) {
	t.Parallel()
	u, db := workingUser(t)
	u.Succeed(t, "schedules", "add", "minutely", "--cron", "* * * * *", "--selection", "latest")
	clitest.Execute(t, db, "UPDATE ingestion_schedules SET next_due_at = date_trunc('minute', liftoff_now()) - INTERVAL '30 minutes'")
	w := u.Start(t, "worker")
	w.WaitFor("Slots of the schedule had no good run; they are counted as missed and not made up for. schedule=minutely missed=30", 30*time.Second)
	if n := number(t, db, "SELECT count(*) FROM ingestion_runs"); n != 1 && n != 2 {
		t.Errorf("%d runs took the place of 31 slots", n)
	}
	if n := number(t, db, "SELECT missed FROM ingestion_schedules"); n != 30 {
		t.Errorf("%d slots are counted as missed", n)
	}
	w.Signal(syscall.SIGTERM)
	w.Wait()
}

// Two selections are two rows and one process.
func TestWorker_SeveralSchedulesInOneProcess(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	u, db := workingUser(t)
	u.Succeed(t, "schedules", "add", "often", "--every", "10s")
	u.Succeed(t, "schedules", "add", "weekly", "--every", "168h", "--selection", "all")
	u.Succeed(t, "schedules", "add", "never", "--every", "10s")
	u.Succeed(t, "schedules", "pause", "never")
	w := u.Start(t, "worker")
	clitest.Await(t, db, time.Minute, "SELECT 2 = "+fmt.Sprintf(goodRuns, "often")+" AND 1 = "+fmt.Sprintf(goodRuns, "weekly")+" AND 0 = "+fmt.Sprintf(goodRuns, "never"))
	w.Signal(syscall.SIGTERM)
	if r := w.Wait(); r.Code != 0 || strings.Contains(r.Stderr, " - ERROR - ") {
		t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
	}
}

// The source is away: tried again before the next slot, and then it is there.
func TestWorker_TriesAgainWhenTheSourceWasAway(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	api := startChanging(t, docs(5)...)
	u, db := bulkUser(t, api.url)
	u = u.With("LOG_FILE=-")
	api.breakAt(func(int) bool { return true })
	w := u.Start(t, "worker", "--every", "1h")
	w.WaitFor("The run of a schedule failed. schedule=default", 30*time.Second)
	if line := clitest.LastLine(w.Stderr()); !strings.Contains(line, "exit_code=4") || !strings.Contains(line, `then="tries again at `) {
		t.Errorf("the log says %s", line)
	}
	api.mend()
	clitest.Execute(t, db, "UPDATE ingestion_schedules SET retry_at = liftoff_now()") // rather than 15 s later
	clitest.Await(t, db, 30*time.Second, "SELECT note IS NULL AND failures = 0 AND missed = 0 AND next_due_at > liftoff_now() FROM ingestion_schedules")
	w.Signal(syscall.SIGTERM)
	w.Wait()
}

// What no repetition mends closes the slot, and says so.
func TestWorker_ClosesASlotThatAGuardRefuses(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(100)...)
	u, db := bulkUser(t, api.url)
	u = u.With("LOG_FILE=-")
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	api.serve(t, docs(10)...)
	w := u.Start(t, "worker", "--every", "1h", "--selection", "all")
	w.WaitFor("The run of a schedule failed. schedule=default", 30*time.Second)
	if line := clitest.LastLine(w.Stderr()); !strings.Contains(line, "exit_code=8") || !strings.Contains(line, `then="waits for the next slot at `) {
		t.Errorf("the log says %s", line)
	}
	clitest.Await(t, db, 5*time.Second, "SELECT missed = 1 AND retry_at IS NULL AND next_due_at > liftoff_now() AND note LIKE 'exit code 8: %' FROM ingestion_schedules")
	w.Signal(syscall.SIGTERM)
	w.Wait()
}

// The database is away for longer than anybody waits for it, and comes back.
func TestWorker_OutlivesTheDatabase(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	server := pgtest.NewServer(t)
	u := clitest.NewUser(t).On(server.Database()).With("SPACEX_API_URL="+clitest.StartReplay(t), "LOG_FILE=-", "REFERENCES=false")
	w := u.Start(t, "worker", "--every", "10s")
	w.WaitFor("Run finished.", 30*time.Second)
	server.Stop(t)
	w.WaitFor("The worker cannot use the database; it tries again. tries=4", time.Minute)
	if warnings := strings.Count(w.Stderr(), "The worker cannot use the database"); warnings != 3 {
		t.Errorf("%d warnings after 4 tries:\n%s", warnings, w.Stderr())
	}
	server.Start(t)
	w.WaitFor("The worker can use the database again.", time.Minute)
	clitest.Await(t, server.Database(), time.Minute, "SELECT 2 <= "+fmt.Sprintf(goodRuns, "default"))
	w.Signal(syscall.SIGTERM)
	if r := w.Wait(); r.Code != 0 {
		t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
	}
}

// SIGTERM in the middle of a run: the slot is still due for another worker.
func TestWorker_LeavesTheSlotToOthersWhenItIsStopped(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(100)...)
	u, db := bulkUser(t, api.url)
	u = u.With("LOG_FILE=-")
	asked := api.hangAt(50, t.Context().Done())
	w := u.Start(t, "worker", "--every", "1h")
	<-asked
	w.Signal(syscall.SIGTERM)
	if r := w.Wait(); r.Code != 0 {
		t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
	}
	clitest.Await(t, db, time.Second, `SELECT next_due_at <= liftoff_now() AND retry_at IS NULL AND failures = 0 AND missed = 0
		AND (SELECT status FROM ingestion_runs) = 'interrupted' FROM ingestion_schedules`)
}

func TestWorker_RefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	u, _ := workingUser(t)
	u.Succeed(t, "schedules", "add", "hourly", "--cron", "7 * * * *")
	clitest.WantFailure(t, u.With("SCHEDULE_EVERY=9s").Run(t, "worker"), 2, "SCHEDULE_EVERY in the environment: an interval of 9s is too short")
	for _, test := range []struct {
		arguments, says string
	}{
		{"worker --every 15m --cron 7_*_*_*_*", "--every and --cron are both set"},
		{"worker --every 5s", "--every: an interval of 5s is too short. Next: give 10s or more"},
		{"worker --every 0s", "--every: a schedule needs an interval of 10s or more"},
		{"worker --every 0s --dry-run", "--every: a schedule needs an interval of 10s or more"},
		{"worker --every 10.5s", "--every: an interval of 10.5s is not in whole seconds. Next: give 10s"},
		{"worker --every 1d", "--every needs a duration such as 24h, not \"1d\""},
		{"worker --every 15m --time-zone Europe/Berln", `--time-zone: there is no time zone "Europe/Berln". Next: use Europe/Berlin`},
		{"worker --time-zone Europe/Berln", "without --every or --cron there is no use for --time-zone: "},
		{"worker --selection all --schedule-name foo", "no use for --selection and --schedule-name: "},
		{"worker --schedule-name=", "--schedule-name needs a value"},
		{"worker --check --selection all", "--check looks at the schedules in the database and adds none. Next: leave out --selection"},
		{"worker --backfill 1 --time-zone UTC", "a worker of one backfill adds no schedule. Next: leave out --time-zone, or --backfill"},
		{"worker --cron 61_*_*_*_*", "the minute"},
		{"worker --cron 0_0_31_2_*", "write"},
		{"worker --cron 7_*_*_*_* --time-zone Berlin", "Europe/Berlin"},
		{"worker --every 15m --selection everything", "must be new, all, upcoming or latest"},
		{"worker --every 15m --schedule-name a/b", `"a/b" cannot be the name of a schedule`},
		{"worker --if-locked wait", "--if-locked goes with --backfill"},
		{"worker --dry-run", "--dry-run shows the schedule that --every or --cron defines"},
		{"worker --every 2h --schedule-name hourly", `the schedule "hourly" is cron "7 * * * *" in UTC, selection new, from http://`},
		{"schedules add hourly --every 2h", "and not every 2h, selection new, from http://"},
		{"schedules add", "add needs a name"},
		{"schedules add other", "a schedule needs an interval of 10s or more, or a cron expression"},
		{"schedules pause other", `there is no schedule "other"`},
		{"schedules next other", `there is no schedule "other"`},
		{"worker --spacex-api-url http://127.0.0.1:1", "all schedules are for other sources: hourly (http://"},
	} {
		arguments := strings.Fields(test.arguments)
		for i, argument := range arguments {
			if strings.Contains(argument, "*") {
				arguments[i] = strings.ReplaceAll(argument, "_", " ")
			}
		}
		clitest.WantFailure(t, u.Run(t, arguments...), 2, test.says)
	}
}

func TestSchedules_AreAddedListedPausedAndRemoved(t *testing.T) {
	t.Parallel()
	u, db := workingUser(t)
	dry := u.Succeed(t, "schedules", "add", "berlin", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin", "--dry-run", "-o", "json")
	if strings.Count(dry.Stdout, `"due_at"`) != 3 || !strings.Contains(dry.Stdout, "02:30 CE") {
		t.Errorf("a dry run says\n%s", dry.Stdout)
	}
	u.Succeed(t, "schedules", "add", "berlin", "--cron", "30  2 * * *", "--time-zone", "Europe/Berlin")
	if again := u.Succeed(t, "schedules", "add", "berlin", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin"); !strings.Contains(again.Stdout, "is there already") {
		t.Errorf("the same again says %s", again.Stdout)
	}
	if next := u.Succeed(t, "schedules", "next", "berlin"); strings.Count(next.Stdout, "02:30 CE") != 5 {
		t.Errorf("the next slots are\n%s", next.Stdout)
	}
	u.Succeed(t, "schedules", "pause", "berlin")
	if list := u.Succeed(t, "schedules", "list", "-o", "json"); !strings.Contains(list.Stdout, `"state": "paused"`) {
		t.Errorf("the list says\n%s", list.Stdout)
	}
	if status := u.Succeed(t, "status"); !strings.Contains(status.Stdout, "all schedules are paused") {
		t.Errorf("the status says\n%s", status.Stdout)
	}
	clitest.Execute(t, db, "UPDATE ingestion_schedules SET next_due_at = '2024-04-27'")
	if next := u.Succeed(t, "schedules", "next"); strings.Count(next.Stdout, ", but paused") != 5 || strings.Contains(next.Stdout, " ago") {
		t.Errorf("the next slots of a paused one are\n%s", next.Stdout)
	}
	if resumed := u.Succeed(t, "schedules", "resume", "berlin"); !strings.Contains(resumed.Stdout, "next due ") {
		t.Errorf("resume says %s", resumed.Stdout)
	}
	if isLater := clitest.Scan[bool](t, db, "SELECT next_due_at > liftoff_now() AND missed = 0 FROM ingestion_schedules"); !isLater {
		t.Error("slots of the pause are made up for")
	}
	if list := u.Succeed(t, "schedules", "list"); strings.Contains(list.Stdout, "http://") {
		t.Errorf("the list of one source is\n%s", list.Stdout)
	}
	u.With("SPACEX_API_URL=http://other.test").Succeed(t, "schedules", "add", "other", "--every", "1h")
	if list := u.Succeed(t, "schedules", "list"); !strings.Contains(list.Stdout, "http://other.test") {
		t.Errorf("the list of two sources is\n%s", list.Stdout)
	}
	u.Succeed(t, "schedules", "remove", "other")
	u.Succeed(t, "schedules", "remove", "berlin")
	if list := u.Succeed(t, "schedules", "list", "-o", "json"); strings.TrimSpace(list.Stdout) != "[]" {
		t.Errorf("the list says\n%s", list.Stdout)
	}
}

// A schedule that nobody works on.
func TestWorkerCheck_ASlotThatNobodyDoes(t *testing.T) {
	t.Parallel()
	u, db := workingUser(t)
	u.Succeed(t, "schedules", "add", "hourly", "--every", "1h")
	clitest.Execute(t, db, "UPDATE ingestion_schedules SET next_due_at = next_due_at - INTERVAL '6 minutes'")
	clitest.WantFailure(t, u.Run(t, "worker", "--check"), 8, `the schedule "hourly" is overdue since `)
	if r := u.Run(t, "doctor"); r.Code != 8 || !strings.Contains(r.Stdout, "FAILED schedules ") {
		t.Errorf("doctor ended with %d:\n%s", r.Code, r.Stdout)
	}
	clitest.WantFailure(t, u.With("DATABASE_URL=postgres://x@127.0.0.1:1/x").Run(t, "worker", "--check"), 5, "127.0.0.1:1")
}

// Workers that are there anyway join a backfill, and go on with their schedules after it.
func TestWorker_JoinsABackfill(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	u, db := workingUser(t)
	u = u.With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "2000"), "PAGE_SIZE=50")
	u.Succeed(t, "migrate", "up")
	first, second := u.Start(t, "worker"), u.Start(t, "worker")
	first.WaitFor("There is no schedule yet; the worker waits for one.", 30*time.Second)
	u.Succeed(t, "backfill", "--workers", "2")
	clitest.Await(t, db, time.Minute, "SELECT coalesce(bool_and(finished_at IS NOT NULL), FALSE) FROM ingestion_backfills")
	if n := number(t, db, "SELECT count(*) FROM raw_launches"); n != 2000 {
		t.Errorf("%d launches are stored", n)
	}
	u.Succeed(t, "schedules", "add", "often", "--every", "1h", "--selection", "latest")
	clitest.Await(t, db, time.Minute, "SELECT 1 = "+fmt.Sprintf(goodRuns, "often"))
	for _, w := range []*clitest.Running{first, second} {
		w.Signal(syscall.SIGTERM)
		if r := w.Wait(); r.Code != 0 || strings.Contains(r.Stderr, " - ERROR - ") {
			t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
		}
	}
}

// The source fails while a worker is at a backfill: it rests, and then goes on.
func TestWorker_RestsAfterABackfillThatFailed(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	api := startChanging(t, docs(100)...)
	u, db := bulkUser(t, api.url)
	u = u.With("LOG_FILE=-")
	u.Succeed(t, "backfill")
	api.breakAt(func(int) bool { return true })
	w := u.Start(t, "worker")
	w.WaitFor("The run of a backfill failed. backfill=1", 30*time.Second)
	<-time.After(6 * time.Second) // longer than between two looks
	if n := strings.Count(w.Stderr(), "The run of a backfill failed."); n != 1 {
		t.Errorf("it was tried %d times within seconds:\n%s", n, w.Stderr())
	}
	api.mend()
	clitest.Await(t, db, time.Minute, "SELECT finished_at IS NOT NULL FROM ingestion_backfills")
	w.Signal(syscall.SIGTERM)
	w.Wait()
}
