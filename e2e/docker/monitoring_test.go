package docker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// standIn is an image like the official one, for machines without a registry, of the
// programs that tools/monitoring-tools.sh builds.
const standIn = `FROM %s
COPY %s %s /bin/
COPY --chown=65534:65534 data /%[4]s
USER 65534
WORKDIR /%[4]s
ENTRYPOINT ["/bin/%[2]s"]
`

// monitoringImage returns the official image, if it is here, or a stand-in. It skips the
// test if neither can be had.
func monitoringImage(t *testing.T, official string, programs [2]string, data string) string {
	t.Helper()
	if docker(t, "image", "ls", "--quiet", official) != "" {
		return official
	}
	folder := t.TempDir()
	for _, program := range programs {
		content, err := os.ReadFile(filepath.Join(projectRoot(t), ".bin", "monitoring", program))
		if err != nil {
			t.Skipf("neither %s is here nor a program for a stand-in; run make test-monitoring: %v", official, err)
		}
		if err := os.WriteFile(filepath.Join(folder, program), content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(standIn, "gcr.io/distroless/static-debian12:nonroot", programs[0], programs[1], data)
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	name := "liftoff-e2e-" + programs[0] + ":local"
	docker(t, "build", "--quiet", "--tag", name, folder)
	return name
}

// watched is a stack with the profile monitoring, and where its pages are.
type watched struct {
	*stack
	prometheus, alertmanager string
}

// TestMonitoring is one stack in which one launch has no id; each step stands on those
// before it. Grafana's image cannot be made here: deploy/prometheus_test.go reads what it
// gets.
func TestMonitoring(t *testing.T) {
	ports := []string{strconv.Itoa(freePort(t)), strconv.Itoa(freePort(t))}
	s := newStack(t, "monitoring")
	s = s.with("COMPOSE_PROFILES=scheduled,monitoring", "SCHEDULE_EVERY=1h",
		"PROMETHEUS_PUBLISHED_PORT="+ports[0], "ALERTMANAGER_PUBLISHED_PORT="+ports[1],
		"PROMETHEUS_IMAGE="+monitoringImage(t, "prom/prometheus:v3.16.0", [2]string{"prometheus", "promtool"}, "prometheus"),
		"ALERTMANAGER_IMAGE="+monitoringImage(t, "prom/alertmanager:v0.35.0", [2]string{"alertmanager", "amtool"}, "alertmanager"))
	s = s.withFile(t, "services:\n  replay:\n    environment:\n      REPLAY_DAMAGE: missing-id@205\n")
	t.Cleanup(s.remove) // with the profiles
	w := &watched{stack: s, prometheus: "http://127.0.0.1:" + ports[0], alertmanager: "http://127.0.0.1:" + ports[1]}
	for _, step := range []struct {
		name string
		run  func(t *testing.T, w *watched)
	}{
		{"Prometheus and Alertmanager become healthy", monitoringBecomesHealthy},
		{"Prometheus reads the worker", prometheusReadsTheWorker},
		{"the alert about the record reaches Alertmanager", alertReachesAlertmanager},
		{"Prometheus finds a second worker", prometheusFindsASecondWorker},
		{"what watches cannot reach the database", monitoringIsApart},
		{"down needs both profiles", downNeedsBothProfiles},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, w) }) {
			t.Log(s.compose(t, "logs", "--tail", "30", "worker", "prometheus", "alertmanager"))
			return
		}
	}
}

func monitoringBecomesHealthy(t *testing.T, w *watched) {
	w.compose(t, "up", "--detach", "--build", "worker", "prometheus", "alertmanager")
	for _, service := range []string{"worker", "prometheus", "alertmanager"} {
		eventually(t, workerPatience, func() error { return w.healthy(t, service) })
	}
}

// get reads a JSON document.
func get(address string, into any) error {
	response, err := http.Get(address)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return json.NewDecoder(response.Body).Decode(into)
}

// value asks Prometheus, which must have one answer.
func (w *watched) value(question string) (string, error) {
	var answer struct {
		Data struct{ Result []struct{ Value []any } }
	}
	if err := get(w.prometheus+"/api/v1/query?query="+url.QueryEscape(question), &answer); err != nil {
		return "", err
	}
	if n := len(answer.Data.Result); n != 1 {
		return "", fmt.Errorf("%s has %d answers", question, n)
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1]), nil
}

// await waits for the value of a question.
func (w *watched) await(t *testing.T, question, want string) {
	t.Helper()
	eventually(t, workerPatience, func() error {
		got, err := w.value(question)
		if err == nil && got != want {
			err = fmt.Errorf("%s is %s, want %s", question, got, want)
		}
		return err
	})
}

func prometheusReadsTheWorker(t *testing.T, w *watched) {
	w.await(t, `liftoff_quarantined_records{job="liftoff"}`, "1")
	w.await(t, "liftoff_database_up", "1")
	w.await(t, `count(liftoff_schedule_next_due_timestamp_seconds{schedule="default"})`, "1")
	w.await(t, `sum(liftoff_runs_total)`, "1")
}

func alertReachesAlertmanager(t *testing.T, w *watched) {
	eventually(t, workerPatience, func() error {
		var alerts []struct{ Labels map[string]string }
		if err := get(w.alertmanager+"/api/v2/alerts", &alerts); err != nil {
			return err
		}
		if len(alerts) != 1 || alerts[0].Labels["alertname"] != "LiftoffQuarantine" {
			return fmt.Errorf("the alerts are %v", alerts)
		}
		return nil
	})
}

func prometheusFindsASecondWorker(t *testing.T, w *watched) {
	w.compose(t, "up", "--detach", "--no-recreate", "--no-deps", "--scale", "worker=2", "worker")
	w.await(t, `count(up{job="liftoff"} == 1)`, "2")
	// Both tell of one database: that is still one alert.
	w.await(t, "count(liftoff_quarantined_records)", "2")
	w.await(t, `count(ALERTS{alertname="LiftoffQuarantine", alertstate="firing"})`, "1")
}

func monitoringIsApart(t *testing.T, w *watched) {
	for _, service := range []string{"prometheus", "alertmanager"} {
		const format = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
		if got := docker(t, "inspect", "--format", format, w.container(t, service)); got != w.project+"_monitoring" {
			t.Errorf("%s is on the networks %q", service, got)
		}
	}
}

func downNeedsBothProfiles(t *testing.T, w *watched) {
	// The worker's profile alone leaves what watches, as docs/docker.md says.
	output, _ := w.with("COMPOSE_PROFILES=scheduled").try(t, "down", "--timeout", "5")
	if left := w.running(t); len(left) != 2 {
		t.Errorf("after down with one profile %q run:\n%s", left, output)
	}
	w.compose(t, "down", "--volumes", "--timeout", "5")
	if left := strings.Join(w.running(t), " "); left != "" {
		t.Errorf("left behind: %s", left)
	}
	if left := docker(t, "volume", "ls", "--quiet", "--filter", "label=com.docker.compose.project="+w.project); left != "" {
		t.Errorf("volumes left behind: %s", left)
	}
}
