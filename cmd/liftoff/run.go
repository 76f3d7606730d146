package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newDemoCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Run the whole pipeline with nothing to install",
		GroupID: groupRun,
		Long: `Starts the program's own PostgreSQL, fetches all launches from the live API or,
when that does not answer within a few seconds, from the built-in replay, stores
them, creates the aggregate view, runs the analytics and says where to look next.`,
		Example: `  liftoff demo
  liftoff demo --embedded-archive postgres.jar     on a machine without a network`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, true, func(ctx context.Context, a *app.App) error { return a.Demo(ctx) })
		},
	}
	addSettings(cmd.Flags(), config.GroupSource, config.GroupIngest, config.GroupEmbedded, config.GroupDemo, config.GroupSynthetic, config.GroupOutput)
	return cmd
}

func newIngestCommand(p *process) *cobra.Command {
	var request app.IngestFlags
	cmd := &cobra.Command{
		Use:     "ingest",
		Short:   "Fetch and store launches, then print the analytics",
		GroupID: groupRun,
		Long: `Fetches the latest launch, or those that a flag asks for, enriches them, stores
them unless the database has them, re-creates launch_aggregates_view and prints
the analytics. Running it again is safe: the first values of a launch are never
changed; a payload that has changed since becomes a revision.`,
		Example: `  liftoff ingest                     the latest launch
  liftoff ingest --all               every launch
  liftoff ingest --new               what is new or may have changed since the last run
  liftoff ingest --since 30d         launches of the last 30 days, and later ones
  liftoff ingest --all --dry-run     what would change; nothing is written`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseEmpty(cmd.Flags(), "since", "id"); err != nil {
				return err
			}
			return p.runApp(cmd, true, func(ctx context.Context, a *app.App) error { return a.Ingest(ctx, request) })
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&request.All, "all", false, "every launch")
	flags.BoolVar(&request.New, "new", false, "launches that are new, upcoming, or recent as of the last good run")
	flags.StringVar(&request.Since, "since", "", "launches since a date (2020-01-31), a moment (2020-01-31T12:00:00Z), or for so long (720h, 30d, 4w)")
	flags.BoolVar(&request.Upcoming, "upcoming", false, "launches that have not flown yet")
	flags.StringSliceVar(&request.IDs, "id", nil, "launches by id; may be given several times, or with commas")
	flags.BoolVar(&request.IsDry, "dry-run", false, "fetch and compare, print what would change, write nothing")
	flags.BoolVar(&request.IsWorker, "worker", false, "with --all: share the work with other processes that are started in the same way")
	flags.BoolVar(&request.AcceptsShrink, "accept-shrink", false, "with --all: go on although the API has far fewer launches than before")
	flags.BoolVar(&request.AcceptsDrift, "accept-drift", false, "go on although many records drift the same way, or cannot be stored")
	flags.BoolVar(&request.SkipsAnalytics, "skip-analytics", false, "do not run the analytics at the end")
	addSettings(flags, config.GroupSource, config.GroupIngest, config.GroupDatabase, config.GroupEmbedded, config.GroupEngine, config.GroupOutput)
	return cmd
}

// refuseEmpty refuses flags that were given without a value, as a script does
// whose variable is not set; else they would count as not given.
func refuseEmpty(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		flag := flags.Lookup(name)
		if text := flag.Value.String(); flag.Changed && (text == "" || text == "[]") {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("--%s is given without a value", name), "give it one, or leave it out")
		}
	}
	return nil
}

func newAnalyzeCommand(p *process) *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:     "analyze [NAME...]",
		Short:   "Run the analytics queries, or some by name",
		GroupID: groupRun,
		Example: `  liftoff analyze
  liftoff analyze launches_per_year heaviest_launches -o csv
  liftoff analyze --engine trino --trino-url http://localhost:8080
  liftoff analyze --list`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return app.QueryNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, names []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error {
				if list {
					return a.ListQueries()
				}
				return a.Analyze(ctx, names)
			})
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list the queries' names and titles")
	addSettings(cmd.Flags(), config.GroupDatabase, config.GroupEmbedded, config.GroupEngine, config.GroupOutput)
	return cmd
}

func newReplayCommand(p *process) *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:     "replay",
		Short:   "Serve a SpaceX-v4-compatible API on this machine",
		GroupID: groupRun,
		Long: `Serves the API's launches, payloads, rockets and launchpads: synthetic ones that
are the same for the same seed, count and revision, or any folder of captured
answers. --fault KIND[=VALUE][@WHICH] makes trouble: to all requests, or @3 the
third, @-3 the first three, @3- the third and later ones, @2-5, @/3 each third
(HEAD requests do not count). The first fault that befalls a request counts.

` + app.FaultKinds(),
		Example: `  liftoff replay
  liftoff replay --count 1000000 --listen 127.0.0.1:9000
  liftoff replay --data ./captures
  liftoff replay --revision 2                              the launches of --revision 0, later
  liftoff replay --latency 100ms --compress=false          to measure clients against
  liftoff replay --damage missing-id@205                   one of 205 launches has no id
  liftoff replay --fault status=503@-2 --fault hang@5      trouble, to see what clients do
  liftoff replay --check           is one serving? for health checks`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error {
				if check {
					return a.CheckReplay(ctx)
				}
				return a.Replay(ctx)
			})
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "do not serve, but ask whether a replay answers at the address")
	addSettings(cmd.Flags(), config.GroupReplay, config.GroupSynthetic)
	return cmd
}
