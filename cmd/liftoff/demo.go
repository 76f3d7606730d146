package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newDemoCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:     "demo",
		Short:   "Run the whole pipeline with nothing to install",
		GroupID: groupRun,
		Long: `Starts the embedded PostgreSQL, fetches all launches from the live API (or from
the built-in replay if the API does not answer within a few seconds), stores
them, creates the aggregate view, runs the analytics and says what to try next.`,
		Example: `  liftoff demo
  liftoff demo --embedded-archive postgres.jar     without a network`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Demo(ctx) }, config.GroupDemo, config.GroupOutput, config.GroupQueries, config.GroupSource, config.GroupIngest, config.GroupEmbedded, config.GroupSynthetic)
}
