// Package metrics has the program's metrics for Prometheus: what the last run did, and how
// the ingestion into the database is going. They are defined here and nowhere else, and
// have few labels of few values each. A run never waits for whoever reads them.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/push"

	"liftoff"
	"liftoff/internal/endpoint"
)

// job is what a Pushgateway groups the metrics by.
const job = "liftoff"

// State is how the ingestion into the database is going.
type State struct {
	liftoff.Health

	// NewestLaunchAt is when the newest launch flew (UTC); zero if that is not known.
	NewestLaunchAt time.Time
	Schedules      []liftoff.Schedule
	// IsOverdue says that a schedule is overdue and nobody works on it.
	IsOverdue bool
}

// Metrics are the metrics of one process. They are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	run      *runMetrics
	state    *stateMetrics
	// mutex keeps readers from what is half set.
	mutex sync.Mutex
}

// New returns metrics without any run.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), run: newRunMetrics(), state: newStateMetrics()}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "liftoff_build_info", Help: "The program's version; always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(build, m.run, m.state)
	return m
}

// AddProcess adds what the process itself uses, such as memory, for one that stays.
func (m *Metrics) AddProcess() {
	m.registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewGoCollector())
}

// NoteRun takes how a run ended.
func (m *Metrics) NoteRun(run liftoff.RunSummary, exitCode int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.run.note(run, exitCode)
}

// NoteState takes how the ingestion is going; nil if the database does not say.
func (m *Metrics) NoteState(state *State) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.state.note(state)
}

// WriteFile writes the metrics to a file for node_exporter's textfile collector, which
// sees all of it or the file from before.
func (m *Metrics) WriteFile(path string) error {
	if err := prometheus.WriteToTextfile(path, m.Gatherer()); err != nil {
		if file, ok := errors.AsType[*fs.PathError](err); ok {
			err = file.Err // the name is that of a temporary file
		}
		return fmt.Errorf("write the metrics: %w", err)
	}
	return nil
}

// Push replaces the metrics of this program at a Pushgateway. The error does not show the
// URL, which may hold a password.
func (m *Metrics) Push(ctx context.Context, url string, client *http.Client) error {
	if _, err := endpoint.Parse(url); err != nil {
		return fmt.Errorf("the address cannot be used: %w; it should be like http://127.0.0.1:9091", err)
	}
	return hideURL(push.New(url, job).Client(client).Gatherer(m.Gatherer()).PushContext(ctx), url)
}

// Handler serves the metrics; refresh is called before each answer.
func (m *Metrics) Handler(refresh func(context.Context)) http.Handler {
	metrics := promhttp.HandlerFor(m.Gatherer(), promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refresh(r.Context())
		metrics.ServeHTTP(w, r)
	})
}

// Gatherer reads the metrics while nothing is half set.
func (m *Metrics) Gatherer() prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*family, error) {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		return m.registry.Gather()
	})
}

// statusClass returns the class of an HTTP status, such as 2xx.
func statusClass(status int) string { return strconv.Itoa(status/100) + "xx" }
