package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
	"liftoff/internal/telemetry"
)

// newDBHoldCommand is the process that keeps the server up. Only `db start` calls it.
func newDBHoldCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use:    "hold",
		Hidden: true,
		Short:  "Keep the server up; for \"liftoff db start\" only",
		RunE:   func(cmd *cobra.Command, _ []string) error { return p.hold(cmd.Context()) },
	}
}

// hold keeps the server up until a signal arrives. After SIGINT it waits for other
// liftoff commands that use the server, after SIGTERM and SIGHUP it does not: the
// machine may be shutting down.
func (p *process) hold(ctx context.Context) error {
	p.keepHeapSmall()
	request, err := app.ReadHoldRequest(p.stdin)
	if err != nil {
		return err
	}
	console := app.NewHoldConsole(p.stderr)
	p.setLogger(telemetry.Options{Level: telemetry.Level(request.LogLevel), JSON: request.LogFormat == "json", Console: console})
	now, release := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	soon, release := signal.NotifyContext(now, syscall.SIGINT)
	defer release()
	return p.newApp(config.Config{}).Hold(soon, now, request, console)
}
