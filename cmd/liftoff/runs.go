package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newRunsCommand(p *process) *cobra.Command {
	const defaultLimit = 20
	var limit int
	cmd := &cobra.Command{
		Use:     "runs",
		Short:   "List the ingestion runs and what each did",
		GroupID: groupDatabase,
		Long: `Lists the newest runs of the ledger. The table leaves out columns in which no run
has anything; -o json and -o csv have all.`,
		Example: `  liftoff runs
  liftoff runs --limit 1 -o json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.Runs(ctx, limit) })
		},
	}
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "show at most so many runs")
	addSettings(cmd.Flags(), config.GroupDatabase, config.GroupEmbedded, config.GroupOutput)
	return cmd
}
