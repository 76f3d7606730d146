package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newMigrateCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the database's schema up to date, or show its version",
		GroupID: groupDatabase,
		Args:    usageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	up := &cobra.Command{
		Use:     "up",
		Short:   "Apply the migrations that the database does not have yet",
		Example: "  liftoff migrate up",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.MigrateUp(ctx) })
		},
	}
	status := &cobra.Command{
		Use:     "status",
		Short:   "Show each migration and whether the database has it",
		Example: "  liftoff migrate status",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.MigrateStatus(ctx) })
		},
	}
	addSettings(up.Flags(), config.GroupDatabase, config.GroupEmbedded)
	addSettings(status.Flags(), config.GroupDatabase, config.GroupEmbedded)
	cmd.AddCommand(up, status)
	return cmd
}

func newPsqlCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "psql [-- ARGUMENT...]",
		Short:   "Open psql on the database, starting the embedded one if needed",
		GroupID: groupDatabase,
		Long: `Starts psql, which must be installed, on the configured or the embedded database
and hands it all arguments after the flags. The password goes by the environment.`,
		Example: `  liftoff psql
  liftoff psql -- -c 'SELECT * FROM launch_aggregates_view'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.Psql(ctx, args) })
		},
	}
	addSettings(cmd.Flags(), config.GroupDatabase, config.GroupEmbedded)
	return cmd
}

func newDoctorCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Check the API, the database, its schema, the clock and the disk",
		GroupID: groupDatabase,
		Long: `Prints one line for each check and, where one fails, what to do. Ends with the
exit code that a run would fail with.`,
		Example: "  liftoff doctor",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.Doctor(ctx) })
		},
	}
	addSettings(cmd.Flags(), config.GroupSource, config.GroupDatabase, config.GroupEmbedded)
	return cmd
}
