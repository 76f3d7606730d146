package monitoring_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"liftoff/internal/testkit/clitest"
)

// prometheus is a running Prometheus with the files of deploy/prometheus.
type prometheus struct{ url string }

// options are what a test changes of the files.
type options struct {
	worker, alertmanager string // addresses with ports
	rules                string
}

// startPrometheus starts a Prometheus that reads the worker and the rules each second.
func startPrometheus(t *testing.T, o options) prometheus {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "alerts.yml"), o.rules)
	config := write(t, filepath.Join(folder, "prometheus.yml"), replaced(t, recipe(t, "prometheus.yml"),
		": 30s", ": 1s", "127.0.0.1:9464", o.worker, "127.0.0.1:9093", o.alertmanager))
	address := "127.0.0.1:" + clitest.FreePort(t)
	start(t, "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+address)
	p := prometheus{"http://" + address}
	eventually(t, func() error { return ready(p.url + "/-/ready") })
	return p
}

// ready reports an error until a URL answers 200.
func ready(address string) error {
	response, err := http.Get(address)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, response.Status)
	}
	return nil
}

// sample is one of the answer to a query.
type sample struct {
	Metric map[string]string
	Value  float64
}

// query asks a question about this moment.
func (p prometheus) query(t *testing.T, question string) []sample {
	t.Helper()
	response, err := http.Get(p.url + "/api/v1/query?query=" + url.QueryEscape(question))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Status != "success" {
		t.Fatalf("%s: %v %+v", question, err, answer)
	}
	var samples []sample
	for _, each := range answer.Data.Result {
		text, _ := each.Value[1].(string)
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		samples = append(samples, sample{each.Metric, value})
	}
	return samples
}

// awaitFiring waits until an alert fires in Prometheus.
func (p prometheus) awaitFiring(t *testing.T, alert string) {
	t.Helper()
	eventually(t, func() error {
		if len(p.query(t, `ALERTS{alertstate="firing", alertname="`+alert+`"}`)) == 0 {
			return fmt.Errorf("%s does not fire; there are %v", alert, p.query(t, "ALERTS"))
		}
		return nil
	})
}

// notice is one alert as a webhook receives it.
type notice struct {
	Status              string
	Labels, Annotations map[string]string
}

// webhook is a receiver of alerts.
type webhook struct {
	url     string
	mutex   sync.Mutex
	notices []notice
}

func startWebhook(t *testing.T) *webhook {
	t.Helper()
	w := new(webhook)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var message struct{ Alerts []notice }
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			t.Errorf("the webhook got what is no message: %v", err)
		}
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.notices = append(w.notices, message.Alerts...)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL + "/"
	return w
}

// startAlertmanager starts an Alertmanager that sends to the webhook at once, and returns
// its address.
func startAlertmanager(t *testing.T, w *webhook) string {
	t.Helper()
	folder := t.TempDir()
	config := write(t, filepath.Join(folder, "alertmanager.yml"), replaced(t, recipe(t, "alertmanager.yml"),
		"group_wait: 30s", "group_wait: 1s", "group_interval: 5m", "group_interval: 1s", "http://127.0.0.1:9095/", w.url))
	address := "127.0.0.1:" + clitest.FreePort(t)
	start(t, "alertmanager", "--config.file="+config, "--storage.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address, "--cluster.listen-address=")
	eventually(t, func() error { return ready("http://" + address + "/-/ready") })
	return address
}

// find returns the first notice of an alert in a state.
func (w *webhook) find(alert, status string) (notice, bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, n := range w.notices {
		if n.Labels["alertname"] == alert && n.Status == status {
			return n, true
		}
	}
	return notice{}, false
}

// await waits until the webhook has been told that an alert fires or is resolved.
func (w *webhook) await(t *testing.T, alert, status string) notice {
	t.Helper()
	var found notice
	eventually(t, func() error {
		var isThere bool
		if found, isThere = w.find(alert, status); !isThere {
			return fmt.Errorf("the webhook has not heard that %s is %s", alert, status)
		}
		return nil
	})
	return found
}
