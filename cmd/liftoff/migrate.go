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
		Short:   "Update the database's schema, or show its version",
		GroupID: groupDatabase,
	}
	up := &cobra.Command{
		Use:     "up",
		Short:   "Apply the migrations that are missing in the database",
		Example: "  liftoff migrate up",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.MigrateUp(ctx) })
		},
	}
	status := &cobra.Command{
		Use:     "status",
		Short:   "Show each migration and whether the database has it",
		Example: "  liftoff migrate status",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.MigrateStatus(ctx) })
		},
	}
	addSettings(up.Flags(), config.GroupDatabase, config.GroupEmbedded)
	addSettings(status.Flags(), config.GroupDatabase, config.GroupEmbedded)
	cmd.AddCommand(up, status)
	return cmd
}
