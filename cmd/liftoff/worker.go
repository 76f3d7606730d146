package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newWorkerCommand(p *process) *cobra.Command {
	var flags app.WorkerFlags
	cmd := p.command(&cobra.Command{
		Use:     "worker",
		Short:   "Ingest by the schedules in the database, until it is stopped",
		GroupID: groupRun,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("backfill") && flags.BackfillID < 1 {
				return liftoff.NewError(liftoff.Usage, fmt.Errorf("--backfill needs the number of a backfill, not \"%d\"", flags.BackfillID), "open one with `liftoff backfill`")
			}
			return refuseEmpty(cmd.Flags(), "every", "cron", "time-zone", "selection", "schedule-name")
		},
		Long: `Does what is due by the schedules in the database ("liftoff schedules"), until
it is stopped. Start as many workers on as many machines as you like: each slot
gets one good run. --every or --cron adds a schedule first. It prints no
analytics. See docs/scheduling.md.`,
		Example: `  liftoff worker                   the schedules in the database
  liftoff worker --every 15m       this one too
  liftoff worker --cron "7 6 * * mon-fri" --time-zone Europe/Berlin
  liftoff worker --cron "7 6 * * *" --dry-run
  liftoff worker --check           whether workers keep up; for health checks
  liftoff worker --backfill 3      one backfill only, until it is done`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Work(ctx, flags) },
		config.GroupWorker, config.GroupSchedule, config.GroupSource, config.GroupIngest, config.GroupDatabase, config.GroupEmbedded, config.GroupMonitoring, config.GroupMetrics, config.GroupShipping)
	cmd.Flags().BoolVar(&flags.IsDry, "dry-run", false, "show the schedule of --every or --cron and its next times; write nothing")
	cmd.Flags().BoolVar(&flags.Check, "check", false, "end with 0 if no schedule is overdue, else with 8 (5: no database)")
	cmd.Flags().Int64Var(&flags.BackfillID, "backfill", 0, "work on this backfill only, and end when nothing of it is left (\"liftoff backfill\")")
	return cmd
}
