package shipping

import (
	"context"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// ShipsMetrics reports whether metrics are shipped.
func (s *Shipper) ShipsMetrics() bool { return s != nil && s.tallies[metrics] != nil }

// CollectFrom ships metrics each minute, and once more at the end. refresh is called
// before each time, until the returned function is called; nil if nothing has to be.
func (s *Shipper) CollectFrom(ctx context.Context, gatherer prometheus.Gatherer, refresh func(context.Context)) (freeze func(context.Context), err error) {
	if !s.ShipsMetrics() {
		return func(context.Context) {}, nil
	}
	exporter, err := s.newMetricExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("prepare the shipping of metrics: %w", err)
	}
	producer := &refreshed{Producer: bridge.NewMetricProducer(bridge.WithGatherer(gatherer)), refresh: refresh}
	reader := sdkmetric.NewPeriodicReader(metricExporter{exporter, s.tallies[metrics]},
		sdkmetric.WithInterval(metricInterval), sdkmetric.WithTimeout(s.plan.timeout), sdkmetric.WithProducer(producer))
	s.metrics = sdkmetric.NewMeterProvider(sdkmetric.WithResource(s.resource), sdkmetric.WithReader(reader))
	return producer.freeze, nil
}

// refreshed is a producer of metrics that are refreshed before.
type refreshed struct {
	sdkmetric.Producer

	mutex   sync.Mutex
	refresh func(context.Context)
}

// Produce refreshes and returns the metrics.
func (r *refreshed) Produce(ctx context.Context) ([]metricdata.ScopeMetrics, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.refresh != nil {
		r.refresh(ctx)
	}
	return r.Producer.Produce(ctx)
}

// freeze refreshes once more, and then never again.
func (r *refreshed) freeze(ctx context.Context) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.refresh != nil {
		r.refresh(ctx)
	}
	r.refresh = nil
}
