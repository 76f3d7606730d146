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
	up := p.command(&cobra.Command{
		Use:     "up",
		Short:   "Apply the migrations that the database does not have",
		Example: "  liftoff migrate up",
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.MigrateUp(ctx) }, config.GroupDatabase, config.GroupEmbedded)
	rebuild := p.command(&cobra.Command{
		Use:   "rebuild",
		Short: "Compute what the view launches shows anew, from what is stored",
		Long: "Computes what the view launches shows anew, from what is stored. Each run does\n" +
			"so for what others have changed since the run before; this is for when\n" +
			"`liftoff doctor` names launches. Runs and queries may go on meanwhile.",
		Example: "  liftoff migrate rebuild",
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.MigrateRebuild(ctx) }, config.GroupDatabase, config.GroupEmbedded)
	status := p.command(&cobra.Command{
		Use:     "status",
		Short:   "Show each migration and whether the database has it",
		Example: "  liftoff migrate status\n  liftoff migrate status -o json",
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.MigrateStatus(ctx) }, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	cmd.AddCommand(up, status, rebuild)
	return cmd
}
