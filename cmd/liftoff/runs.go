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
		Long: `Lists the newest runs of the ledger. The table omits columns that are empty for
all these runs; -o json and -o csv have every column.`,
		Example: `  liftoff runs
  liftoff runs --limit 1 -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.Runs(ctx, limit) })
		},
	}
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "show at most this many runs")
	addSettings(cmd.Flags(), config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	return cmd
}
