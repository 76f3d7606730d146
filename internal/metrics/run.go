package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"liftoff"
)

// runMetrics are what the last run did. They are not there before the first one.
type runMetrics struct {
	last     *liftoff.RunSummary
	exitCode int
	// runs and records count since the process began.
	runs, records *prometheus.CounterVec
}

func newRunMetrics() *runMetrics {
	return &runMetrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "liftoff_runs_total", Help: "Runs that ended since the process began, by how they ended.",
		}, []string{"status"}),
		records: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "liftoff_records_total", Help: "Records received since the process began, by what became of them.",
		}, []string{"outcome"}),
	}
}

// The metrics of the last run. All are gauges.
//
//nolint:gochecknoglobals // never changes
var (
	runExitCode    = describe("liftoff_run_exit_code", "The exit code that the last run ended with, or would have as a command.")
	runFinished    = describe("liftoff_run_finished_timestamp_seconds", "When the last run ended, however it did.")
	runDuration    = describe("liftoff_run_duration_seconds", "How long the last run took.")
	runStage       = describe("liftoff_run_stage_duration_seconds", "How long the stages of the last run took. They overlap.", "stage")
	runRecords     = describe("liftoff_run_records", "Records that the last run received, by what became of them.", "outcome")
	runMissing     = describe("liftoff_run_missing_launches", "Launches that the source no longer had, as the last run noticed.")
	runPages       = describe("liftoff_run_pages", "Answers with launches that the last run received.")
	runBytes       = describe("liftoff_run_received_bytes", "Size of the records that the last run received.")
	runRequests    = describe("liftoff_run_requests", "Requests that the last run sent to the API.")
	runRetries     = describe("liftoff_run_retries", "Requests of the last run that repeated an earlier one.")
	runResponses   = describe("liftoff_run_responses", "Answers of the API to the last run, by the class of their HTTP status.", "status")
	runPeakMemory  = describe("liftoff_run_peak_memory_bytes", "The most memory that the process had had when the last run ended.")
	runDescriptors = []*prometheus.Desc{
		runExitCode, runFinished, runDuration, runStage, runRecords, runMissing, runPages, runBytes, runRequests, runRetries, runResponses, runPeakMemory,
	}
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func gauge(desc *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}

func (m *runMetrics) note(run liftoff.RunSummary, exitCode int) {
	m.last, m.exitCode = &run, exitCode
	m.runs.WithLabelValues(string(run.Outcome())).Inc()
	for outcome, count := range outcomes(run.RunCounts) {
		m.records.WithLabelValues(outcome).Add(float64(count))
	}
}

// outcomes are what became of the records of a run.
func outcomes(counts liftoff.RunCounts) map[string]int64 {
	return map[string]int64{
		"inserted": counts.Inserted, "unchanged": counts.Unchanged, "revised": counts.Revised, "quarantined": counts.Quarantined,
	}
}

// Describe sends the descriptors of all metrics.
func (m *runMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, each := range runDescriptors {
		to <- each
	}
	m.runs.Describe(to)
	m.records.Describe(to)
}

// Collect sends the metrics.
func (m *runMetrics) Collect(to chan<- prometheus.Metric) {
	m.runs.Collect(to)
	m.records.Collect(to)
	if m.last == nil {
		return
	}
	run, took := *m.last, m.last.Statistics
	to <- gauge(runExitCode, float64(m.exitCode))
	if !run.FinishedAt.IsZero() {
		to <- gauge(runFinished, seconds(run.FinishedAt))
		to <- gauge(runDuration, run.FinishedAt.Sub(run.StartedAt).Seconds())
	}
	for outcome, count := range outcomes(run.RunCounts) {
		to <- gauge(runRecords, float64(count), outcome)
	}
	for stage, duration := range map[string]float64{
		"fetch": took.Fetch.Seconds(), "decode": took.Decode.Seconds(), "store": took.Store.Seconds(),
		"references": took.References.Seconds(), "view": took.View.Seconds(), "analytics": took.Analytics.Seconds(),
	} {
		to <- gauge(runStage, duration, stage)
	}
	to <- gauge(runMissing, float64(run.Missing))
	to <- gauge(runPages, float64(run.Pages))
	to <- gauge(runBytes, float64(run.Bytes))
	to <- gauge(runRequests, float64(took.Requests))
	to <- gauge(runRetries, float64(took.Retries))
	classes := map[string]int64{}
	for status, count := range took.Statuses {
		classes[statusClass(status)] += count
	}
	for class, count := range classes {
		to <- gauge(runResponses, float64(count), class)
	}
	if took.PeakMemory > 0 {
		to <- gauge(runPeakMemory, float64(took.PeakMemory))
	}
}
