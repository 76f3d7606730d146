package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newIngestCommand(p *process) *cobra.Command {
	var request app.IngestFlags
	cmd := p.command(&cobra.Command{
		Use:     "ingest",
		Short:   "Fetch and store launches, then print the analytics",
		GroupID: groupRun,
		Long: `Fetches the latest launch, or those that a flag selects, adds simulated values,
stores the launches that the database does not have, re-creates
launch_aggregates_view and prints the analytics. Running it again is safe: the
first values of a launch never change; a changed document becomes a revision.`,
		Example: `  liftoff ingest                     the latest launch
  liftoff ingest --all               every launch
  liftoff ingest --new               launches that are new or may have changed
  liftoff ingest --since 30d         the last 30 days and everything dated later
  liftoff ingest --all --dry-run     what would change; nothing is written`,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			p.isForLatest = request.IsForLatest()
			return refuseEmpty(cmd.Flags(), "since", "id")
		},
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Ingest(ctx, request) }, config.GroupOutput, config.GroupQueries, config.GroupSource, config.GroupIngest, config.GroupDatabase, config.GroupEmbedded, config.GroupEngine, config.GroupSummary, config.GroupMonitoring, config.GroupShipping)
	flags := cmd.Flags()
	flags.BoolVar(&request.All, "all", false, "every launch")
	flags.BoolVar(&request.New, "new", false, "launches that are new, upcoming or recent as of the watermark, the start of the last run that saw everything new")
	flags.StringVar(&request.Since, "since", "", "launches since a date (2020-01-31), a moment (2020-01-31T12:00:00Z) or a time ago (720h, 30d, 4w)")
	flags.BoolVar(&request.Upcoming, "upcoming", false, "launches that have not flown yet")
	flags.Var(&listValue{values: &request.IDs}, "id", "launches by id; separate several with commas, blanks or line breaks, or repeat the flag")
	completeFlagBy(cmd, "id", p.completeIDs(app.LaunchIDs))
	flags.BoolVar(&request.IsDry, "dry-run", false, "fetch, compare and print what would change; write nothing")
	flags.BoolVar(&request.AcceptsShrink, "accept-shrink", false, "with --all: continue even if the API has far fewer launches than before")
	flags.BoolVar(&request.AcceptsDrift, "accept-drift", false, "continue even if many records drift the same way or cannot be stored")
	flags.BoolVar(&request.AcceptsRewind, "accept-rewind", false, "continue even if many launches that had flown are upcoming again")
	flags.BoolVar(&request.SkipsAnalytics, "skip-analytics", false, "do not run the analytics at the end")
	return cmd
}
