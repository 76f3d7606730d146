package main

import (
	"context"
	"os"

	"liftoff/internal/app"
	"liftoff/internal/config"
	"liftoff/internal/shipping"
	"liftoff/internal/telemetry"
)

// shippingSettings returns what the settings say of shipping telemetry.
func (p *process) shippingSettings(cfg config.Config, isLasting bool) shipping.Settings {
	settings := app.ShippingSettings(cfg, version())
	settings.IsLasting = isLasting
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
