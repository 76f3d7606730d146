package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newDoctorCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Check the API, the database, its schema, the clock and the disk",
		GroupID: groupDatabase,
		Long: `Prints one line for each check and, if it failed, what to do. Ends with the exit
code that a run would fail with.`,
		Example: "  liftoff doctor",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.Doctor(ctx) })
		},
	}
	addSettings(cmd.Flags(), config.GroupSource, config.GroupDatabase, config.GroupEmbedded)
	return cmd
}
