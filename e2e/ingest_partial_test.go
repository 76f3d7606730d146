package e2e_test

import (
	"bytes"
	"context"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestIngestAll_APageThatFailsForGoodIsFetchedByTheNextRun(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(60)...)
	u, db := bulkUser(t, api.url)
	api.breakAt(func(offset int) bool { return offset == 29 })
	r := u.Run(t, "ingest", "--all")
	says := `the run is partial: the launches between "` + docID(29) + `" and "` + docID(39) + `" could not be fetched`
	if line := clitest.LastLine(r.Stderr); r.Code != 4 || !strings.Contains(line, says) || !strings.Contains(line, ". Next: fetch the gaps with a run for new launches: `liftoff ingest --new`") {
		t.Errorf("exit code %d, last line %q", r.Code, line)
	}
	if !strings.Contains(r.Stderr, " - WARNING - A page could not be fetched and is left out") || !strings.Contains(r.Stdout, "total launches") {
		t.Errorf("no WARNING, or no analytics:\n%s", r.Stderr)
	}
	want := []ledgerRow{{Selection: "all", Status: "partial", Fetched: 51, Inserted: 51, Error: says, AfterID: docID(29), BeforeID: docID(39)}}
	if diff := cmp.Diff(want, ledger(t, db)); diff != "" {
		t.Errorf("the ledger after the first run (-want +got):\n%s", diff)
	}

	api.mend()
	next := u.Succeed(t, "ingest", "--new", "--skip-analytics")
	if !strings.Contains(next.Stderr, "fetched=9 inserted=9 unchanged=0") {
		t.Errorf("the next run does not fetch just what was missed:\n%s", next.Stderr)
	}
	want[0].AfterID, want[0].BeforeID = "", "" // a later run has them
	want = append(want, ledgerRow{Selection: "new", Status: "succeeded", Fetched: 9, Inserted: 9})
	if diff := cmp.Diff(want, ledger(t, db)); diff != "" {
		t.Errorf("the ledger after the second run (-want +got):\n%s", diff)
	}
	if r := u.Succeed(t, "ingest", "--new", "--skip-analytics"); !strings.Contains(r.Stderr, "Nothing has changed at the API since the watermark") {
		t.Errorf("the third run:\n%s", r.Stderr)
	}
}

func TestIngestAll_AnAPIThatBreaksOffLeavesWhatCame(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(60)...)
	u, db := bulkUser(t, api.url)
	api.breakAt(func(offset int) bool { return offset >= 29 })
	clitest.WantFailure(t, u.Run(t, "ingest", "--all"), 4, "502")
	runs := ledger(t, db)
	if len(runs) != 1 || runs[0].Status != "partial" || runs[0].Inserted != 30 || !strings.Contains(runs[0].Error, "502") {
		t.Errorf("the ledger has %+v", runs)
	}
	api.mend()
	if r := u.Succeed(t, "ingest", "--new", "--skip-analytics"); !strings.Contains(r.Stderr, "fetched=60 inserted=30 unchanged=30") {
		t.Errorf("the next run does not fetch everything:\n%s", r.Stderr)
	}
}

// A run that ends before it fetches anything has its row in the ledger too.
func TestIngestAll_AFaultAtItsVeryStartIsInTheLedger(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(5)...)
	u, db := bulkUser(t, api.url)
	api.breakWith(func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		http.Error(w, "broken", http.StatusBadGateway)
		return true
	})
	clitest.WantFailure(t, u.Run(t, "ingest", "--all"), 4, "502")
	if runs := ledger(t, db); len(runs) != 1 || runs[0].Status != "failed" || !strings.Contains(runs[0].Error, "502") {
		t.Errorf("the ledger has %+v", runs)
	}
}

// slowRun is an ingestion of 1,500 launches that has stored a batch of 1,000
// and waits for a page.
type slowRun struct {
	u    *clitest.User
	db   pgtest.Database
	cmd  *exec.Cmd
	goOn chan struct{}
	// stderr may be read when the command has ended.
	stderr bytes.Buffer
}

const (
	slowTotal = 1500
	slowBatch = 1000
)

func startSlowRun(t *testing.T) *slowRun {
	t.Helper()
	api := startChanging(t, docs(slowTotal)...)
	u, db := bulkUser(t, api.url)
	s := &slowRun{u: u.With("PAGE_SIZE=100"), db: db, goOn: make(chan struct{})}
	s.u.Succeed(t, "migrate", "up")
	asked := api.hangAt(1299, s.goOn)
	s.cmd = s.u.Command(context.WithoutCancel(t.Context()), "ingest", "--all", "--skip-analytics")
	s.cmd.Stderr = &s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	<-asked
	await(t, "the first batch", func() bool { return number(t, db, "SELECT count(*) FROM raw_launches") == slowBatch })
	return s
}

// end sends a signal and waits for the command's end.
func (s *slowRun) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // how it ended is in its state
}

// wantCompletedByTheNextRun wants the first run's status and counts, and that
// the next one stores the rest.
func (s *slowRun) wantCompletedByTheNextRun(t *testing.T, status string) {
	t.Helper()
	close(s.goOn)
	s.u.Succeed(t, "ingest", "--all", "--skip-analytics")
	runs := ledger(t, s.db)
	for n := range runs {
		runs[n].Error = ""
	}
	want := []ledgerRow{
		{Selection: "all", Status: status, Fetched: slowBatch, Inserted: slowBatch},
		{Selection: "all", Status: "succeeded", Fetched: slowTotal, Inserted: slowTotal - slowBatch, Unchanged: slowBatch},
	}
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Errorf("the ledger (-want +got):\n%s", diff)
	}
	if n := number(t, s.db, "SELECT count(*) FROM raw_launches"); n != slowTotal {
		t.Errorf("%d rows, want %d", n, slowTotal)
	}
}

func TestIngestAll_CtrlCKeepsWholeBatches(t *testing.T) {
	t.Parallel()
	s := startSlowRun(t)
	before := time.Now()
	s.end(t, syscall.SIGINT)
	if code, took := s.cmd.ProcessState.ExitCode(), time.Since(before); code != 130 || took > 5*time.Second {
		t.Errorf("exit code %d after %v, want 130 within 5 s:\n%s", code, took, s.stderr.String())
	}
	if strings.Contains(s.stderr.String(), " - ERROR - ") {
		t.Errorf("it complains:\n%s", s.stderr.String())
	}
	if runs := ledger(t, s.db); len(runs) != 1 || runs[0].Status != "interrupted" || runs[0].Error != "stopped by SIGINT (Ctrl-C)" {
		t.Errorf("the ledger has %+v", runs)
	}
	s.wantCompletedByTheNextRun(t, "interrupted")
}

func TestIngestAll_AKilledRunIsClosedAndCompletedByTheNext(t *testing.T) {
	t.Parallel()
	s := startSlowRun(t)
	s.end(t, syscall.SIGKILL)
	if runs := ledger(t, s.db); len(runs) != 1 || runs[0].Status != "running" || runs[0].Inserted != slowBatch {
		t.Errorf("the ledger has %+v", runs)
	}
	await(t, "the killed run's sessions to end", func() bool {
		return number(t, s.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liftoff'") == 0
	})
	s.wantCompletedByTheNextRun(t, "crashed")
}

func TestIngest_WhileAnotherRunWrites(t *testing.T) {
	t.Parallel()
	s := startSlowRun(t)
	clitest.WantFailure(t, s.u.Run(t, "ingest", "--new"), 75, "another run is writing launches of ")
	skipped := s.u.Succeed(t, "ingest", "--all", "--if-locked", "skip")
	if !strings.Contains(skipped.Stderr, `Nothing was done: another run has the lock. error="another run is writing launches of `) || skipped.Stdout != "" {
		t.Errorf("a skipped run says %q and\n%s", skipped.Stdout, skipped.Stderr)
	}
	clitest.Execute(t, s.db, "INSERT INTO ingestion_backfills (source_id, started_at) SELECT id, timezone('UTC', now()) FROM ingestion_sources",
		"INSERT INTO ingestion_backfill_ranges (backfill_id, number, after_id, up_to_id) VALUES (1, 1, '', '')")
	clitest.WantFailure(t, s.u.Run(t, "worker", "--backfill", "1"), 75, "another run is writing launches of ")
	if dry := s.u.Succeed(t, "ingest", "--id", docID(3), "--dry-run"); !strings.Contains(dry.Stdout, "leave 1 unchanged") {
		t.Errorf("a dry run says %q", dry.Stdout)
	}

	waiting := s.u.With("IF_LOCKED=wait").Command(context.WithoutCancel(t.Context()), "ingest", "--all", "--skip-analytics")
	var stderr bytes.Buffer
	waiting.Stderr = &stderr
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = waiting.Process.Kill() })
	await(t, "the other run to wait", func() bool {
		return number(t, s.db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1
	})
	if runs := ledger(t, s.db); len(runs) != 1 {
		t.Errorf("a run that does not run is in the ledger: %+v", runs)
	}
	close(s.goOn)
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the first run: %v\n%s", err, s.stderr.String())
	}
	if err := waiting.Wait(); err != nil {
		t.Errorf("the one that waited: %v\n%s", err, stderr.String())
	}
	if !strings.Contains(stderr.String(), "Waiting for another run of the same source to end. source=") || !strings.Contains(stderr.String(), "fetched=1500 inserted=0 unchanged=1500") {
		t.Errorf("the one that waited says:\n%s", stderr.String())
	}
}
