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
	cmd := p.command(&cobra.Command{
		Use:     "runs",
		Short:   "List the ingestion runs and what each did",
		GroupID: groupDatabase,
		Long: `Lists the newest runs of the ledger. The table omits columns that are empty for
all these runs; -o json and -o csv have every column.`,
		Example: `  liftoff runs
  liftoff runs --limit 1 -o json`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Runs(ctx, limit) }, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "show at most this many runs")
	return cmd
}
