package shipping_test

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"liftoff/internal/shipping"
	"liftoff/internal/testkit/programtest"
)

// receiver is an HTTP server that reads what is shipped to it. Receivers of others are
// in e2e/shipping; this one shows each request, and misbehaves when it is told to.
type receiver struct {
	*httptest.Server

	// answer answers instead of taking a request, if it is set.
	answer http.HandlerFunc

	mutex    sync.Mutex
	requests []*http.Request
	sizes    []int
	records  []*logspb.LogRecord
	metrics  []string
	spans    []string
	resource []*commonpb.KeyValue
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP takes a request.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body) // a torn request has no sense, which Unmarshal says
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.requests, r.sizes = append(r.requests, request), append(r.sizes, len(body))
	if r.answer != nil {
		r.mutex.Unlock()
		defer r.mutex.Lock()
		r.answer(w, request)
		return
	}
	var err error
	switch {
	case strings.HasSuffix(request.URL.Path, "/v1/logs"):
		err = r.takeLogs(body)
	case strings.HasSuffix(request.URL.Path, "/v1/metrics"):
		err = r.takeMetrics(body)
	case strings.HasSuffix(request.URL.Path, "/v1/traces"):
		err = r.takeSpans(body)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
}

func (r *receiver) takeLogs(body []byte) error {
	var report collogs.ExportLogsServiceRequest
	if err := proto.Unmarshal(body, &report); err != nil {
		return err
	}
	for _, resource := range report.ResourceLogs {
		r.resource = resource.Resource.GetAttributes()
		for _, scope := range resource.ScopeLogs {
			r.records = append(r.records, scope.LogRecords...)
		}
	}
	return nil
}

func (r *receiver) takeMetrics(body []byte) error {
	var report colmetrics.ExportMetricsServiceRequest
	if err := proto.Unmarshal(body, &report); err != nil {
		return err
	}
	for _, resource := range report.ResourceMetrics {
		for _, scope := range resource.ScopeMetrics {
			for _, metric := range scope.Metrics {
				r.metrics = append(r.metrics, metric.Name)
			}
		}
	}
	return nil
}

func (r *receiver) takeSpans(body []byte) error {
	var report coltraces.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &report); err != nil {
		return err
	}
	for _, resource := range report.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				r.spans = append(r.spans, span.Name)
			}
		}
	}
	return nil
}

// settingsFor returns settings that ship everything to a URL.
func settingsFor(url string) shipping.Settings {
	return shipping.Settings{
		Endpoint: url, Version: "test", Origin: func(variable string) string { return variable },
		Authorities: func() (*x509.CertPool, error) { return nil, nil },
	}
}

// newShipper returns a Shipper, and what it logs about itself.
func newShipper(t *testing.T, settings shipping.Settings) (*shipping.Shipper, *programtest.Output) {
	t.Helper()
	shipper, problems := shipping.New(t.Context(), settings)
	if shipper == nil || len(problems) > 0 {
		t.Fatalf("New() = %v, problems %v", shipper, problems)
	}
	heard := &programtest.Output{}
	shipper.TellTo(slog.New(slog.NewTextHandler(heard, nil)))
	return shipper, heard
}

// silent never answers, until the client has gone or the test ends.
func silent(t *testing.T) http.HandlerFunc {
	t.Helper()
	ended, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	return func(_ http.ResponseWriter, request *http.Request) {
		select {
		case <-request.Context().Done():
		case <-ended.Done():
		}
	}
}
