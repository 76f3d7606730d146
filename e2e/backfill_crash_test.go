package e2e_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A worker that has nothing to do until it is sure that another one is gone works on the
// backfill. The one that is gone ended when it was found, and not when the other began.
func TestBackfill_AWorkerThatWaitsForTheOneThatWasKilled(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "400", "--latency", "700ms"),
		"LOG_FILE=-", "REFERENCES=false", "CONCURRENCY=1", "PAGE_SIZE=100")
	u.Succeed(t, "backfill")
	victim, other := u.Start(t, "worker", "--backfill", "1"), u.Start(t, "worker", "--backfill", "1")
	clitest.Await(t, db, 30*time.Second, "SELECT 2 = count(DISTINCT run_id) FROM ingestion_backfill_ranges WHERE finished_at IS NULL")
	status := u.Start(t, "backfill", "status", "--wait")
	began := time.Now()
	victim.Signal(syscall.SIGKILL)
	victim.Wait()
	if r := other.Wait(); r.Code != 0 || strings.Contains(r.Stderr, "left=0s") || !strings.Contains(r.Stderr, " backfill=1\n") || !strings.Contains(r.Stderr, "the run is closed as crashed. crashed_run=") {
		t.Errorf("the other one ended with %d:\n%s", r.Code, r.Stderr)
	}
	took := time.Since(began)
	if r := status.Wait(); r.Code != 0 || strings.Contains(r.Stderr, "Nobody works") || strings.Contains(r.Stderr, "workers=0") {
		t.Errorf("the status ended with %d:\n%s", r.Code, r.Stderr)
	}
	lasted := clitest.Scan[float64](t, db, "SELECT extract(EPOCH FROM finished_at - started_at)::FLOAT8 FROM ingestion_runs WHERE status = 'crashed'")
	if lasted < 1 || lasted > took.Seconds()+5 {
		t.Errorf("the run that was killed lasted %.3f s, after %s of waiting", lasted, took)
	}
}

// Parts are left: what starts such a worker, as a Job of Kubernetes does, must not take it
// for done.
func TestBackfill_AWorkerThatIsStopped(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "2000", "--latency", "1s"), "LOG_FILE=-", "REFERENCES=false", "PAGE_SIZE=100")
	u.Succeed(t, "backfill")
	w := u.Start(t, "worker", "--backfill", "1")
	w.WaitFor("Run started.", 30*time.Second)
	w.Signal(syscall.SIGTERM)
	if r := w.Wait(); r.Code != 143 {
		t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
	}
	if n := number(t, db, "SELECT count(*) FROM ingestion_backfill_ranges WHERE finished_at IS NULL"); n == 0 {
		t.Error("no part is left")
	}
}

// Who waits for a backfill can query it then, the masses of payloads too.
func TestBackfillStatus_WaitsForTheReferences(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "300", "--latency", "400ms"), "LOG_FILE=-", "PAGE_SIZE=100")
	u.Succeed(t, "backfill")
	w := u.Start(t, "worker", "--backfill", "1")
	r := u.Succeed(t, "backfill", "status", "--wait")
	if lacking := clitest.LackingReferences(t, db); lacking != "0 0 0" {
		t.Errorf("payloads, rockets and launchpads that are lacking: %s\n%s", lacking, r.Stderr)
	}
	if status := number(t, db, "SELECT count(*) FROM ingestion_runs WHERE status = 'running'"); status != 0 {
		t.Errorf("%d runs are under way", status)
	}
	if r := w.Wait(); r.Code != 0 {
		t.Errorf("the worker ended with %d:\n%s", r.Code, r.Stderr)
	}
}
