package shipping

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	logspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracespb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"liftoff/internal/endpoint"
)

// maxAnswer is how many bytes of an answer are read, so that the connection can be used
// again. They mean nothing.
const maxAnswer = 4 << 10

// checkPatience is how long a receiver may take to answer a check.
const checkPatience = 5 * time.Second

// Reach is whether the receiver of a signal answers.
type Reach struct {
	// Signal is logs, metrics or traces, and Address where they go.
	Signal, Address string
	// Err is why they cannot; nil if they can. Next says what to do about it.
	Err  error
	Next string
}

// Check sends an empty report of each signal that is shipped, which receivers take and
// forget. It returns nothing if shipping is off, and what is wrong with the settings.
func Check(ctx context.Context, settings Settings) ([]Reach, []Problem) {
	p, problems := read(settings)
	p.timeout = min(p.timeout, checkPatience)
	client := &http.Client{Transport: newTransport(p.roots), Timeout: p.timeout, CheckRedirect: stay}
	defer client.CloseIdleConnections()
	shipped := slices.DeleteFunc(signals(), func(each signal) bool { _, isShipped := p.targets[each]; return !isShipped })
	found := make([]Reach, len(shipped))
	var group sync.WaitGroup
	for i, each := range shipped {
		group.Go(func() {
			to := p.targets[each]
			found[i] = Reach{Signal: each.word(), Address: withoutPath(to.url)}
			if to.isGRPC {
				found[i].Next, found[i].Err = askGRPC(ctx, p, each)
			} else {
				found[i].Next, found[i].Err = askHTTP(ctx, client, to)
			}
		})
	}
	group.Wait()
	return found, problems
}

// What to do about a receiver that does not take a report.
const (
	nextStart  = "start the receiver or change its address; runs go on without it"
	nextKey    = "check the key in OTEL_EXPORTER_OTLP_HEADERS"
	nextPath   = "check the path: a URL for logs alone must be whole, such as http://localhost:4318/v1/logs"
	nextFollow = "set the URL to where it leads"
	nextAnswer = "see what the receiver's own log says"
)

// nextAfter returns what to do about the status of an answer.
func nextAfter(status int) string {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return nextKey
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return nextPath
	case status < http.StatusBadRequest:
		return nextFollow
	default:
		return nextAnswer
	}
}

// withoutPath returns the scheme and the host of an address: a path may hold a token.
func withoutPath(address *url.URL) string { return address.Scheme + "://" + address.Host }

// askHTTP sends an empty report, and returns what to do about an error.
func askHTTP(ctx context.Context, client *http.Client, to target) (next string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url.String(), http.NoBody)
	if err != nil {
		return nextStart, fmt.Errorf("make the request: %w", err)
	}
	for name, value := range to.headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := client.Do(request)
	if err != nil {
		return nextStart, reasonOf(to, endpoint.Reason(err))
	}
	defer func() { _ = answer.Body.Close() }()                         // nothing was written
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // the status says it all
	if answer.StatusCode >= http.StatusMultipleChoices {
		return nextAfter(answer.StatusCode), reasonOf(to, fmt.Sprintf("it answers with status %d", answer.StatusCode))
	}
	return "", nil
}

// askGRPC is askHTTP over gRPC.
func askGRPC(ctx context.Context, p plan, each signal) (next string, err error) {
	to := p.targets[each]
	conn, err := dial(p, to)
	if err != nil {
		return nextStart, reasonOf(to, err.Error())
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
	switch status.Code(err) {
	case codes.OK:
		return "", nil
	case codes.Unauthenticated, codes.PermissionDenied:
		return nextKey, reasonOf(to, grpcReason(err))
	case codes.Unavailable, codes.DeadlineExceeded:
		return nextStart, reasonOf(to, grpcReason(err))
	default:
		return nextAnswer, reasonOf(to, grpcReason(err))
	}
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
