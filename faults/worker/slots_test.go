package worker_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A run that takes longer than the interval: the slots that come meanwhile are left out
// and counted, and no second run begins beside it.
func TestE1_ARunLongerThanTheInterval(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 20)
	u, db := newUser(t, a.url, noon())
	goOn := a.hang(t)
	one := startWorker(t, u, "--every", "15m")
	other := startWorker(t, u)
	a.awaitRequest(t)
	setClock(t, db, noon().Add(40*time.Minute))
	<-time.After(6 * time.Second) // both have looked since
	wantRuns(t, db, "running 01 12:00")
	goOn()
	clitest.Await(t, db, patience, isWaiting)
	wantRuns(t, db, "succeeded 01 12:00")
	if n := missed(t, db); n != 2 {
		t.Errorf("%d slots are counted, not those of 12:15 and 12:30", n)
	}
	setClock(t, db, noon().Add(45*time.Minute))
	clitest.Await(t, db, patience, "SELECT count(*) = 2 FROM ingestion_runs WHERE status = 'succeeded'")
	wantRuns(t, db, "succeeded 01 12:00, succeeded 01 12:45")
	stop(t, one, other)
}

// Slots that passed while no worker was there: one run for all of them.
func TestE2_SlotsMissedWhileNobodyWasThere(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 20)
	u, db := newUser(t, a.url, noon())
	u.Succeed(t, "schedules", "add", "hourly", "--cron", "7 * * * *")
	setClock(t, db, noon().Add(31*time.Hour))
	w := startWorker(t, u)
	w.WaitFor("Slots of the schedule had no good run; they are counted as missed and not made up for. schedule=hourly missed=30", patience)
	clitest.Await(t, db, patience, isWaiting)
	wantRuns(t, db, "succeeded 02 18:07")
	if n := missed(t, db); n != 30 {
		t.Errorf("%d slots are counted", n)
	}
	stop(t, w)
}

// A worker that is restarted, or killed, more often than its interval: the schedule is in
// the database, so each slot has one run, and none is begun by a start.
func TestE3_RestartedMoreOftenThanTheInterval(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 20)
	u, db := newUser(t, a.url, noon())
	for n := range 6 {
		setClock(t, db, noon().Add(time.Duration(n)*time.Minute))
		w := startWorker(t, u, "--every", "15m")
		clitest.Await(t, db, patience, isWaiting)
		if n%2 == 0 {
			stop(t, w)
			continue
		}
		w.Signal(os.Kill)
		w.Wait()
	}
	wantRuns(t, db, "succeeded 01 12:00")
	setClock(t, db, noon().Add(15*time.Minute))
	w := startWorker(t, u, "--every", "15m")
	clitest.Await(t, db, patience, isWaiting)
	wantRuns(t, db, "succeeded 01 12:00, succeeded 01 12:15")
	if n := missed(t, db); n != 0 {
		t.Errorf("%d slots are counted as missed", n)
	}
	stop(t, w)
}

// A schedule at 02:30 comes once a day, also on the days on which the clock leaves out
// that time or shows it twice, on a leap day, and where a zone left out a whole day.
func TestB11_OnceADayWhateverIsDoneToTheClocks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, zone, cron string
		// from is a moment before the first of the slots, in UTC.
		from time.Time
		want []string
	}{
		{
			"gap", "America/New_York", "30 2 * * *", time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC),
			[]string{"2026-03-07 02:30 EST", "2026-03-08 03:00 EDT", "2026-03-09 02:30 EDT"},
		},
		{
			"overlap", "America/New_York", "30 1 * * *", time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC),
			[]string{"2026-10-31 01:30 EDT", "2026-11-01 01:30 EDT", "2026-11-02 01:30 EST"},
		},
		{
			"leap day", "America/New_York", "30 2 * * *", time.Date(2028, 2, 28, 0, 0, 0, 0, time.UTC),
			[]string{"2028-02-28 02:30 EST", "2028-02-29 02:30 EST", "2028-03-01 02:30 EST"},
		},
		{
			"zone change", "Pacific/Apia", "30 2 * * *", time.Date(2011, 12, 29, 0, 0, 0, 0, time.UTC),
			[]string{"2011-12-29 02:30 -10", "2011-12-31 00:00 +14", "2011-12-31 02:30 +14"},
		},
	} {
		t.Run("B11 "+test.name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			a := startAPI(t, 5)
			u, db := newUser(t, a.url, test.from)
			w := startWorker(t, u, "--cron", test.cron, "--time-zone", test.zone, "--selection", "latest")
			// The clock goes on by half an hour each time, and the worker does what is due.
			var got []string
			conn := pgtest.Connect(t, db.DSN)
			for now := test.from; len(got) < len(test.want) && now.Before(test.from.AddDate(0, 0, 4)); now = now.Add(30 * time.Minute) {
				isDue := false
				if _, err := conn.Exec(t.Context(), clockAt(now)); err != nil {
					t.Fatal(err)
				}
				if err := conn.QueryRow(t.Context(), "SELECT next_due_at <= liftoff_now() FROM ingestion_schedules").Scan(&isDue); err != nil {
					t.Fatal(err)
				}
				if !isDue {
					continue
				}
				clitest.Await(t, db, patience, isWaiting)
				got = append(got, clitest.Scan[time.Time](t, db, "SELECT due_at FROM ingestion_runs ORDER BY id DESC LIMIT 1").In(zone).Format("2006-01-02 15:04 MST"))
			}
			if want, got := strings.Join(test.want, ", "), strings.Join(got, ", "); got != want {
				t.Errorf("the runs were at %s; want %s", got, want)
			}
			if n := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded'"); n != len(test.want) || missed(t, db) != 0 {
				t.Errorf("%d good runs and %d missed slots", n, missed(t, db))
			}
			stop(t, w)
		})
	}
}
