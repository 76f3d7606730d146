package shipping_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// value returns the one value of a metric with an attribute, or without any for "".
func value(t *testing.T, metrics map[string][]point, name, key, want string) float64 {
	t.Helper()
	var found []float64
	for _, p := range metrics[name] {
		if key == "" || p.attributes[key] == want {
			found = append(found, p.value)
		}
	}
	if len(found) != 1 {
		t.Errorf("%s with %s=%s has the values %v, want one", name, key, want, found)
		return 0
	}
	return found[0]
}

// Metrics have the values that the database knows.
func TestShipping_MetricsHaveTheValuesOfTheRun(t *testing.T) {
	t.Parallel()
	c, db := startCollector(t), pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t), "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url)
	u.Succeed(t, "ingest", "--all")
	await(t, "metrics", func() bool { return len(c.metrics(t)) > 0 })
	metrics := c.metrics(t)
	ended := clitest.Scan[time.Time](t, db, "SELECT finished_at AT TIME ZONE 'UTC' FROM ingestion_runs")
	if at := value(t, metrics, "liftoff_last_success_timestamp_seconds", "", ""); at < float64(ended.Unix())-1 || at > float64(ended.Unix())+1 {
		t.Errorf("the last success was at %.3f, want %d", at, ended.Unix())
	}
	flown := clitest.Scan[time.Time](t, db, "SELECT max(launched_at) FROM launches WHERE NOT upcoming")
	if at := value(t, metrics, "liftoff_newest_launch_timestamp_seconds", "", ""); int64(at) != flown.Unix() {
		t.Errorf("the newest launch was at %.0f, want %d", at, flown.Unix())
	}
	for _, want := range []struct {
		name, key, value string
		number           float64
	}{
		{"liftoff_run_records", "outcome", "inserted", 205},
		{"liftoff_run_records", "outcome", "quarantined", 0},
		{"liftoff_run_exit_code", "", "", 0},
		{"liftoff_quarantined_records", "", "", 0},
		{"liftoff_database_up", "", "", 1},
		{"liftoff_runs_total", "status", "succeeded", 1},
		{"liftoff_run_received_bytes", "", "", float64(clitest.Scan[int64](t, db, "SELECT bytes FROM ingestion_runs"))},
		{"liftoff_run_pages", "", "", float64(clitest.Scan[int64](t, db, "SELECT pages FROM ingestion_runs"))},
	} {
		if got := value(t, metrics, want.name, want.key, want.value); got != want.number {
			t.Errorf("%s of %s is %v, want %v", want.name, want.value, got, want.number)
		}
	}
}

var sample = regexp.MustCompile(`^(liftoff_[a-z_]+)(?:\{(.*)\})? (\S+)$`)

// What is shipped is what Prometheus would get of the same run.
func TestShipping_MetricsAreThoseOfPrometheus(t *testing.T) {
	t.Parallel()
	c, u := startCollector(t), newWriter(t)
	u = u.With("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "METRICS_FILE=liftoff.prom")
	u.Succeed(t, "ingest", "--all")
	await(t, "metrics", func() bool { return len(c.metrics(t)) > 0 })
	want := map[string]float64{}
	for line := range strings.Lines(u.ReadFile(t, "liftoff.prom")) {
		if found := sample.FindStringSubmatch(strings.TrimSpace(line)); found != nil {
			number, err := strconv.ParseFloat(found[3], 64)
			if err != nil {
				t.Error(err)
			}
			want[found[1]+"{"+found[2]+"}"] = number
		}
	}
	got := map[string]float64{}
	for name, points := range c.metrics(t) {
		for _, p := range points {
			var labels []string
			for _, key := range slices.Sorted(maps.Keys(p.attributes)) {
				labels = append(labels, fmt.Sprintf("%s=%q", key, p.attributes[key]))
			}
			got[name+"{"+strings.Join(labels, ",")+"}"] = p.value
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" || len(want) < 20 {
		t.Errorf("%d metrics for Prometheus (-) and those that were received (+) differ:\n%s", len(want), diff)
	}
}
