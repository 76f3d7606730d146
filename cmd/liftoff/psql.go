package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newPsqlCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "psql [-- ARGUMENT...]",
		Short:   "Open psql on the database, and start the embedded one if needed",
		GroupID: groupDatabase,
		Long: `Starts psql, which must be installed, on the configured or the embedded database
and passes all arguments after -- to it. The environment carries the password.`,
		Args: cobra.ArbitraryArgs,
		Example: `  liftoff psql
  liftoff psql -- -c 'SELECT * FROM launch_aggregates_view'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.Psql(ctx, args) })
		},
	}
	addSettings(cmd.Flags(), config.GroupDatabase, config.GroupEmbedded)
	return cmd
}
