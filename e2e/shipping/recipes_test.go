package shipping_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"

	"liftoff/internal/testkit/clitest"
)

// The recipe's collector hands each signal to its destination; VictoriaLogs stands for
// Loki. Logs wait for a destination that is away.
func TestRecipes_TheCollectorHandsOn(t *testing.T) {
	t.Parallel()
	c, logs := startCollector(t), "127.0.0.1:"+clitest.FreePort(t)
	listen := "127.0.0.1:" + clitest.FreePort(t)
	runCollector(t, recipes+"collector.yaml", "OTLP_LISTEN="+listen, "LOGS_URL=http://"+logs+"/insert/opentelemetry", "METRICS_URL="+c.url, "TRACES_URL="+c.url)
	u := newWriter(t)
	r := u.With("OTEL_EXPORTER_OTLP_ENDPOINT=http://"+listen).Succeed(t, "ingest", "--all")
	if strings.Contains(r.Stderr, "telemetry") {
		t.Errorf("something is said about shipping:\n%s", r.Stderr)
	}
	treeOf(t, c, "ingest")
	await(t, "metrics", func() bool { return len(c.metrics(t)) > 0 })
	awaitRecords(t, startVictoriaLogsAt(t, logs), linesOf(t, u))
}

// settingsIn returns the variables that the code under a heading of the README sets, with
// an address replaced.
func settingsIn(t *testing.T, heading, address, replacement string) []string {
	t.Helper()
	_, section, _ := strings.Cut(readFile(t, recipes+"README.md"), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var settings []string
	for _, found := range regexp.MustCompile(`(?m)^    (OTEL_[A-Z_]+=\S+)$`).FindAllStringSubmatch(section, -1) {
		settings = append(settings, strings.Replace(found[1], address, replacement, 1))
	}
	if !strings.Contains(strings.Join(settings, " "), replacement) {
		t.Fatalf("%s does not name %s: %v", heading, address, settings)
	}
	return settings
}

func TestRecipes_LokiByItsOTLPPath(t *testing.T) {
	t.Parallel()
	v, u := startVictoriaLogs(t), newWriter(t)
	u.With(settingsIn(t, "Loki", "http://loki:3100/otlp", v.url+"/insert/opentelemetry")...).Succeed(t, "ingest", "--all")
	awaitRecords(t, v, linesOf(t, u))
}

// Datadog's intake takes logs only with a key; behind the check is VictoriaLogs.
func TestRecipes_DatadogWithoutAnAgent(t *testing.T) {
	t.Parallel()
	v, u := startVictoriaLogs(t), newWriter(t)
	behind, err := url.Parse(v.url + "/insert/opentelemetry")
	if err != nil {
		t.Fatal(err)
	}
	var refused atomic.Int64
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(behind) }}
	intake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("dd-api-key") != canary || r.URL.Path != "/v1/logs" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			refused.Add(1)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(intake.Close)
	headers := filepath.Join(u.Folder, "headers")
	if err := os.WriteFile(headers, []byte("dd-api-key="+canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := append(settingsIn(t, "Datadog", "https://otlp.datadoghq.com", intake.URL), "OTEL_EXPORTER_OTLP_HEADERS_FILE="+headers)
	u.With(settings...).Succeed(t, "ingest", "--all")
	awaitRecords(t, v, linesOf(t, u))
	if n := refused.Load(); n != 0 {
		t.Errorf("%d requests were refused", n)
	}
}

// The Agent's receiver is the Collector's, so the section about it is run by that one.
func TestRecipes_TheReceiverOfTheDatadogAgent(t *testing.T) {
	t.Parallel()
	var agent struct {
		OTLP struct {
			Receiver map[string]any
			Logs     struct{ Enabled bool }
		} `yaml:"otlp_config"`
		Logs bool `yaml:"logs_enabled"`
	}
	if err := yaml.Unmarshal([]byte(readFile(t, recipes+"datadog.yaml")), &agent); err != nil || !agent.Logs || !agent.OTLP.Logs.Enabled {
		t.Fatalf("logs are not taken, or %v", err)
	}
	receiver, err := yaml.Marshal(map[string]any{"receivers": map[string]any{"otlp": agent.OTLP.Receiver}})
	if err != nil {
		t.Fatal(err)
	}
	folder, listen := t.TempDir(), "127.0.0.1:"+clitest.FreePort(t)
	_, destination, _ := strings.Cut(readFile(t, "testdata/collector.yaml"), "\nexporters:")
	configuration := bytes.Replace(receiver, []byte("127.0.0.1:4318"), []byte(listen), 1)
	path := filepath.Join(folder, "agent.yaml")
	if err := os.WriteFile(path, append(configuration, "\nexporters:"+destination...), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &collector{url: "http://" + listen, folder: folder}
	c.Program = runCollector(t, path, "FOLDER="+folder)
	u := newWriter(t)
	u.With("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url).Succeed(t, "ingest")
	awaitRecords(t, c, linesOf(t, u))
}

// The two files that the Agent reads name the same log file as the other recipes.
func TestRecipes_ReadTheSameFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "collector-file.yaml", "config.alloy", "datadog-file.yaml"} {
		if !strings.Contains(readFile(t, recipes+name), "/var/log/liftoff/ingestion.log") {
			t.Errorf("%s does not name the log file", name)
		}
	}
	var agent struct {
		Logs []struct{ Type, Path, Service, Source string }
	}
	if err := yaml.Unmarshal([]byte(readFile(t, recipes+"datadog-file.yaml")), &agent); err != nil || len(agent.Logs) != 1 || agent.Logs[0].Type != "file" || agent.Logs[0].Service != "liftoff" {
		t.Errorf("the Agent's file is %+v (%v)", agent, err)
	}
}
