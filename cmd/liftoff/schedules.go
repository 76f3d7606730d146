package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newSchedulesCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "schedules",
		Short:   "List, add, pause and remove the schedules that workers ingest by",
		GroupID: groupRun,
	}
	cmd.AddCommand(newSchedulesListCommand(p), newSchedulesAddCommand(p), newSchedulesNextCommand(p),
		p.scheduleCommand("pause", "Keep workers from beginning runs of a schedule", "Slots that pass meanwhile are not made up for.", (*app.App).PauseSchedule),
		p.scheduleCommand("resume", "End the pause of a schedule", "The next slot from now on is the next one.", (*app.App).ResumeSchedule),
		p.scheduleCommand("remove", "Remove a schedule", "Its runs stay in the ledger.", (*app.App).RemoveSchedule))
	return cmd
}

// scheduleCommand returns a sub-command for one schedule.
func (p *process) scheduleCommand(verb, short, long string, do func(*app.App, context.Context, string) error) *cobra.Command {
	return p.command(&cobra.Command{
		Use:               verb + " NAME",
		Short:             short,
		Long:              short + ".\n" + long,
		Example:           "  liftoff schedules " + verb + " hourly",
		Args:              oneArgument("schedule", "hourly"),
		ValidArgsFunction: p.completeID(app.ScheduleNames),
	}, func(ctx context.Context, a *app.App, args []string) error {
		return do(a, ctx, config.SplitList(args...)[0])
	},
		config.GroupDatabase, config.GroupEmbedded)
}

func newSchedulesListCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "list",
		Short: "List the schedules and how they are",
		Long: `Lists the schedules: when each is due next, the last good run, how many slots
were missed, and what is wrong with the last run.`,
		Example: `  liftoff schedules list
  liftoff schedules list -o json`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.ListSchedules(ctx) },
		config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
}

func newSchedulesAddCommand(p *process) *cobra.Command {
	var isDry bool
	cmd := p.command(&cobra.Command{
		Use:   "add NAME",
		Short: "Add a schedule",
		Long: `Adds a schedule, of an interval or of a cron expression, for the API that
SPACEX_API_URL names. The first run of an interval is due at once.`,
		Example: `  liftoff schedules add hourly --cron "7 * * * *"
  liftoff schedules add weekly --cron "23 4 * * sun" --selection all
  liftoff schedules add daily --cron "7 6 * * *" --time-zone Europe/Berlin
  liftoff schedules add often --every 15m --dry-run`,
		Args: oneArgument("name", "hourly --every 1h"),
	}, func(ctx context.Context, a *app.App, args []string) error {
		return a.AddSchedule(ctx, config.SplitList(args...)[0], isDry)
	}, config.GroupSchedule, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	config.AddFlag(cmd.Flags(), "SPACEX_API_URL")
	cmd.Flags().BoolVar(&isDry, "dry-run", false, "show the next times; write nothing")
	return cmd
}

func newSchedulesNextCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "next [NAME]",
		Short: "Show the next five slots in words",
		Long:  "Shows the next five slots of a schedule, or of each.",
		Example: `  liftoff schedules next
  liftoff schedules next hourly`,
		Args:              atMostOneArgument("schedule"),
		ValidArgsFunction: p.completeID(app.ScheduleNames),
	}, func(ctx context.Context, a *app.App, args []string) error {
		name := ""
		if len(args) > 0 {
			name = config.SplitList(args...)[0]
		}
		return a.ScheduledSlots(ctx, name)
	}, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
}
