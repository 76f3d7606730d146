package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
	"liftoff/internal/shipping"
	"liftoff/internal/span"
	"liftoff/internal/telemetry"
)

// shippingSettings returns what the settings say of shipping telemetry.
func (p *process) shippingSettings(cfg config.Config, isLasting bool) shipping.Settings {
	settings := app.ShippingSettings(cfg, version())
	settings.IsLasting, settings.Next = isLasting, p.asCalled("`liftoff doctor` asks the receiver")
	settings.Host, _ = os.Hostname() // without it, the name is left out
	return settings
}

// reportShipping warns of settings that cannot be used, and lets the shipper warn of
// trouble.
func (p *process) reportShipping(ctx context.Context, problems []shipping.Problem) {
	logger := p.logger.With(telemetry.ComponentKey, "shipping")
	shipping.Warn(ctx, logger, problems)
	p.shipper.TellTo(logger)
}

// traced does the work of a command in a span, if traces are shipped. A worker's runs
// have a trace each: its own would last for weeks.
func (p *process) traced(ctx context.Context, cmd *cobra.Command, do func(context.Context) error) (err error) {
	provider := p.shipper.Tracer()
	if provider == nil {
		return do(ctx)
	}
	ctx = span.WithProvider(ctx, provider)
	if p.shipper.IsLasting() {
		return do(ctx)
	}
	ctx, own := span.Start(ctx, cmd.Name())
	defer own.End(&err)
	p.trace = ctx
	return do(ctx)
}
