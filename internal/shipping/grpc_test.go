package shipping_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"liftoff/internal/shipping"
)

// called is a receiver over gRPC that notes what it is called with.
type called struct {
	collogs.UnimplementedLogsServiceServer
	colmetrics.UnimplementedMetricsServiceServer
	coltraces.UnimplementedTraceServiceServer

	// answer answers instead of taking a report, if it is set.
	answer func(context.Context) error

	mutex   sync.Mutex
	logs    int
	metrics int
	spans   int
	keys    []string
}

// startCalled starts the receiver and returns its address.
func startCalled(t *testing.T, answer func(context.Context) error) (*called, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &called{answer: answer}
	server := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if c.answer != nil {
			return nil, c.answer(ctx)
		}
		c.mutex.Lock()
		defer c.mutex.Unlock()
		headers, _ := metadata.FromIncomingContext(ctx) // none are no keys
		c.keys = append(c.keys, headers.Get("api-key")...)
		return next(ctx, request)
	}))
	collogs.RegisterLogsServiceServer(server, c)
	colmetrics.RegisterMetricsServiceServer(server, metricsOf{called: c})
	coltraces.RegisterTraceServiceServer(server, tracesOf{called: c})
	var group sync.WaitGroup
	group.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() { server.Stop(); group.Wait() })
	return c, "http://" + listener.Addr().String()
}

// Export takes log records.
func (c *called) Export(_ context.Context, report *collogs.ExportLogsServiceRequest) (*collogs.ExportLogsServiceResponse, error) {
	for _, resource := range report.ResourceLogs {
		for _, scope := range resource.ScopeLogs {
			c.logs += len(scope.LogRecords)
		}
	}
	return &collogs.ExportLogsServiceResponse{}, nil
}

type metricsOf struct {
	colmetrics.UnimplementedMetricsServiceServer

	called *called
}

// Export takes metrics.
func (m metricsOf) Export(_ context.Context, report *colmetrics.ExportMetricsServiceRequest) (*colmetrics.ExportMetricsServiceResponse, error) {
	m.called.metrics += len(report.ResourceMetrics)
	return &colmetrics.ExportMetricsServiceResponse{}, nil
}

type tracesOf struct {
	coltraces.UnimplementedTraceServiceServer

	called *called
}

// Export takes spans.
func (s tracesOf) Export(_ context.Context, report *coltraces.ExportTraceServiceRequest) (*coltraces.ExportTraceServiceResponse, error) {
	s.called.spans += len(report.ResourceSpans)
	return &coltraces.ExportTraceServiceResponse{}, nil
}

func TestGRPC_AllThreeSignalsArrive(t *testing.T) {
	to, address := startCalled(t, nil)
	settings := settingsFor(address)
	settings.Protocol, settings.Headers, settings.Compression = "grpc", "api-key=k", "gzip"
	shipper, heard := newShipper(t, settings)
	shipper.Logs()(t.Context(), lineAt(time.Now(), "one"))
	_, span := shipper.Tracer().Tracer("test").Start(t.Context(), "run")
	span.End()
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "liftoff_run_pages"}))
	if _, err := shipper.CollectFrom(t.Context(), registry, nil); err != nil {
		t.Fatal(err)
	}
	shipper.Close(t.Context())
	if to.logs != 1 || to.metrics != 1 || to.spans != 1 || strings.Join(to.keys, ",") != "k,k,k" || heard.String() != "" {
		t.Errorf("%d logs, %d metrics and %d spans arrived, with the keys %q, and it says %q", to.logs, to.metrics, to.spans, to.keys, heard)
	}
	reached, problems := shipping.Check(t.Context(), settings)
	if len(reached) != 3 || len(problems) != 0 {
		t.Fatalf("Check() = %v, %v", reached, problems)
	}
	for _, each := range reached {
		if each.Err != nil || each.Address != address {
			t.Errorf("%+v", each)
		}
	}
}

func TestGRPC_AReceiverInTroubleCostsASecondAndOneWarning(t *testing.T) {
	t.Parallel()
	says := func(code codes.Code) func(context.Context) error {
		return func(context.Context) error { return status.Error(code, "your key CanaryKey is refused") }
	}
	for name, trouble := range map[string]struct {
		answer func(context.Context) error
		url    string
		want   string
	}{
		"refused":         {nil, "http://127.0.0.1:1", "it cannot be reached"},
		"unauthenticated": {says(codes.Unauthenticated), "", "it answers with the gRPC status Unauthenticated"},
		"exhausted":       {says(codes.ResourceExhausted), "", "it answers with the gRPC status ResourceExhausted"},
		"unavailable":     {says(codes.Unavailable), "", "it cannot be reached, or is not ready"},
		"hangs":           {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, "", "no answer in time"},
		"not over TLS":    {nil, "https", "it cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, address := startCalled(t, trouble.answer)
			switch trouble.url {
			case "":
			case "https":
				address = strings.Replace(address, "http:", "https:", 1)
			default:
				address = trouble.url
			}
			settings := settingsFor(address)
			settings.Protocol, settings.Headers = "GRPC", "api-key=CanaryKey"
			settings.Metrics.Exporter, settings.Traces.Exporter = "none", "none"
			shipper, heard := newShipper(t, settings)
			for i := range 100 {
				shipper.Logs()(t.Context(), lineAt(time.Now(), "line", slog.Int("n", i)))
			}
			began := time.Now()
			shipper.Close(t.Context())
			if took := time.Since(began); took > 1500*time.Millisecond {
				t.Errorf("Close took %s, want a second at most", took)
			}
			text := heard.String()
			if strings.Count(text, "\n") != 1 || !strings.Contains(text, `logs="100 of 100"`) || !strings.Contains(text, trouble.want) {
				t.Errorf("it says %q, want one line with 100 of 100 and %q", text, trouble.want)
			}
			if strings.Contains(text, "Canary") || strings.Contains(text, "127.0.0.1") {
				t.Errorf("it repeats a secret or an address: %q", text)
			}
		})
	}
}

// Two receivers on the wrong ports are the most usual mistake.
func TestCheck_TheWrongPortIsNamed(t *testing.T) {
	for url, each := range map[string]struct{ protocol, want string }{
		"http://127.0.0.1:4317": {"", "4317 is the port for gRPC"},
		"http://127.0.0.1:4318": {"grpc", "4318 is the port for HTTP"},
	} {
		settings := settingsFor(url)
		settings.Protocol, settings.Timeout = each.protocol, "500"
		reached, _ := shipping.Check(t.Context(), settings)
		if len(reached) != 3 || reached[0].Err == nil || !strings.Contains(reached[0].Err.Error(), each.want) {
			t.Errorf("%s: Check() = %+v, want %q", url, reached, each.want)
		}
	}
}
