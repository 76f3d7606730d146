// Package worker_test is chapter E of the fault suite: workers and the schedules that
// they ingest by. The workers are real processes; the database's clock, by which they go,
// is set by the tests.
package worker_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// patience bounds every wait for something that a worker does at its next look.
const patience = 60 * time.Second

// api is a replay that can be made to hang.
type api struct {
	url string
	// requests counts those that have come.
	requests atomic.Int64
	// gate is closed to let requests through; nil lets all through.
	gate atomic.Pointer[chan struct{}]
}

// startAPI serves synthetic launches.
func startAPI(t *testing.T, launches int) *api {
	t.Helper()
	launchesOf, err := replay.New(replay.Options{Count: launches})
	if err != nil {
		t.Fatal(err)
	}
	a := &api{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests.Add(1)
		if gate := a.gate.Load(); gate != nil {
			select {
			case <-*gate:
			case <-r.Context().Done():
				return
			}
		}
		launchesOf.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

// hang keeps requests waiting until the returned function is called.
func (a *api) hang(t *testing.T) (goOn func()) {
	t.Helper()
	gate := make(chan struct{})
	a.gate.Store(&gate)
	goOn = func() {
		if a.gate.CompareAndSwap(&gate, nil) {
			close(gate)
		}
	}
	t.Cleanup(goOn)
	return goOn
}

// awaitRequest waits for a request, so that a run is under way.
func (a *api) awaitRequest(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); a.requests.Load() == 0; <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no request has come")
		}
	}
}

// newUser returns a user with a database that has the schema, and whose clock stands at a
// moment.
func newUser(t *testing.T, url string, now time.Time) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+url, "PAGE_SIZE=10", "REFERENCES=false", "LOG_FILE=-", "SPACEX_MAX_ATTEMPTS=1", "SPACEX_RATE_LIMIT=1000")
	u.Succeed(t, "migrate", "up")
	setClock(t, db, now)
	return u, db
}

// setClock makes the database's clock stand still at a moment.
func setClock(t *testing.T, db pgtest.Database, now time.Time) {
	t.Helper()
	clitest.Execute(t, db, clockAt(now))
}

// clockAt returns the statement that does so.
func clockAt(now time.Time) string {
	return "CREATE OR REPLACE FUNCTION liftoff_now() RETURNS TIMESTAMP LANGUAGE sql VOLATILE RETURN TIMESTAMP '" + now.UTC().Format(time.DateTime) + "'"
}

// noon is where the clock of most tests begins.
func noon() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// startWorker starts a worker and waits until it works.
func startWorker(t *testing.T, u *clitest.User, args ...string) *clitest.Running {
	t.Helper()
	w := u.Start(t, append([]string{"worker"}, args...)...)
	w.WaitFor("Worker started.", patience)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(w.Stderr())
		}
	})
	return w
}

// stop sends SIGTERM and wants exit code 0.
func stop(t *testing.T, workers ...*clitest.Running) {
	t.Helper()
	for _, w := range workers {
		w.Signal(syscall.SIGTERM)
	}
	for _, w := range workers {
		if r := w.Wait(); r.Code != 0 {
			t.Errorf("a worker ended with %d:\n%s", r.Code, r.Stderr)
		}
	}
}

// runs returns the ledger: how each run ended, and the slot that it did.
func runs(t *testing.T, db pgtest.Database) string {
	t.Helper()
	return clitest.Scan[string](t, db, "SELECT coalesce(string_agg(concat_ws(' ', status, to_char(due_at, 'DD HH24:MI')), ', ' ORDER BY id), '') FROM ingestion_runs")
}

// wantRuns wants the ledger to be so.
func wantRuns(t *testing.T, db pgtest.Database, want string) {
	t.Helper()
	if got := runs(t, db); got != want {
		t.Errorf("the ledger has %s; want %s", got, want)
	}
}

// isWaiting asks whether nothing is due and nothing is under way.
const isWaiting = "SELECT bool_and(next_due_at > liftoff_now() AND retry_at IS NULL) AND NOT EXISTS (SELECT FROM ingestion_runs WHERE status = 'running') FROM ingestion_schedules"

// missed asks how many slots had no run.
func missed(t *testing.T, db pgtest.Database) int64 {
	t.Helper()
	return clitest.Scan[int64](t, db, "SELECT missed FROM ingestion_schedules")
}

// isCounted asks whether n slots had no run.
func isCounted(n int) string { return fmt.Sprintf("SELECT missed = %d FROM ingestion_schedules", n) }
