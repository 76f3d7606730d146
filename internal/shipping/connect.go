package shipping

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// How a request that a receiver could not take for now is repeated. It also ends when the
// receiver's time for a batch does.
const (
	firstRetry  = 500 * time.Millisecond
	retryPause  = 5 * time.Second
	retryPeriod = 30 * time.Second
)

// newTransport returns the transport for all signals.
func newTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: len(signals()),
	}
}

// stay follows no redirect: the other place would get the headers.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// clientOf returns the HTTP client for a signal.
func (s *Shipper) clientOf(each signal) *http.Client {
	return &http.Client{
		Transport:     &listener{s.tallies[each], s.transport, s.ended},
		Timeout:       s.plan.timeout,
		CheckRedirect: stay,
	}
}

func (s *Shipper) newLogExporter(ctx context.Context) (sdklog.Exporter, error) {
	to, compression := s.plan.targets[logs], otlploghttp.NoCompression
	if s.plan.gzip {
		compression = otlploghttp.GzipCompression
	}
	return otlploghttp.New(ctx, otlploghttp.WithEndpointURL(to.url.String()), otlploghttp.WithHeaders(to.headers), otlploghttp.WithCompression(compression),
		otlploghttp.WithTimeout(s.plan.timeout), otlploghttp.WithHTTPClient(s.clientOf(logs)),
		otlploghttp.WithRetry(otlploghttp.RetryConfig{Enabled: true, InitialInterval: firstRetry, MaxInterval: retryPause, MaxElapsedTime: retryPeriod}))
}

func (s *Shipper) newMetricExporter(ctx context.Context) (sdkmetric.Exporter, error) {
	to, compression := s.plan.targets[metrics], otlpmetrichttp.NoCompression
	if s.plan.gzip {
		compression = otlpmetrichttp.GzipCompression
	}
	return otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(to.url.String()), otlpmetrichttp.WithHeaders(to.headers), otlpmetrichttp.WithCompression(compression),
		otlpmetrichttp.WithTimeout(s.plan.timeout), otlpmetrichttp.WithHTTPClient(s.clientOf(metrics)),
		otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{Enabled: true, InitialInterval: firstRetry, MaxInterval: retryPause, MaxElapsedTime: retryPeriod}))
}

func (s *Shipper) newSpanExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	to, compression := s.plan.targets[traces], otlptracehttp.NoCompression
	if s.plan.gzip {
		compression = otlptracehttp.GzipCompression
	}
	return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to.url.String()), otlptracehttp.WithHeaders(to.headers), otlptracehttp.WithCompression(compression),
		otlptracehttp.WithTimeout(s.plan.timeout), otlptracehttp.WithHTTPClient(s.clientOf(traces)),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: firstRetry, MaxInterval: retryPause, MaxElapsedTime: retryPeriod}))
}
