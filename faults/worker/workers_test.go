package worker_test

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
)

// There is no leader: whichever worker is killed, in mid-run or between two runs, another
// does what is due within ten seconds, once.
func TestE4_E6_AWorkerIsKilled(t *testing.T) {
	t.Parallel()
	t.Run("E6 in mid-run", func(t *testing.T) {
		t.Parallel()
		a := startAPI(t, 50)
		u, db := newUser(t, a.url, noon())
		goOn := a.hang(t)
		victim := startWorker(t, u, "--every", "1h")
		a.awaitRequest(t)
		other := startWorker(t, u)
		victim.Signal(os.Kill)
		goOn()
		clitest.Await(t, db, 10*time.Second, isWaiting)
		wantRuns(t, db, "crashed 01 12:00, succeeded 01 12:00")
		stop(t, other)
		clitest.WantPromises(t, db, a.url)
	})
	t.Run("E4 between two runs", func(t *testing.T) {
		t.Parallel()
		a := startAPI(t, 50)
		u, db := newUser(t, a.url, noon())
		first := startWorker(t, u, "--every", "1h")
		others := []*clitest.Running{startWorker(t, u), startWorker(t, u)}
		clitest.Await(t, db, patience, isWaiting)
		first.Signal(os.Kill)
		setClock(t, db, noon().Add(time.Hour))
		clitest.Await(t, db, 10*time.Second, "SELECT count(*) = 2 FROM ingestion_runs WHERE status = 'succeeded'")
		clitest.Await(t, db, patience, isWaiting)
		wantRuns(t, db, "succeeded 01 12:00, succeeded 01 13:00")
		stop(t, others...)
	})
}

// A worker that hangs for longer than LOCK_LEASE loses its run: another does the slot.
// When it wakes up, it writes nothing, says so, and works on.
func TestE5_AWorkerHangsAndWakesUp(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 50)
	u, db := newUser(t, a.url, noon())
	u = u.With("LOCK_LEASE=2s")
	goOn := a.hang(t)
	hangs := startWorker(t, u, "--every", "1h")
	a.awaitRequest(t)
	hangs.Signal(syscall.SIGSTOP)
	goOn()
	other := startWorker(t, u)
	clitest.Await(t, db, 20*time.Second, isWaiting)
	wantRuns(t, db, "crashed 01 12:00, succeeded 01 12:00")
	hangs.Signal(syscall.SIGCONT)
	hangs.WaitFor("The run of a schedule failed. schedule=default", patience)
	hangs.WaitFor("exit_code=75", patience)
	wantRuns(t, db, "crashed 01 12:00, succeeded 01 12:00")
	if failures := clitest.Scan[int](t, db, "SELECT failures FROM ingestion_schedules"); failures != 0 {
		t.Errorf("%d failures are counted", failures)
	}
	stop(t, other)
	setClock(t, db, noon().Add(time.Hour))
	clitest.Await(t, db, patience, "SELECT count(*) = 2 FROM ingestion_runs WHERE status = 'succeeded'")
	stop(t, hangs)
	clitest.WantPromises(t, db, a.url)
}

// An outer scheduler that starts the same job twice: one works, the other says that it
// does not, as --if-locked tells it to.
func TestE9_StartedTwice(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 20)
	u, db := newUser(t, a.url, noon())
	goOn := a.hang(t)
	first := u.Start(t, "ingest", "--new", "--skip-analytics")
	a.awaitRequest(t)
	clitest.WantFailure(t, u.Run(t, "ingest", "--new", "--skip-analytics"), 75, "another run is writing launches")
	u.Succeed(t, "ingest", "--new", "--skip-analytics", "--if-locked", "skip")
	goOn()
	if r := first.Wait(); r.Code != 0 {
		t.Errorf("the first one ended with %d:\n%s", r.Code, r.Stderr)
	}
	wantRuns(t, db, "succeeded")
}

// Many workers wait for the same slot: the API hears of one of them.
func TestE10_ManyWorkersWaitForTheSameSlot(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 5)
	u, db := newUser(t, a.url, noon())
	const workers = 8
	all := []*clitest.Running{startWorker(t, u, "--every", "1h")}
	clitest.Await(t, db, patience, isWaiting)
	perRun := a.requests.Load()
	var starting sync.WaitGroup
	var mutex sync.Mutex
	for range workers - 1 {
		starting.Go(func() {
			w := u.Start(t, "worker")
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, w)
		})
	}
	starting.Wait()
	for _, w := range all {
		w.WaitFor("Worker started.", patience)
	}
	a.requests.Store(0)
	const slots = 3
	for n := 1; n <= slots; n++ {
		setClock(t, db, noon().Add(time.Duration(n)*time.Hour))
		clitest.Await(t, db, patience, fmt.Sprintf("SELECT count(*) = %d FROM ingestion_runs WHERE status = 'succeeded'", n+1))
	}
	clitest.Await(t, db, patience, isWaiting)
	wantRuns(t, db, "succeeded 01 12:00, succeeded 01 13:00, succeeded 01 14:00, succeeded 01 15:00")
	if got := a.requests.Load(); got > slots*perRun {
		t.Errorf("%d workers sent %d requests for %d slots; one run needs %d", workers, got, slots, perRun)
	}
	stop(t, all...)
}

// Nothing has to wake a worker: it looks at the table every few seconds, also on a new
// connection.
func TestE11_NobodyTellsTheWorker(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 5)
	u, db := newUser(t, a.url, noon())
	w := startWorker(t, u)
	clitest.Execute(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	u.Succeed(t, "schedules", "add", "hourly", "--every", "1h")
	clitest.Await(t, db, 10*time.Second, isWaiting)
	wantRuns(t, db, "succeeded 01 12:00")
	stop(t, w)
}

// Behind a pooler in transaction mode a worker ends before it adds its schedule.
func TestB9_AWorkerBehindAPooler(t *testing.T) {
	t.Parallel()
	u, db := newUser(t, clitest.ClosedPort, noon())
	for _, sessions := range []int{1, 2, 3} {
		pooled := u.With("DATABASE_URL=" + faultproxy.NewPooler(t, db.DSN, sessions).DSN(db.DSN))
		clitest.WantFailure(t, pooled.Run(t, "worker", "--cron", "7 3 * * *"), 2, "is behind a pooler in transaction mode")
	}
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_schedules"); n != 0 {
		t.Errorf("%d schedules were added", n)
	}
}
