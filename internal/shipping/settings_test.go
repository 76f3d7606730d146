package shipping_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"liftoff/internal/shipping"
)

func TestSettings_AWrongSettingIsNamedOnceAndNeverRepeated(t *testing.T) {
	const canary = "Canary9"
	for name, each := range map[string]struct {
		change      func(*shipping.Settings)
		wantSetting string
		wantError   string
		wantEffect  string
		isOff       bool
	}{
		"no scheme":      {func(s *shipping.Settings) { s.Endpoint = canary + ":4318" }, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://", "nothing is shipped", true},
		"colons":         {func(s *shipping.Settings) { s.Endpoint = "::" + canary }, "OTEL_EXPORTER_OTLP_ENDPOINT", "not a valid URL", "nothing is shipped", true},
		"no host":        {func(s *shipping.Settings) { s.Endpoint = "http:///" + canary }, "OTEL_EXPORTER_OTLP_ENDPOINT", "no host", "nothing is shipped", true},
		"a login":        {func(s *shipping.Settings) { s.Endpoint = "http://u:" + canary + "@h" }, "OTEL_EXPORTER_OTLP_ENDPOINT", "user or password", "nothing is shipped", true},
		"a query":        {func(s *shipping.Settings) { s.Endpoint = "http://h/?k=" + canary }, "OTEL_EXPORTER_OTLP_ENDPOINT", "query", "nothing is shipped", true},
		"one signal":     {func(s *shipping.Settings) { s.Traces.Endpoint = canary }, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://", "no traces are shipped", false},
		"a header":       {func(s *shipping.Settings) { s.Headers = "api-key " + canary }, "OTEL_EXPORTER_OTLP_HEADERS", "pair 1 is not name=value", "nothing is shipped", true},
		"a header's %":   {func(s *shipping.Settings) { s.Headers = "a=b,k=" + canary + "%zz" }, "OTEL_EXPORTER_OTLP_HEADERS", "pair 2 has a %", "nothing is shipped", true},
		"a line break":   {func(s *shipping.Settings) { s.Headers = "k=" + canary + "%0d%0aX: y" }, "OTEL_EXPORTER_OTLP_HEADERS", "no HTTP header", "nothing is shipped", true},
		"a blank":        {func(s *shipping.Settings) { s.Headers = "k " + canary + "=v" }, "OTEL_EXPORTER_OTLP_HEADERS", "no HTTP header", "nothing is shipped", true},
		"one header":     {func(s *shipping.Settings) { s.Logs.Headers = canary }, "OTEL_EXPORTER_OTLP_LOGS_HEADERS", "pair 1", "no logs are shipped", false},
		"a protocol":     {func(s *shipping.Settings) { s.Protocol = canary }, "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf or grpc", "nothing is shipped", true},
		"JSON":           {func(s *shipping.Settings) { s.Metrics.Protocol = "http/json" }, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf", "no metrics are shipped", false},
		"the console":    {func(s *shipping.Settings) { s.Logs.Exporter = canary }, "OTEL_LOGS_EXPORTER", "otlp or none", "no logs are shipped", false},
		"no number":      {func(s *shipping.Settings) { s.Timeout = canary + "s" }, "OTEL_EXPORTER_OTLP_TIMEOUT", "milliseconds", "it counts as 10000", false},
		"no time":        {func(s *shipping.Settings) { s.Timeout = "0" }, "OTEL_EXPORTER_OTLP_TIMEOUT", "milliseconds", "it counts as 10000", false},
		"zstd":           {func(s *shipping.Settings) { s.Compression = canary }, "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip or none", "nothing is compressed", false},
		"perhaps":        {func(s *shipping.Settings) { s.Disabled = canary }, "OTEL_SDK_DISABLED", "true or false", "it counts as false", false},
		"attributes":     {func(s *shipping.Settings) { s.ResourceAttributes = canary }, "OTEL_RESOURCE_ATTRIBUTES", "pair 1", "they are left out", false},
		"no authorities": {func(s *shipping.Settings) { s.Authorities = noAuthorities }, "OTEL_EXPORTER_OTLP_CERTIFICATE", "no such file", "nothing is shipped", true},
	} {
		t.Run(name, func(t *testing.T) {
			settings := settingsFor("http://127.0.0.1:1")
			settings.Origin = func(variable string) string { return variable + " in .env" }
			each.change(&settings)
			shipper, problems := shipping.New(t.Context(), settings)
			defer shipper.Close(t.Context())
			if len(problems) != 1 || (shipper == nil) != each.isOff {
				t.Fatalf("New() = %v, problems %v, want one and off = %v", shipper, problems, each.isOff)
			}
			problem := problems[0]
			if problem.Setting != each.wantSetting+" in .env" || !strings.Contains(problem.Err.Error(), each.wantError) || problem.Effect != each.wantEffect {
				t.Errorf("problem %+v", problem)
			}
			if strings.Contains(fmt.Sprint(problem), canary) {
				t.Errorf("the value is repeated: %v", problem)
			}
		})
	}
}

func noAuthorities() (*x509.CertPool, error) { return nil, errors.New("no such file") }

// The SDK reads these variables too, and would send to another place, with other headers.
func TestSettings_TheSDKSeesNothingOfTheEnvironment(t *testing.T) {
	wrong, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = wrong.Close() }()
	for variable, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + wrong.Addr().String(), "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://" + wrong.Addr().String(),
		"OTEL_EXPORTER_OTLP_HEADERS": "api-key=CanaryKey", "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "broken CanaryKey", "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
		"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_INSECURE": "false", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere",
		"OTEL_TRACES_SAMPLER": "always_off", "OTEL_BLRP_MAX_QUEUE_SIZE": "1", "OTEL_BSP_MAX_QUEUE_SIZE": "1",
	} {
		t.Setenv(variable, value)
	}
	to := newReceiver(t, nil)
	settings := settingsFor(to.URL)
	settings.Headers = "mine=1"
	shipper, heard := newShipper(t, settings)
	shipper.Logs()(t.Context(), lineAt(time.Now(), "one"))
	shipper.Logs()(t.Context(), lineAt(time.Now(), "two"))
	_, span := shipper.Tracer().Tracer("test").Start(t.Context(), "run")
	span.End()
	shipper.Close(t.Context())
	if len(to.records) != 2 || len(to.spans) != 1 || heard.String() != "" {
		t.Fatalf("%d records and %d spans arrived, and it says %q", len(to.records), len(to.spans), heard)
	}
	for _, request := range to.requests {
		if request.Header.Get("Api-Key") != "" || request.Header.Get("Mine") != "1" || request.Header.Get("Content-Encoding") != "" {
			t.Errorf("headers %v", request.Header)
		}
	}
}
