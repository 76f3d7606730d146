package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newPsqlCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:     "psql [-- ARGUMENT...]",
		Short:   "Open psql on the database, and start the embedded one if needed",
		GroupID: groupDatabase,
		Long: `Starts psql, which must be installed, on the configured or the embedded database
and passes all arguments after -- to it. The environment carries the password.`,
		Args: cobra.ArbitraryArgs,
		Example: `  liftoff psql
  liftoff psql -- -c 'SELECT * FROM launch_aggregates_view'`,
	}, func(ctx context.Context, a *app.App, args []string) error { return a.Psql(ctx, args) }, config.GroupDatabase, config.GroupEmbedded)
}
