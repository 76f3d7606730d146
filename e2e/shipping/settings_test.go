package shipping_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// All ways to name a receiver lead all three signals there.
func TestShipping_EachWayToNameAReceiver(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t)
	const variable = "OTEL_EXPORTER_OTLP_ENDPOINT="
	for name, settings := range map[string]func(url, grpcURL string) (env []string, file string, arguments []string){
		"a variable": func(url, _ string) ([]string, string, []string) { return []string{variable + url}, "", nil },
		"a slash":    func(url, _ string) ([]string, string, []string) { return []string{variable + url + "/"}, "", nil },
		"a flag":     func(url, _ string) ([]string, string, []string) { return nil, "", []string{"--otlp-endpoint", url} },
		"the file":   func(url, _ string) ([]string, string, []string) { return nil, variable + url + "\n", nil },
		"uncompressed": func(url, _ string) ([]string, string, []string) {
			return []string{variable + url, "OTEL_EXPORTER_OTLP_COMPRESSION=none"}, "", nil
		},
		"compressed": func(url, _ string) ([]string, string, []string) {
			return []string{variable + url, "OTEL_EXPORTER_OTLP_COMPRESSION=gzip"}, "", nil
		},
		"over gRPC": func(_, grpcURL string) ([]string, string, []string) {
			return []string{variable + grpcURL, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "", nil
		},
		"logs over gRPC": func(url, grpcURL string) ([]string, string, []string) {
			return []string{variable + url, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=" + grpcURL, "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=grpc"}, "", nil
		},
		"one for each signal": func(url, _ string) ([]string, string, []string) {
			return []string{
				variable + clitest.ClosedPort, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=" + url + "/v1/logs",
				"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=" + url + "/v1/metrics", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + url + "/v1/traces",
			}, "", nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCollector(t)
			env, file, arguments := settings(c.url, c.grpcURL)
			u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+api, "OTEL_SERVICE_NAME=mine",
				"OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=of%20a%20test,service.name=another").With(env...)
			if file != "" {
				if err := os.WriteFile(filepath.Join(u.Folder, ".env"), []byte(file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if r := u.Succeed(t, append([]string{"ingest"}, arguments...)...); strings.Contains(r.Stderr, " - WARNING - ") {
				t.Errorf("something is wrong:\n%s", r.Stderr)
			}
			c.Stop()
			if len(c.records(t)) < 5 || len(c.metrics(t)) < 20 || len(c.spans(t)) < 20 {
				t.Errorf("%d records, %d metrics and %d spans arrived", len(c.records(t)), len(c.metrics(t)), len(c.spans(t)))
			}
			for _, signal := range []string{"logs", "metrics", "traces"} {
				got := c.received(t, signal)
				for _, want := range []string{`{"key":"service.name","value":{"stringValue":"mine"}}`, `{"key":"deployment.environment.name","value":{"stringValue":"of a test"}}`, `"service.version"`} {
					if !strings.Contains(got, want) {
						t.Errorf("the %s are not from %s", signal, want)
					}
				}
			}
		})
	}
}
