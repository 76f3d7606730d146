package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestIngest_WritesAndPushesItsMetrics(t *testing.T) {
	t.Parallel()
	var pushed atomic.Value
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		pushed.Store(r.Method + " " + r.URL.Path + "\n" + string(body))
	}))
	t.Cleanup(gateway.Close)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest", "--all", "--skip-analytics", "--metrics-file", "liftoff.prom", "--metrics-push", gateway.URL)
	for _, line := range []string{"liftoff_run_exit_code 0", `liftoff_run_records{outcome="inserted"} 205`, "liftoff_database_up 1", `liftoff_run_responses{status="2xx"} `, "liftoff_last_success_timestamp_seconds "} {
		if file := u.ReadFile(t, "liftoff.prom"); !strings.Contains(file, "\n"+line) {
			t.Errorf("the file has no line %s:\n%s", line, file)
		}
	}
	if text, _ := pushed.Load().(string); !strings.HasPrefix(text, "PUT /metrics/job/liftoff\n") || !strings.Contains(text, "liftoff_last_success_timestamp_seconds") {
		t.Errorf("the gateway got %q", text)
	}
	// A run that fails says so, and when the last good one was.
	failed := u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest", "--metrics-file", "liftoff.prom")
	file := u.ReadFile(t, "liftoff.prom")
	if failed.Code != 4 || !strings.Contains(file, "\nliftoff_run_exit_code 4\n") || !strings.Contains(file, "\nliftoff_last_success_timestamp_seconds ") {
		t.Errorf("after exit code %d the file is\n%s", failed.Code, file)
	}
}

// Else what the run before has left would go on looking well.
func TestIngest_WithoutADatabaseTellsWhoWatches(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.StartReplay(t), "POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "POSTGRES_WAIT=0s")
	r := u.Run(t, "ingest", "--metrics-file", "liftoff.prom", "--summary-json", "run.json")
	if r.Code != 5 {
		t.Fatalf("exit code %d: %s", r.Code, r.LastLine())
	}
	for _, line := range []string{"liftoff_run_exit_code 5", "liftoff_database_up 0", `liftoff_runs_total{status="failed"} 1`} {
		if file := u.ReadFile(t, "liftoff.prom"); !strings.Contains(file, "\n"+line+"\n") {
			t.Errorf("the file has no line %s:\n%s", line, file)
		}
	}
	if summary := u.ReadFile(t, "run.json"); !strings.Contains(summary, `"exit_code": 5`) || !strings.Contains(summary, `"status": "failed"`) || strings.Contains(summary, `"error": null`) {
		t.Errorf("the summary is\n%s", summary)
	}
}

// Monitoring never harms a run.
func TestIngest_MetricsInTrouble(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadRequest) }))
	t.Cleanup(refusing.Close)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	for name, test := range map[string]struct{ setting, value, says string }{
		"no such folder":         {"METRICS_FILE", "no/such/liftoff.prom", "The metrics cannot be written. setting="},
		"a gateway that refuses": {"METRICS_PUSH", refusing.URL, "The metrics cannot be pushed. setting="},
		"no gateway":             {"METRICS_PUSH", "http://127.0.0.1:1", "The metrics cannot be pushed. setting="},
		"a login":                {"METRICS_PUSH", "http://u:s3cret@127.0.0.1:1", "The metrics cannot be pushed. setting="},
		"no URL":                 {"METRICS_PUSH", "s3cret", "The metrics cannot be pushed. setting="},
	} {
		r := u.With(test.setting+"="+test.value).Run(t, "ingest", "--skip-analytics")
		if r.Code != 0 || strings.Count(r.Stderr, " - WARNING - ") != 1 || !strings.Contains(r.Stderr, " - WARNING - "+test.says) || !strings.Contains(r.Stderr, test.setting) || strings.Contains(r.Stderr, "s3cret") {
			t.Errorf("%s: exit code %d:\n%s", name, r.Code, r.Stderr)
		}
	}
}

func TestWorker_ServesItsMetrics(t *testing.T) {
	t.Parallel()
	u, _ := workingUser(t)
	address := "127.0.0.1:" + clitest.FreePort(t)
	w := u.Start(t, "worker", "--every", "1h", "--metrics-listen", address)
	w.WaitFor("Run finished.", 30*time.Second)
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v", response.StatusCode, err)
	}
	for _, line := range []string{`liftoff_runs_total{status="succeeded"} 1`, "liftoff_schedule_overdue 0", `liftoff_schedule_missed_slots{schedule="default"} 0`, "liftoff_database_up 1", "process_resident_memory_bytes "} {
		if !strings.Contains(string(body), "\n"+line) {
			t.Errorf("there is no line %s:\n%s", line, body)
		}
	}
	second := u.Start(t, "worker", "--metrics-listen", address)
	second.WaitFor("The metrics cannot be served. setting=--metrics-listen ", 30*time.Second)
	for _, each := range []*clitest.Running{w, second} {
		each.Signal(syscall.SIGTERM)
		if r := each.Wait(); r.Code != 0 {
			t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
		}
	}
}
