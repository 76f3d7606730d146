package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"liftoff"
	"liftoff/internal/metrics"
)

// run is a run with a value for everything that is measured.
func run() liftoff.RunSummary {
	noon := time.Date(2024, 4, 27, 12, 0, 0, 0, time.UTC)
	return liftoff.RunSummary{
		RunCounts: liftoff.RunCounts{Pages: 2, Fetched: 10, Inserted: 4, Unchanged: 3, Revised: 2, Quarantined: 1, Missing: 1, Bytes: 1234},
		RunID:     7, StartedAt: noon, FinishedAt: noon.Add(1500 * time.Millisecond), Status: liftoff.RunSucceeded,
		Statistics: liftoff.Statistics{
			SourceStatistics: liftoff.SourceStatistics{Requests: 5, Retries: 1, Statuses: map[int]int64{200: 3, 304: 1, 503: 1}, Fetch: time.Second, Decode: 20 * time.Millisecond},
			Store:            300 * time.Millisecond, References: 100 * time.Millisecond, View: 5 * time.Millisecond, Analytics: 40 * time.Millisecond, PeakMemory: 30 << 20,
		},
	}
}

// state has a value for everything, too.
func state() *metrics.State {
	noon := time.Date(2024, 4, 27, 12, 0, 0, 0, time.UTC)
	return &metrics.State{
		Health: liftoff.Health{
			Now: noon, LastGood: liftoff.LedgerRow{ID: 7, FinishedAt: noon.Add(-time.Minute)},
			LastChange: liftoff.LedgerRow{ID: 3, FinishedAt: noon.Add(-time.Hour)}, Quarantined: 2,
		},
		NewestLaunchAt: noon.Add(-24 * time.Hour),
		Schedules: []liftoff.Schedule{
			{Name: "hourly", NextDueAt: noon.Add(time.Hour), Missed: 3, Failures: 1},
			{Name: "paused", NextDueAt: noon, IsPaused: true},
		},
		IsOverdue: true,
	}
}

// text returns the metrics as a file has them.
func text(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "liftoff.prom")
	if err := m.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestMetrics_AreAsPrometheusWantsThem(t *testing.T) {
	t.Parallel()
	m := metrics.New("1.2.3")
	m.NoteRun(run(), 3)
	m.NoteState(state())
	problems, err := testutil.GatherAndLint(m.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	got := text(t, m)
	for _, line := range []string{
		`liftoff_build_info{version="1.2.3"} 1`,
		"liftoff_run_exit_code 3", "liftoff_run_duration_seconds 1.5", "liftoff_run_finished_timestamp_seconds 1.7142192015e+09",
		`liftoff_run_stage_duration_seconds{stage="fetch"} 1`, `liftoff_run_stage_duration_seconds{stage="analytics"} 0.04`,
		`liftoff_run_records{outcome="inserted"} 4`, `liftoff_run_records{outcome="quarantined"} 1`,
		`liftoff_run_responses{status="2xx"} 3`, `liftoff_run_responses{status="3xx"} 1`, `liftoff_run_responses{status="5xx"} 1`,
		"liftoff_run_requests 5", "liftoff_run_retries 1", "liftoff_run_pages 2", "liftoff_run_received_bytes 1234", "liftoff_run_missing_launches 1",
		"liftoff_run_peak_memory_bytes 3.145728e+07", `liftoff_runs_total{status="succeeded"} 1`, `liftoff_records_total{outcome="revised"} 2`,
		"liftoff_database_up 1", "liftoff_last_success_timestamp_seconds 1.71421914e+09", "liftoff_last_change_timestamp_seconds 1.7142156e+09",
		"liftoff_newest_launch_timestamp_seconds 1.7141328e+09", "liftoff_quarantined_records 2", "liftoff_schedule_overdue 1",
		`liftoff_schedule_missed_slots{schedule="hourly"} 3`, `liftoff_schedule_failures{schedule="hourly"} 1`,
		`liftoff_schedule_next_due_timestamp_seconds{schedule="hourly"} 1.7142228e+09`,
	} {
		if !strings.Contains(got, "\n"+line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
	if strings.Contains(got, `next_due_timestamp_seconds{schedule="paused"}`) {
		t.Error("a paused schedule is due")
	}
	if t.Failed() {
		t.Log(got)
	}
}

// What is not known is not there: a 0 would be an age of 54 years.
func TestMetrics_LeaveOutWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	m := metrics.New("1.2.3")
	m.NoteState(nil)
	got := text(t, m)
	if !strings.Contains(got, "\nliftoff_database_up 0\n") || strings.Contains(got, "timestamp") || strings.Contains(got, "liftoff_run_") {
		t.Errorf("without a run and a database there is\n%s", got)
	}
	m.NoteState(&metrics.State{})
	if got := text(t, m); strings.Contains(got, "timestamp") || strings.Contains(got, "schedule") || !strings.Contains(got, "\nliftoff_quarantined_records 0\n") {
		t.Errorf("in an empty database there is\n%s", got)
	}
}

func TestWriteFile_AnErrorLeavesTheFileAsItIs(t *testing.T) {
	t.Parallel()
	m := metrics.New("1.2.3")
	if err := m.WriteFile(filepath.Join(t.TempDir(), "no", "such", "folder.prom")); err == nil || !strings.Contains(err.Error(), "write the metrics: ") {
		t.Errorf("WriteFile() = %v", err)
	}
}

// The URL may hold a password.
func TestPush_NoErrorShowsTheURL(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadRequest) }))
	t.Cleanup(refusing.Close)
	m := metrics.New("1.2.3")
	for _, address := range []string{
		strings.Replace(refusing.URL, "http://", "http://user:s3cret@", 1), "http://user:s3cret@127.0.0.1:1", "http://user:s3cret@127.0.0.1:1/", "::s3cret",
	} {
		err := m.Push(t.Context(), address, http.DefaultClient)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Push() = %v", err)
		}
	}
}

// The page lists each metric.
func TestMetrics_AreInTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	m := metrics.New("1.2.3")
	m.NoteRun(run(), 0)
	m.NoteState(state())
	families, err := m.Gatherer().Gather()
	if err != nil || len(families) < 20 {
		t.Fatalf("%d metrics, %v", len(families), err)
	}
	for _, f := range families {
		if !strings.Contains(string(page), "`"+f.GetName()+"`") {
			t.Errorf("%s is not in docs/monitoring.md", f.GetName())
		}
	}
}
