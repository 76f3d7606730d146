package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newDoctorCommand(p *process) *cobra.Command {
	var flags app.DoctorFlags
	command := p.command(&cobra.Command{
		Use:     "doctor",
		Short:   "Check the API, the database, its launches, the clock and the disk",
		GroupID: groupDatabase,
		Long: `Prints one line for each check, with the time it took, and what to do if it
failed. Ends with the exit code that a run would fail with. It also finds views
that were replaced by hand, and launches whose rows were deleted or added;
--deep finds changed rows too.`,
		Example: "  liftoff doctor\n  liftoff doctor --deep\n  liftoff doctor -o json",
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Doctor(ctx, flags) }, config.GroupOutput, config.GroupSource, config.GroupDatabase, config.GroupEmbedded, config.GroupShipping)
	command.Flags().BoolVar(&flags.IsDeep, "deep", false, "read every stored launch and compare it with its hash")
	return command
}
