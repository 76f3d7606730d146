package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newDoctorCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:     "doctor",
		Short:   "Check the API, the database, its schema, the clock and the disk",
		GroupID: groupDatabase,
		Long: `Prints one line for each check and, if it failed, what to do. Ends with the exit
code that a run would fail with.`,
		Example: "  liftoff doctor",
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Doctor(ctx) }, config.GroupSource, config.GroupDatabase, config.GroupEmbedded)
}
