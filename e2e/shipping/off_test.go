package shipping_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/programtest"
)

// watchDefaults listens where the SDK would send to by itself, and counts.
func watchDefaults(t *testing.T) *atomic.Int64 {
	t.Helper()
	var connections atomic.Int64
	for _, address := range []string{"127.0.0.1:4317", "127.0.0.1:4318", "[::1]:4317", "[::1]:4318"} {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil && strings.HasPrefix(address, "[") {
			continue // a machine without IPv6
		}
		if err != nil {
			t.Fatalf("the port must be free for this test: %v", err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return // the test is over
				}
				connections.Add(1)
				_ = conn.Close()
			}
		}()
	}
	return &connections
}

// Nothing is connected to unless an endpoint is set and usable. The run is as usual, and
// what cannot be used is a warning.
func TestShipping_OffConnectsToNothing(t *testing.T) {
	connections := watchDefaults(t)
	api := clitest.StartReplay(t)
	for _, test := range []struct {
		name     string
		settings []string
		// says is in the one warning; "" for none.
		says string
	}{
		{"no setting", nil, ""},
		{"an empty endpoint", []string{"OTEL_EXPORTER_OTLP_ENDPOINT="}, ""},
		{"the other settings alone", []string{"OTEL_SERVICE_NAME=x", "OTEL_EXPORTER_OTLP_HEADERS=a=b", "OTEL_LOGS_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, ""},
		{"switched off", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_SDK_DISABLED=true"}, ""},
		{"no signal", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_LOGS_EXPORTER=none", "OTEL_METRICS_EXPORTER=none", "OTEL_TRACES_EXPORTER=none"}, ""},
		{"a malformed endpoint", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=::bad"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"no scheme", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"another scheme", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=grpc://localhost:4317"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"a malformed endpoint for gRPC", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"no host", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"another protocol", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json"}, "OTEL_EXPORTER_OTLP_PROTOCOL"},
		{"authorities that cannot be read", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_EXPORTER_OTLP_CERTIFICATE=nothing.pem"}, "OTEL_EXPORTER_OTLP_CERTIFICATE"},
		{"malformed headers", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_EXPORTER_OTLP_HEADERS=key"}, "OTEL_EXPORTER_OTLP_HEADERS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := connections.Load()
			r := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+api).With(test.settings...).Succeed(t, "ingest")
			wantOff(t, r, test.says)
			if n := connections.Load() - before; n != 0 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// wantOff wants one warning that names a setting, or none for "".
func wantOff(t *testing.T, r clitest.Result, says string) {
	t.Helper()
	want := 0
	if says != "" {
		want = 1
	}
	if n := strings.Count(r.Stderr, " - WARNING - "); n != want || !strings.Contains(r.Stderr, says) {
		t.Errorf("%d warnings, want %d that says %q:\n%s", n, want, says, r.Stderr)
	}
}

// Commands that do no run ship nothing: what they print is their result.
func TestShipping_OnlyRunsShip(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest")
	shipping := u.With("OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url)
	for _, command := range [][]string{{"analyze"}, {"runs"}, {"status"}, {"version"}} {
		shipping.Succeed(t, command...)
	}
	c.Stop()
	if got := c.received(t, "logs") + c.received(t, "metrics") + c.received(t, "traces"); got != "" {
		t.Errorf("something was shipped:\n%s", programtest.End(got))
	}
}

// The doctor says whether the receiver takes each signal, with the header.
func TestShipping_TheDoctorAsksTheReceiver(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t), canaryHeaders)
	u.Succeed(t, "ingest", "--all")
	u.With("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url).Succeed(t, "doctor")
	forbidden := startFaulty(t, answering(401))
	r := u.With("OTEL_EXPORTER_OTLP_ENDPOINT="+forbidden.url).Run(t, "doctor")
	if r.Code == 0 || !strings.Contains(r.Stdout, "status 401") || strings.Contains(r.Stdout+r.Stderr, canary) {
		t.Errorf("exit code %d for a receiver that refuses:\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
}
