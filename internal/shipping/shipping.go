// Package shipping ships logs, metrics and traces by OpenTelemetry (OTLP). It is
// off unless an endpoint is set; then nothing is connected to. It never changes a run or
// its exit code: it sends in the background, the end of the program waits for one second
// at most, and what could not be sent is counted and said.
package shipping

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
)

const (
	// scope is what the records, metrics and spans come from.
	scope = "liftoff"
	// patience is how long the end of the program waits for all that is on its way.
	patience = time.Second
	// maxQueue is how many records, and how many spans, wait to be sent. With more the
	// oldest records and the newest spans are dropped.
	maxQueue = 20_480
	// maxBatch is how many of them are sent together, and interval how long they wait for
	// more.
	maxBatch = 1_024
	interval = time.Second
	// metricInterval is the time from one report of metrics to the next.
	metricInterval = time.Minute
)

// Shipper ships what is handed to it. A nil Shipper does nothing. It is safe for
// concurrent use.
type Shipper struct {
	plan      plan
	settings  Settings
	transport *http.Transport
	conns     []*grpc.ClientConn
	resource  *resource.Resource
	tallies   map[signal]*tally

	log     log.Logger
	logs    *sdklog.LoggerProvider
	traces  *sdktrace.TracerProvider
	metrics *sdkmetric.MeterProvider

	// ended ends with end, which Close calls.
	ended context.Context //nolint:containedctx // the SDK gives its requests contexts of its own
	end   context.CancelFunc

	// logger hears of trouble; nil before TellTo.
	logger atomic.Pointer[slog.Logger]
}

// New returns a Shipper for what the settings say, and what is wrong with them; nil if
// nothing is to be shipped. It sends nothing yet. Close must be called.
func New(ctx context.Context, settings Settings) (*Shipper, []Problem) {
	p, problems := read(settings)
	if len(p.targets) == 0 {
		return nil, problems
	}
	// The SDK's own messages hold addresses and answers; what matters is counted here.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {}))
	otel.SetLogger(logr.Discard())
	s := &Shipper{
		plan: p, settings: settings, resource: resource.NewSchemaless(p.resource...), tallies: map[signal]*tally{},
		transport: newTransport(p.roots),
	}
	s.ended, s.end = context.WithCancel(context.WithoutCancel(ctx))
	for _, each := range signals() {
		if _, isShipped := p.targets[each]; !isShipped {
			continue
		}
		s.tallies[each] = &tally{signal: each, changed: s.tellChange}
		if err := s.open(ctx, each); err != nil {
			delete(s.tallies, each)
			problems = append(problems, Problem{settings.Origin(variablePrefix + "ENDPOINT"), err, "no " + each.word() + " are shipped"})
		}
	}
	return s, problems
}

// open makes the provider of a signal, or what it needs until there is one.
func (s *Shipper) open(ctx context.Context, each signal) error {
	switch each {
	case logs:
		exporter, err := s.newLogExporter(ctx)
		if err != nil {
			return err
		}
		batches := sdklog.NewBatchProcessor(logExporter{exporter, s.tallies[logs]},
			sdklog.WithMaxQueueSize(maxQueue), sdklog.WithExportMaxBatchSize(maxBatch), sdklog.WithExportInterval(interval), sdklog.WithExportTimeout(s.plan.timeout))
		s.logs = sdklog.NewLoggerProvider(sdklog.WithResource(s.resource), sdklog.WithProcessor(countedLogs{batches, s.tallies[logs]}))
		s.log = s.logs.Logger(scope)
	case traces:
		exporter, err := s.newSpanExporter(ctx)
		if err != nil {
			return err
		}
		batches := sdktrace.NewBatchSpanProcessor(spanExporter{exporter, s.tallies[traces]},
			sdktrace.WithMaxQueueSize(maxQueue), sdktrace.WithMaxExportBatchSize(maxBatch), sdktrace.WithBatchTimeout(interval), sdktrace.WithExportTimeout(s.plan.timeout))
		s.traces = sdktrace.NewTracerProvider(sdktrace.WithResource(s.resource), sdktrace.WithSampler(sdktrace.AlwaysSample()),
			sdktrace.WithSpanProcessor(countedSpans{batches, s.tallies[traces]}))
	default: // metrics, in CollectFrom
	}
	return nil
}

// Warn logs what is wrong with the settings.
func Warn(ctx context.Context, logger *slog.Logger, problems []Problem) {
	for _, problem := range problems {
		logger.WarnContext(ctx, "A setting for OpenTelemetry cannot be used; runs are not affected.",
			"setting", problem.Setting, "error", problem.Err.Error(), "effect", problem.Effect)
	}
}

// TellTo names the logger for trouble with shipping.
func (s *Shipper) TellTo(logger *slog.Logger) {
	if s != nil {
		s.logger.Store(logger)
	}
}

// IsLasting is that of the settings.
func (s *Shipper) IsLasting() bool { return s.settings.IsLasting }

// Tracer returns what makes spans; nil if none are shipped.
func (s *Shipper) Tracer() trace.TracerProvider {
	if s == nil || s.traces == nil {
		return nil
	}
	return s.traces
}

// tellChange tells that deliveries fail, or work again. At the end of the process Close
// tells it.
func (s *Shipper) tellChange(t *tally, isFailing bool) {
	logger := s.logger.Load()
	if !s.settings.IsLasting || logger == nil {
		return
	}
	if isFailing {
		logger.Warn("Telemetry cannot be shipped; runs are not affected.", "signal", t.signal.word(), "error", t.why(), "next", s.settings.Next)
		return
	}
	logger.Info("Telemetry is shipped again.", "signal", t.signal.word(), "lost", t.failed.Swap(0))
}

// Close sends what is left, for one second at most, and warns if anything was lost. What
// is logged later is not shipped.
func (s *Shipper) Close(ctx context.Context) {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var group sync.WaitGroup
	for _, stop := range []func(context.Context) error{s.stopLogs, s.stopTraces, s.stopMetrics} {
		group.Go(func() { _ = stop(ctx) }) // what was lost is counted
	}
	group.Wait()
	s.tellLoss(ctx)
	s.end()
	s.transport.CloseIdleConnections()
	for _, conn := range s.conns {
		_ = conn.Close() // nothing is on its way
	}
}

func (s *Shipper) stopLogs(ctx context.Context) error {
	if s.logs == nil {
		return nil
	}
	return s.logs.Shutdown(ctx)
}

func (s *Shipper) stopTraces(ctx context.Context) error {
	if s.traces == nil {
		return nil
	}
	return s.traces.Shutdown(ctx)
}

func (s *Shipper) stopMetrics(ctx context.Context) error {
	if s.metrics == nil {
		return nil
	}
	return s.metrics.Shutdown(ctx)
}

// tellLoss warns of what was lost.
func (s *Shipper) tellLoss(ctx context.Context) {
	logger := s.logger.Load()
	if logger == nil {
		return
	}
	var attrs []any
	var reasons []string
	for _, each := range signals() {
		t := s.tallies[each]
		if t == nil {
			continue
		}
		if lost := t.lost(); lost > 0 {
			attrs = append(attrs, each.word(), fmt.Sprintf("%d of %d", lost, t.given.Load()))
			if why := t.why(); !slices.Contains(reasons, why) {
				reasons = append(reasons, why)
			}
		}
	}
	if len(attrs) == 0 {
		return
	}
	logger.WarnContext(ctx, "Not all telemetry was shipped; runs are not affected.", append(attrs, "error", strings.Join(reasons, "; "), "next", s.settings.Next)...)
}
