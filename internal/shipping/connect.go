package shipping

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
)

// How a request that a receiver could not take for now is repeated. It also ends when the
// receiver's time for a batch does.
//
//nolint:gochecknoglobals // never changes
var retry = otlploghttp.RetryConfig{Enabled: true, InitialInterval: 500 * time.Millisecond, MaxInterval: 5 * time.Second, MaxElapsedTime: 30 * time.Second}

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
		Transport:     &httpObserver{s.tallies[each], s.transport, s.settings.IsLasting, s.ended},
		Timeout:       s.plan.timeout,
		CheckRedirect: stay,
	}
}

// dial returns the connection for a signal that goes over gRPC. It connects when the
// first request is sent.
func (s *Shipper) dial(each signal) (*grpc.ClientConn, error) {
	conn, err := dial(s.plan, s.plan.targets[each], grpc.WithUnaryInterceptor((&grpcObserver{s.tallies[each], s.ended}).call))
	if err == nil {
		s.conns = append(s.conns, conn)
	}
	return conn, err
}

func dial(p plan, to target, options ...grpc.DialOption) (*grpc.ClientConn, error) {
	security := insecure.NewCredentials()
	if to.url.Scheme == "https" {
		security = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.roots})
	}
	options = append(options, grpc.WithTransportCredentials(security))
	if p.gzip {
		options = append(options, grpc.WithDefaultCallOptions(grpc.UseCompressor(gzip.Name)))
	}
	host := to.url.Host
	if to.url.Port() == "" {
		host = net.JoinHostPort(to.url.Hostname(), grpcPort)
	}
	conn, err := grpc.NewClient(host, options...)
	if err != nil {
		return nil, errors.New("its host cannot be used") // the error names it
	}
	return conn, nil
}

func (s *Shipper) newLogExporter(ctx context.Context) (sdklog.Exporter, error) {
	to, compression := s.plan.targets[logs], otlploghttp.NoCompression
	if s.plan.gzip {
		compression = otlploghttp.GzipCompression
	}
	if to.isGRPC {
		conn, err := s.dial(logs)
		if err != nil {
			return nil, err
		}
		return otlploggrpc.New(ctx, otlploggrpc.WithGRPCConn(conn), otlploggrpc.WithHeaders(to.headers), otlploggrpc.WithTimeout(s.plan.timeout),
			otlploggrpc.WithRetry(otlploggrpc.RetryConfig(retry)))
	}
	return otlploghttp.New(ctx, otlploghttp.WithEndpointURL(to.url.String()), otlploghttp.WithHeaders(to.headers), otlploghttp.WithCompression(compression),
		otlploghttp.WithTimeout(s.plan.timeout), otlploghttp.WithHTTPClient(s.clientOf(logs)),
		otlploghttp.WithRetry(retry))
}

func (s *Shipper) newMetricExporter(ctx context.Context) (sdkmetric.Exporter, error) {
	to, compression := s.plan.targets[metrics], otlpmetrichttp.NoCompression
	if s.plan.gzip {
		compression = otlpmetrichttp.GzipCompression
	}
	if to.isGRPC {
		conn, err := s.dial(metrics)
		if err != nil {
			return nil, err
		}
		return otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithGRPCConn(conn), otlpmetricgrpc.WithHeaders(to.headers), otlpmetricgrpc.WithTimeout(s.plan.timeout),
			otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig(retry)))
	}
	return otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(to.url.String()), otlpmetrichttp.WithHeaders(to.headers), otlpmetrichttp.WithCompression(compression),
		otlpmetrichttp.WithTimeout(s.plan.timeout), otlpmetrichttp.WithHTTPClient(s.clientOf(metrics)),
		otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig(retry)))
}

func (s *Shipper) newSpanExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	to, compression := s.plan.targets[traces], otlptracehttp.NoCompression
	if s.plan.gzip {
		compression = otlptracehttp.GzipCompression
	}
	if to.isGRPC {
		conn, err := s.dial(traces)
		if err != nil {
			return nil, err
		}
		return otlptracegrpc.New(ctx, otlptracegrpc.WithGRPCConn(conn), otlptracegrpc.WithHeaders(to.headers), otlptracegrpc.WithTimeout(s.plan.timeout),
			otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig(retry)))
	}
	return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to.url.String()), otlptracehttp.WithHeaders(to.headers), otlptracehttp.WithCompression(compression),
		otlptracehttp.WithTimeout(s.plan.timeout), otlptracehttp.WithHTTPClient(s.clientOf(traces)),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig(retry)))
}
