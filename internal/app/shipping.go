package app

import (
	"context"
	"crypto/x509"
	"errors"

	"liftoff/internal/config"
	"liftoff/internal/metrics"
	"liftoff/internal/shipping"
)

// ShippingSettings returns the settings of OpenTelemetry.
func ShippingSettings(cfg config.Config, version string) shipping.Settings {
	return shipping.Settings{
		Endpoint: cfg.OTLPEndpoint, Headers: cfg.OTLPHeaders.Reveal(), Protocol: cfg.OTLPProtocol,
		Timeout: cfg.OTLPTimeout, Compression: cfg.OTLPCompression, Disabled: cfg.OTelDisabled,
		ServiceName: cfg.OTelServiceName, ResourceAttributes: cfg.OTelResourceAttributes,
		Logs:    shipping.SignalSettings{Endpoint: cfg.OTLPLogsEndpoint, Headers: cfg.OTLPLogsHeaders.Reveal(), Protocol: cfg.OTLPLogsProtocol, Exporter: cfg.OTelLogsExporter},
		Metrics: shipping.SignalSettings{Endpoint: cfg.OTLPMetricsEndpoint, Headers: cfg.OTLPMetricsHeaders.Reveal(), Protocol: cfg.OTLPMetricsProtocol, Exporter: cfg.OTelMetricsExporter},
		Traces:  shipping.SignalSettings{Endpoint: cfg.OTLPTracesEndpoint, Headers: cfg.OTLPTracesHeaders.Reveal(), Protocol: cfg.OTLPTracesProtocol, Exporter: cfg.OTelTracesExporter},
		Authorities: func() (*x509.CertPool, error) {
			pool, err := certificatePool(cfg.Origin("OTEL_EXPORTER_OTLP_CERTIFICATE"), cfg.OTLPCertificate)
			if err != nil {
				return nil, errors.New("it must be a PEM file with certificates that this user can read")
			}
			return pool, nil
		},
		Origin: func(variable string) string {
			if variable == "OTEL_EXPORTER_OTLP_HEADERS" && cfg.OTLPHeadersFile != "" {
				variable += "_FILE"
			}
			return cfg.Origin(variable)
		},
		Version: version,
	}
}

// shipMetrics ships what is collected until the App is stopped, which refreshes it once
// more; refresh is nil if nobody has to.
func (a *App) shipMetrics(ctx context.Context, collected *metrics.Metrics, refresh func(context.Context)) {
	freeze, err := a.Shipper.CollectFrom(ctx, collected.Gatherer(), refresh)
	if err != nil {
		a.Logger.WarnContext(ctx, "The metrics cannot be shipped.", "error", err.Error())
		return
	}
	a.onStop("the shipping of metrics", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverPatience)
		defer cancel()
		freeze(ctx)
		return nil
	})
}
