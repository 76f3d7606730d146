package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newStatusCommand(p *process) *cobra.Command {
	var flags app.StatusFlags
	cmd := p.command(&cobra.Command{
		Use:     "status",
		Short:   "Show how the ingestion is going; also for probes",
		GroupID: groupDatabase,
		Long: `Shows the last good run, what runs now, what is due next, how many records are
in quarantine, how old the data is, and the versions. It asks only the database.
Ends with 0 if all is well, 8 if a schedule is overdue or the last good run is
older than --max-age, or else 3 if records are in quarantine.`,
		Example: `  liftoff status
  liftoff status --max-age 26h     for a daily run
  liftoff status -o json`,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return refuseEmpty(cmd.Flags(), "max-age") },
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Status(ctx, flags) }, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	cmd.Flags().StringVar(&flags.MaxAge, "max-age", "", "how long ago the last good run may have ended, such as 90m, 26h, 2d or 1w; without it, any time")
	return cmd
}
