package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"liftoff"
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
  liftoff runs --limit 1 -o json
  liftoff runs show 17`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Runs(ctx, limit) }, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "show at most this many runs")
	cmd.AddCommand(newRunsShowCommand(p))
	return cmd
}

func newRunsShowCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "show RUN",
		Short: "Show everything about one run",
		Long: `Shows what a run asked for, what it received, what it left out and why, and what
you can do about it. JSON log lines have the run's number as run_id.`,
		Example: `  liftoff runs show 17
  liftoff runs show 17 -o json`,
		Args:              oneArgument("run number", "17"),
		ValidArgsFunction: p.completeID(app.RunIDs),
	}, func(ctx context.Context, a *app.App, args []string) error {
		text := config.SplitList(args...)[0]
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return liftoff.NewError(liftoff.Usage, notARun(text), "list the runs with `liftoff runs`")
		}
		return a.ShowRun(ctx, id)
	}, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
}

func notARun(text string) error { return fmt.Errorf("%q is not a run number", text) }
