package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newLaunchesCommand(p *process) *cobra.Command {
	const defaultLimit = 20
	var request app.LaunchesRequest
	cmd := p.command(&cobra.Command{
		Use:     "launches",
		Short:   "List stored launches, the newest first",
		GroupID: groupDatabase,
		Long: `Lists launches with their ids, which show and history take. A date is shown as
precisely as it is known: 2022-10 is some day of that month.

The status missing means that the API no longer has the launch; -o json and
-o csv say since when. --upcoming leaves such launches out.`,
		Example: `  liftoff launches --search starlink --year 2022
  liftoff launches --upcoming
  liftoff launches --limit 1000 -o csv`,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return refuseEmpty(cmd.Flags(), "search") },
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Launches(ctx, request) }, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	flags := cmd.Flags()
	flags.StringVar(&request.Search, "search", "", "only launches with this text in their name, in any case")
	flags.IntVar(&request.Year, "year", 0, "only launches of this year, UTC")
	flags.BoolVar(&request.Upcoming, "upcoming", false, "only launches that have not flown yet")
	flags.IntVar(&request.Limit, "limit", defaultLimit, "show at most this many launches")
	return cmd
}
