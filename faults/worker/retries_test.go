package worker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
)

// A slot whose runs all fail is tried again more and more rarely, until the next slot is
// due: then it is over, and counted. The schedule stays.
func TestE7_ASlotThatAlwaysFails(t *testing.T) {
	t.Parallel()
	url := clitest.StartAnswering(t, 500, "text/plain", "broken")
	u, db := newUser(t, url, noon())
	w := startWorker(t, u, "--every", "1h")
	now := noon()
	for failures, wait := range []int{15, 30, 60, 120, 240, 480, 900, 900} {
		clitest.Await(t, db, patience, fmt.Sprintf("SELECT failures = %d AND retry_at = liftoff_now() + INTERVAL '%d seconds' FROM ingestion_schedules", failures+1, wait))
		now = now.Add(time.Duration(wait) * time.Second)
		setClock(t, db, now)
	}
	clitest.Await(t, db, patience, isCounted(1))
	if isOver := clitest.Scan[bool](t, db, "SELECT next_due_at = TIMESTAMP '2026-06-01 13:00' AND retry_at IS NULL AND NOT paused AND note LIKE 'exit code 4: %' FROM ingestion_schedules"); !isOver {
		t.Error("the slot is not over")
	}
	if got := runs(t, db); got != strings.TrimSuffix(strings.Repeat("failed 01 12:00, ", 9), ", ") {
		t.Errorf("the ledger has %s", got)
	}
	w.WaitFor(`then="waits for the next slot at 2026-06-01 13:00:00 UTC"`, patience)
	stop(t, w)
}

// After a rollback the database has a schedule that the older worker does not know: it
// leaves the slot to a newer one, says so once, and does the others.
func TestE8_AScheduleOfALaterVersion(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 5)
	u, db := newUser(t, a.url, noon())
	u.Succeed(t, "schedules", "add", "known", "--every", "15m")
	u.Succeed(t, "schedules", "add", "later", "--every", "1h")
	clitest.Execute(t, db, "UPDATE ingestion_schedules SET selection = 'weather' WHERE name = 'later'")
	w := startWorker(t, u)
	for n := 1; n <= 2; n++ {
		clitest.Await(t, db, patience, fmt.Sprintf("SELECT count(*) = %d FROM ingestion_runs WHERE status = 'succeeded'", n))
		setClock(t, db, noon().Add(time.Duration(n)*15*time.Minute))
	}
	stop(t, w)
	if n := strings.Count(w.Stderr(), `A schedule cannot be used; it is left out. schedule=later error="this version does not know the selection \"weather\""`); n != 1 {
		t.Errorf("it says so %d times:\n%s", n, w.Stderr())
	}
	if isDue := clitest.Scan[bool](t, db, "SELECT next_due_at = TIMESTAMP '2026-06-01 12:00' AND failures = 0 AND missed = 0 FROM ingestion_schedules WHERE name = 'later'"); !isDue {
		t.Error("the slot is no longer due")
	}
	clitest.WantFailure(t, u.Run(t, "worker", "--check"), 8, `the schedule "later" is overdue`)
}

// What can never be due, or is not what its author means, is refused before anything is
// started, with the nearest right form and its next three times.
func TestE12_ExpressionsAndZones(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("DATABASE_URL=postgres://nobody@127.0.0.1:1/none", "LOG_FILE=-")
	for name, test := range map[string]struct {
		cron, zone, says, hint string
	}{
		"wrong field":  {"61 * * * *", "UTC", "the minute", `. Next: write "59 * * * *", which is next due `},
		"four fields":  {"7 * * *", "UTC", "it has 4 fields and needs five", `. Next: write "7 * * * *", which is next due `},
		"31 February":  {"0 0 31 2 *", "UTC", "it never comes due: there is no day 31 in month 2", `, which is next due `},
		"unknown zone": {"7 * * * *", "Europe/Berlim", `there is no time zone "Europe/Berlim"`, ". Next: use Europe/Berlin"},
	} {
		for _, command := range []string{"worker", "schedules add hourly"} {
			t.Run("E12 "+name+" "+command, func(t *testing.T) {
				t.Parallel()
				r := u.Run(t, append(strings.Fields(command), "--cron", test.cron, "--time-zone", test.zone)...)
				clitest.WantFailure(t, r, 2, test.says)
				line := r.LastLine()
				_, times, _ := strings.Cut(line, "which is next due ")
				if !strings.Contains(line, test.hint) || strings.Contains(test.hint, "next due") && strings.Count(times, " UTC") != 3 {
					t.Errorf("it says %s", line)
				}
			})
		}
	}
}
