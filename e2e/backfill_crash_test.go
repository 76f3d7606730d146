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
	if r := other.Wait(); r.Code != 0 {
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
