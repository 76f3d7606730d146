package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newHistoryCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:     "history ID|NAME",
		Short:   "Show what has changed in a launch since it was first stored",
		GroupID: groupDatabase,
		Long: `Prints the revisions of a launch: when and by which run each was first seen, and
each changed field with the value before and after. A dash means that the field
did not exist. Also says since when the launch is missing upstream, if it is.

A name counts in any case; put one with blanks into quotes.`,
		Example: `  liftoff history Crew-2
  liftoff history 5fe3af58b3467846b324215f
  liftoff history 5fe3af58b3467846b324215f -o json`,
		Args:              oneLaunch,
		ValidArgsFunction: p.completeID(app.LaunchIDs),
	}, func(ctx context.Context, a *app.App, args []string) error {
		return a.History(ctx, launchIn(args))
	}, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
}
