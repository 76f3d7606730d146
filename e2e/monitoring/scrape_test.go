package monitoring_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// ledgerRow is what `liftoff runs -o json` says of a run.
type ledgerRow struct {
	FinishedAt  time.Time `json:"finished_at"`
	DurationMS  float64   `json:"duration_ms"`
	Pages       float64   `json:"pages"`
	Fetched     float64   `json:"fetched"`
	Inserted    float64   `json:"inserted"`
	Revised     float64   `json:"revised"`
	Quarantined float64   `json:"quarantined"`
	Bytes       float64   `json:"bytes"`
	Requests    float64   `json:"requests"`
	Retries     float64   `json:"retries"`
	PeakMemory  float64   `json:"peak_memory_bytes"`
}

// TestScrape_EachMetricArrivesWithItsValue compares Prometheus with the ledger: all
// metrics of docs/monitoring.md, from a worker whose run had a record that cannot be stored
// and an answer that had to be asked for again.
func TestScrape_EachMetricArrivesWithItsValue(t *testing.T) {
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t, "--damage", "missing-id@205", "--fault", "status=503@1"))
	address := "127.0.0.1:" + clitest.FreePort(t)
	p := startPrometheus(t, options{worker: address, alertmanager: "127.0.0.1:1", rules: recipe(t, "alerts.yml")})
	worker := u.Start(t, "worker", "--every", "1h", "--metrics-listen", address)
	worker.WaitFor("Run finished.", patience)

	one := func(question string) float64 {
		samples := p.query(t, question)
		if len(samples) != 1 {
			return math.NaN()
		}
		return samples[0].Value
	}
	eventually(t, func() error {
		if got := one("liftoff_run_exit_code"); got != 3 {
			return fmt.Errorf("the exit code is %v", got)
		}
		return nil
	})
	for _, name := range documentedMetrics(t) {
		if len(p.query(t, name+`{job="liftoff", instance="`+address+`"}`)) == 0 {
			t.Errorf("%s did not arrive", name)
		}
	}
	row := newestRun(t, u)
	if row.Fetched != 205 || row.Quarantined != 1 || row.Retries < 1 {
		t.Fatalf("the run was not what the test needs: %+v", row)
	}
	newest := clitest.Scan[float64](t, db, "SELECT extract(epoch FROM max(launched_at) FILTER (WHERE NOT upcoming))::float8 FROM launches")
	due := clitest.Scan[float64](t, db, "SELECT extract(epoch FROM next_due_at)::float8 FROM ingestion_schedules")
	finished := float64(row.FinishedAt.UnixMilli()) / 1000
	for question, want := range map[string]float64{
		"liftoff_database_up": 1, "liftoff_schedule_overdue": 0, "liftoff_quarantined_records": 1,
		"liftoff_last_success_timestamp_seconds":                          finished,
		"liftoff_last_change_timestamp_seconds":                           finished,
		"liftoff_run_finished_timestamp_seconds":                          finished,
		"liftoff_newest_launch_timestamp_seconds":                         newest,
		`liftoff_schedule_failures`:                                       0,
		`liftoff_schedule_missed_slots`:                                   0,
		"liftoff_run_exit_code":                                           3,
		"liftoff_run_pages":                                               row.Pages,
		"liftoff_run_received_bytes":                                      row.Bytes,
		"liftoff_run_requests":                                            row.Requests,
		"liftoff_run_retries":                                             row.Retries,
		"liftoff_run_missing_launches":                                    0,
		"liftoff_run_peak_memory_bytes":                                   row.PeakMemory,
		`liftoff_run_records{outcome="inserted"}`:                         204,
		`liftoff_run_records{outcome="revised"}`:                          0,
		`liftoff_run_records{outcome="unchanged"}`:                        0,
		`sum(liftoff_run_records)`:                                        row.Fetched,
		`sum(liftoff_run_responses)`:                                      row.Requests,
		`liftoff_run_responses{status="5xx"}`:                             1,
		`liftoff_runs_total{status="succeeded"}`:                          1,
		`liftoff_records_total{outcome="inserted"}`:                       204,
		`liftoff_records_total{outcome="quarantined"}`:                    1,
		`liftoff_build_info`:                                              1,
		`liftoff_schedule_next_due_timestamp_seconds{schedule="default"}`: due,
		`count(liftoff_run_stage_duration_seconds)`:                       6,
		`up{job="liftoff"}`:                                               1,
	} {
		if got := one(question); !(math.Abs(got-want) < 0.002) {
			t.Errorf("%s is %v, want %v", question, got, want)
		}
	}
	if got := one("liftoff_run_duration_seconds"); !(math.Abs(got*1000-row.DurationMS) < 2) {
		t.Errorf("the duration is %v s, in the ledger %v ms", got, row.DurationMS)
	}
	// The dashboard's own questions have an answer, each.
	for where, expression := range expressions(t) {
		if strings.HasPrefix(where, "Liftoff") || strings.HasPrefix(expression, "sum by (status) (increase(") {
			continue // an alert; what needs two scrapes after the run
		}
		if len(p.query(t, strings.ReplaceAll(expression, "$job", "liftoff"))) == 0 {
			t.Errorf("the panel %q shows nothing: %s", where, expression)
		}
	}
	worker.Signal(syscall.SIGTERM)
	if r := worker.Wait(); r.Code != 0 {
		t.Errorf("the worker ended with %d", r.Code)
	}
}

// newestRun returns the newest run of the ledger.
func newestRun(t *testing.T, u *clitest.User) ledgerRow {
	t.Helper()
	var rows []ledgerRow
	if err := json.Unmarshal([]byte(u.Succeed(t, "runs", "--limit", "1", "-o", "json").Stdout), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%d runs, %v", len(rows), err)
	}
	return rows[0]
}
