package shipping_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/programtest"
)

// A worker ships run by run, goes on while its receiver is away, and says so once.
func TestShipping_AWorkerOutlivesAnOutageOfItsReceiver(t *testing.T) {
	t.Parallel()
	folder, listen := t.TempDir(), "127.0.0.1:"+clitest.FreePort(t)
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("LOG_FILE=run.log", "LOG_FORMAT=json", "SPACEX_API_URL="+clitest.StartReplay(t), "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+listen)
	u.Succeed(t, "migrate", "up")
	worker := u.Start(t, "worker", "--every", "10s")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the worker said:\n%s", programtest.End(worker.Stderr()))
		}
	})
	worker.WaitFor("Telemetry cannot be shipped; runs are not affected.", patience)
	clitest.Await(t, db, patience, "SELECT count(*) >= 1 FROM ingestion_runs WHERE status = 'succeeded'")
	c := &collector{url: "http://" + listen, folder: folder}
	c.Program = runCollector(t, "testdata/collector.yaml", "OTLP_LISTEN="+listen, "FOLDER="+folder)
	worker.WaitFor("Telemetry is shipped again.", 2*patience)
	runs := clitest.Scan[int64](t, db, "SELECT max(id) FROM ingestion_runs")
	clitest.Await(t, db, patience, "SELECT count(*) > "+fmt.Sprint(runs)+" FROM ingestion_runs WHERE status = 'succeeded'")
	worker.Signal(syscall.SIGTERM)
	began := time.Now()
	if r := worker.Wait(); r.Code != 0 || time.Since(began) > 5*time.Second {
		t.Errorf("exit code %d after %v, want 0 soon", r.Code, time.Since(began))
	}
	if n := strings.Count(worker.Stderr(), "Telemetry cannot be shipped"); n > 3 { // once for each signal
		t.Errorf("it was said %d times that nothing can be shipped:\n%s", n, worker.Stderr())
	}
	last := fmt.Sprint(clitest.Scan[int64](t, db, "SELECT max(id) FROM ingestion_runs WHERE status = 'succeeded'"))
	await(t, "the last run", func() bool {
		return slices.ContainsFunc(c.records(t), func(r record) bool {
			return r.body == "Run finished." && fmt.Sprint(r.attributes["run_id"]) == last
		})
	})
	traces := map[string]bool{}
	for _, r := range c.records(t) {
		if fmt.Sprint(r.attributes["run_id"]) == last {
			traces[r.traceID] = true
		}
	}
	if len(traces) != 1 || traces[""] {
		t.Errorf("the lines of one run have the traces %v, want one", slices.Collect(maps.Keys(traces)))
	}
	await(t, "the trace of the last run", func() bool {
		return slices.ContainsFunc(c.spans(t), func(s span) bool { return s.Name == "run" && traces[s.TraceID] })
	})
	await(t, "metrics", func() bool { return len(c.metrics(t)["liftoff_last_success_timestamp_seconds"]) == 1 })
}
