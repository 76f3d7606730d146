// Package scheduleloop_test lets three workers work on schedules while they, and
// PostgreSQL, are killed and stopped at random moments, over days in which the clocks
// change. The database's clock is fast, so that an hour takes a second. In the end each
// slot has one good run or is counted as missed. Run it with
//
//	make scheduleloop [SCHEDULELOOP_DAYS=4] [SEED=1]
package scheduleloop_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/schedule"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

const (
	workers = 3
	// speed is how many seconds pass at the database's clock in one.
	speed = 3600
)

// startOf are days before the clocks change.
func startOf(n uint64) (zone string, at time.Time) {
	all := []struct {
		zone string
		at   time.Time
	}{
		{"America/New_York", time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)},
		{"America/New_York", time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC)},
		{"Africa/Cairo", time.Date(2026, 4, 22, 18, 0, 0, 0, time.UTC)},
		{"Australia/Lord_Howe", time.Date(2026, 10, 2, 12, 0, 0, 0, time.UTC)},
		{"Pacific/Apia", time.Date(2011, 12, 28, 18, 0, 0, 0, time.UTC)},
	}
	chosen := all[n%uint64(len(all))]
	return chosen.zone, chosen.at
}

// given is a schedule of the loop.
type given struct {
	name, every, cron, selection string
}

func schedules() []given {
	return []given{
		{name: "interval", every: "3h", selection: "new"},
		{name: "night", cron: "30 0,1,2,3 * * *", selection: "latest"},
		{name: "midnight", cron: "0 0 * * *", selection: "all"},
		{name: "often", cron: "15 */2 * * *", selection: "new"},
	}
}

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// loop is the state of the test.
type loop struct {
	*testing.T

	seed   uint64
	random *rand.Rand
	days   uint64
	zone   string
	server *pgtest.Server
	user   *clitest.User
	url    string
	// first are the first slots of the schedules.
	first map[string]time.Time
	// running are the workers, and tally counts what happened to them.
	running []*clitest.Running
	tally   map[string]int
}

func TestScheduleLoop(t *testing.T) {
	l := newLoop(t)
	began := time.Now()
	for time.Since(began) < time.Duration(l.days)*24*time.Hour/speed {
		<-time.After(200*time.Millisecond + time.Duration(l.random.Int64N(int64(time.Second))))
		l.disturb()
	}
	for _, w := range l.running {
		w.WaitFor("Worker started.", time.Minute) // before, it does not listen to signals
		w.Signal(syscall.SIGTERM)
	}
	for _, w := range l.running {
		if r := w.Wait(); r.Code != 0 {
			l.Errorf("a worker ended with %d:\n%s", r.Code, r.Stderr)
		}
	}
	l.user.Succeed(t, "ingest", "--all", "--skip-analytics")
	good, missed := l.wantEachSlotOnce()
	clitest.WantPromises(t, l.server.Database(), l.url)
	launchtest.WantTyped(t, l.server.Database().DSN)
	fmt.Printf("scheduleloop: seed %d, %d days in %s: %d slots with a good run, %d missed and counted; %v: %s\n",
		l.seed, l.days, l.zone, good, missed, l.tally, map[bool]string{false: "each slot once", true: "FAILED"}[t.Failed()])
}

func newLoop(t *testing.T) *loop {
	l := &loop{T: t, seed: clitest.NumberFrom(t, "SCHEDULELOOP_SEED", uint64(time.Now().UnixNano())), days: clitest.NumberFrom(t, "SCHEDULELOOP_DAYS", 3), tally: map[string]int{}, first: map[string]time.Time{}}
	fmt.Printf("scheduleloop: seed %d\n", l.seed)
	l.random = rand.New(rand.NewPCG(l.seed, 0))
	var start time.Time
	l.zone, start = startOf(l.seed)
	l.url = clitest.StartReplay(t, "--count", "200")
	l.server = pgtest.NewServer(t)
	// A server that crashes forgets to drop the temporary tables of its sessions;
	// autovacuum does that, by default within a minute.
	l.server.Set(t, "autovacuum_naptime", "1s")
	l.user = clitest.NewUser(t).On(l.server.Database()).With("SPACEX_API_URL="+l.url, "LOG_FILE=-", "PAGE_SIZE=20", "POSTGRES_WAIT=2s")
	l.user.Succeed(t, "migrate", "up")
	clitest.Execute(t, l.server.Database(), fmt.Sprintf(`CREATE OR REPLACE FUNCTION liftoff_now() RETURNS TIMESTAMP LANGUAGE sql VOLATILE
		RETURN TIMESTAMP '%s' + (clock_timestamp() - TIMESTAMPTZ '%s') * %d`, start.Format(time.DateTime), time.Now().UTC().Format(time.RFC3339Nano), speed))
	for _, s := range schedules() {
		l.user.With("SCHEDULE_EVERY="+s.every, "SCHEDULE_CRON="+s.cron, "SCHEDULE_TIME_ZONE="+l.zone).
			Succeed(t, "schedules", "add", s.name, "--selection", s.selection)
		l.first[s.name] = clitest.Scan[time.Time](t, l.server.Database(), "SELECT next_due_at FROM ingestion_schedules WHERE name = '"+s.name+"'")
	}
	for range workers {
		l.running = append(l.running, l.user.Start(t, "worker"))
	}
	return l
}

// disturb does something to a worker or to PostgreSQL. Then all workers run again.
func (l *loop) disturb() {
	l.Helper()
	n := l.random.IntN(workers)
	switch choice := l.random.IntN(20); {
	case choice < 8:
		l.tally["kill -9"]++
		l.running[n].Signal(syscall.SIGKILL)
		l.running[n].Wait()
	case choice < 12:
		l.tally["SIGTERM"]++
		l.running[n].WaitFor("Worker started.", time.Minute)
		l.running[n].Signal(syscall.SIGTERM)
		if r := l.running[n].Wait(); r.Code != 0 {
			l.Errorf("a worker ended with %d:\n%s", r.Code, r.Stderr)
		}
	case choice == 12:
		l.tally["server crash"]++
		l.server.Crash(l.T)
		l.server.Start(l.T)
	case choice == 13:
		l.tally["server stopped"]++
		l.server.Stop(l.T)
		<-time.After(time.Duration(l.random.Int64N(int64(2 * time.Second))))
		l.server.Start(l.T)
	default:
		l.tally["nothing"]++
	}
	for i, w := range l.running {
		if w.HasEnded() {
			// 5: it began while there was no server.
			if r := w.Wait(); r.Code != 0 && r.Code != -1 && r.Code != 5 {
				l.Errorf("a worker ended with %d:\n%s", r.Code, r.Stderr)
			}
			l.running[i] = l.user.Start(l.T, "worker")
		}
	}
}

// row is what the database has of a schedule.
type row struct {
	Name      string
	NextDueAt time.Time
	Missed    int64
	// Good are the slots with a good run, in order.
	Good []time.Time
}

// wantEachSlotOnce compares the slots of each schedule with its good runs and what it has
// counted as missed, and returns the sums of both.
func (l *loop) wantEachSlotOnce() (good, missed int64) {
	l.Helper()
	rows, err := pgtest.Connect(l.T, l.server.DSN()).Query(l.Context(), `SELECT name, next_due_at, missed,
		ARRAY(SELECT due_at FROM ingestion_runs WHERE schedule = name AND status = 'succeeded' ORDER BY due_at) FROM ingestion_schedules ORDER BY name`)
	if err != nil {
		l.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		l.Fatal(err)
	}
	for _, s := range schedules() {
		for _, r := range found {
			if r.Name == s.name {
				l.wantSlotsOf(s, r)
				good, missed = good+int64(len(r.Good)), missed+r.Missed
			}
		}
	}
	if len(found) != len(schedules()) || good < missed {
		l.Errorf("%d schedules, %d good runs, %d slots missed", len(found), good, missed)
	}
	return good, missed
}

func (l *loop) wantSlotsOf(s given, r row) {
	l.Helper()
	every, _ := time.ParseDuration(s.every) // "" is none
	timing, err := schedule.Parse(schedule.Spec{Every: every, Cron: s.cron, TimeZone: l.zone}, r.NextDueAt)
	if err != nil {
		l.Fatal(err)
	}
	first := l.first[s.name]
	slots := map[time.Time]int{}
	var count int64
	for slot := first; slot.Before(r.NextDueAt); slot = timing.Due(slot, slot).Next {
		slots[slot]++
		count++
	}
	for _, at := range r.Good {
		slots[at]--
		if slots[at] != 0 {
			l.Errorf("%s has a good run for %v, which is no slot of it or has another one", s.name, at)
		}
	}
	if int64(len(r.Good))+r.Missed != count {
		l.Errorf("%s has %d good runs and %d missed slots, together not the %d from %v to %v", s.name, len(r.Good), r.Missed, count, first, r.NextDueAt)
	}
}
