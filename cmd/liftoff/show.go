package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newShowCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:     "show ID|NAME",
		Short:   "Show one launch: its fields, payloads and links",
		GroupID: groupDatabase,
		Long: `Shows a launch in its newest revision, with rocket, launchpad and payloads.
Masses and delays that are simulated are marked as such. -o json has the whole
document of the API too, as raw_data.

A name counts in any case; put one with blanks into quotes.`,
		Example: `  liftoff show Crew-2
  liftoff show "Starlink 4-21 (v1.5)"
  liftoff show 5fe3af58b3467846b324215f -o json`,
		Args:              oneLaunch,
		ValidArgsFunction: p.completeID(app.LaunchIDs),
	}, func(ctx context.Context, a *app.App, args []string) error {
		return a.ShowLaunch(ctx, launchIn(args))
	}, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
}
