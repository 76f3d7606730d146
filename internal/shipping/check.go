package shipping

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	logspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracespb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc/metadata"

	"liftoff/internal/endpoint"
)

// maxAnswer is how many bytes of an answer are read, so that the connection can be used
// again. They mean nothing.
const maxAnswer = 4 << 10

// Reach is whether the receiver of a signal answers.
type Reach struct {
	// Signal is logs, metrics or traces, and Address where they go.
	Signal, Address string
	// Err is why they cannot; nil if they can.
	Err error
}

// Check sends an empty report of each signal that is shipped, which receivers take and
// forget. It returns nothing if shipping is off, and what is wrong with the settings.
func Check(ctx context.Context, settings Settings) ([]Reach, []Problem) {
	p, problems := read(settings)
	var found []Reach
	transport := newTransport(p.roots)
	defer transport.CloseIdleConnections()
	for _, each := range signals() {
		if to, isShipped := p.targets[each]; isShipped {
			client := &http.Client{Transport: transport, Timeout: p.timeout, CheckRedirect: stay}
			ask := func() error { return askHTTP(ctx, client, to) }
			if to.isGRPC {
				ask = func() error { return askGRPC(ctx, p, each) }
			}
			found = append(found, Reach{each.word(), withoutPath(to.url), ask()})
		}
	}
	return found, problems
}

// withoutPath returns the scheme and the host of an address: a path may hold a token.
func withoutPath(address *url.URL) string { return address.Scheme + "://" + address.Host }

// askHTTP sends an empty report.
func askHTTP(ctx context.Context, client *http.Client, to target) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url.String(), http.NoBody)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	for name, value := range to.headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := client.Do(request)
	if err != nil {
		return reasonOf(to, endpoint.Reason(err))
	}
	defer func() { _ = answer.Body.Close() }()                         // nothing was written
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // the status says it all
	if answer.StatusCode >= http.StatusMultipleChoices {
		return reasonOf(to, fmt.Sprintf("it answers with status %d", answer.StatusCode))
	}
	return nil
}

// askGRPC sends an empty report.
func askGRPC(ctx context.Context, p plan, each signal) error {
	to := p.targets[each]
	conn, err := dial(p, to)
	if err != nil {
		return reasonOf(to, err.Error())
	}
	defer func() { _ = conn.Close() }() // nothing is on its way
	ctx, cancel := context.WithTimeout(metadata.NewOutgoingContext(ctx, metadata.New(to.headers)), p.timeout)
	defer cancel()
	switch each {
	case logs:
		_, err = logspb.NewLogsServiceClient(conn).Export(ctx, &logspb.ExportLogsServiceRequest{})
	case metrics:
		_, err = metricspb.NewMetricsServiceClient(conn).Export(ctx, &metricspb.ExportMetricsServiceRequest{})
	default:
		_, err = tracespb.NewTraceServiceClient(conn).Export(ctx, &tracespb.ExportTraceServiceRequest{})
	}
	if err != nil {
		return reasonOf(to, grpcReason(err))
	}
	return nil
}

// The ports of receivers, by custom.
const (
	grpcPort = "4317"
	httpPort = "4318"
)

// reasonOf returns a reason as an error, with what may be wrong with the address.
func reasonOf(to target, reason string) error {
	switch port := to.url.Port(); {
	case port == grpcPort && !to.isGRPC:
		reason += "; " + grpcPort + " is the port for gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or the port for HTTP, " + httpPort
	case port == httpPort && to.isGRPC:
		reason += "; " + httpPort + " is the port for HTTP, that for gRPC is " + grpcPort
	}
	return fmt.Errorf("the receiver: %s", reason)
}
