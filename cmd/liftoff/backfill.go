package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newBackfillCommand(p *process) *cobra.Command {
	const defaultWorkers = 4
	var request app.BackfillFlags
	cmd := p.command(&cobra.Command{
		Use:     "backfill",
		Short:   "Open a reading of every launch that several processes share",
		GroupID: groupRun,
		Long: `Divides the launches of the API into parts, for any number of workers on any
machines, and prints the number of the backfill. It stores no launch; workers
do. If a backfill is open already, it prints that one. One that is not finished
after 24 hours is closed.`,
		Example: `  liftoff backfill                     every launch
  liftoff backfill --since 2020-01-01  launches from that date on
  liftoff worker --backfill 3          one worker of it; start several
  liftoff backfill status --wait       its progress, until it is finished`,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return refuseEmpty(cmd.Flags(), "since") },
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.OpenBackfill(ctx, request) }, config.GroupOutput, config.GroupSource, config.GroupDatabase, config.GroupEmbedded)
	flags := cmd.Flags()
	flags.StringVar(&request.Since, "since", "", "only launches since a date (2020-01-31), a moment (2020-01-31T12:00:00Z) or a time ago (720h, 30d, 4w)")
	flags.IntVar(&request.Workers, "workers", defaultWorkers, "how many workers you will start, about: there are 16 parts for each")
	flags.BoolVar(&request.AcceptsShrink, "accept-shrink", false, "continue even if the API has far fewer launches than before")
	cmd.AddCommand(newBackfillStatusCommand(p))
	return cmd
}

func newBackfillStatusCommand(p *process) *cobra.Command {
	var waits bool
	cmd := p.command(&cobra.Command{
		Use:   "status [BACKFILL]",
		Short: "Show how far a backfill has come, over all its workers",
		Long: `Shows the newest backfill, or one by its number: its parts, its workers, how
fast they are together and how long it will take. With --wait it ends when the
backfill is finished, or with exit code 4 when it was closed unfinished.`,
		Example: `  liftoff backfill status
  liftoff backfill status 3 --wait
  liftoff backfill status -o json`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}, func(ctx context.Context, a *app.App, args []string) error {
		id, err := backfillID(args)
		if err != nil {
			return err
		}
		return a.BackfillStatus(ctx, id, waits)
	}, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	cmd.Flags().BoolVar(&waits, "wait", false, "show the progress until the backfill is finished")
	return cmd
}

// backfillID parses the number of a backfill; 0 if none is given.
func backfillID(args []string) (int64, error) {
	values, err := valuesOf(args)
	if err != nil || len(values) == 0 {
		return 0, err
	}
	if len(values) > 1 {
		return 0, liftoff.NewError(liftoff.Usage, errors.New("more than one backfill is given"), "give the number of one, or none for the newest")
	}
	id, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || id < 1 {
		return 0, liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is not the number of a backfill", values[0]), "leave it out for the newest")
	}
	return id, nil
}
