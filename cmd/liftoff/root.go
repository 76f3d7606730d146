package main

import (
	"strings"

	"github.com/spf13/cobra"
)

const (
	groupRun      = "run"
	groupDatabase = "database"
	groupHelp     = "help"
)

func newRootCommand(p *process) *cobra.Command {
	root := &cobra.Command{
		Use:   "liftoff",
		Short: "Fetch SpaceX launches, store them in PostgreSQL and analyse them",
		Long: `liftoff fetches launches from the SpaceX API, adds simulated values, stores
each document complete and exactly once in PostgreSQL, refreshes an aggregate
view and runs analytics. Without a configured database it starts its own.`,
		Example: `  liftoff demo                     see everything work, with nothing to install
  liftoff ingest                   fetch and store the latest launch
  liftoff analyze --list           the names of the queries`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.Version = version()
	root.SetVersionTemplate(versionLine() + "\n")
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.PersistentFlags().String("env-file", ".env", "file with settings; the environment and flags override it")
	root.PersistentFlags().BoolP("help", "h", false, "show this help")
	root.Flags().BoolP("version", "v", false, "show the version")
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(printUsage)
	root.AddGroup(
		&cobra.Group{ID: groupRun, Title: "Run the pipeline:"},
		&cobra.Group{ID: groupDatabase, Title: "Inspect and maintain the database:"},
		&cobra.Group{ID: groupHelp, Title: "Help:"},
	)
	root.SetHelpCommandGroupID(groupHelp)
	root.SetCompletionCommandGroupID(groupHelp)
	root.AddCommand(
		newDemoCommand(p), newIngestCommand(p), newBackfillCommand(p), newWorkerCommand(p), newSchedulesCommand(p), newAnalyzeCommand(p), newReportCommand(p), newExportCommand(p), newServeCommand(p), newReplayCommand(p),
		newLaunchesCommand(p), newShowCommand(p), newHistoryCommand(p), newRunsCommand(p), newStatusCommand(p), newQuarantineCommand(p), newDBCommand(p), newMigrateCommand(p), newPsqlCommand(p), newDoctorCommand(p), newVersionCommand(p),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	rewordHelp(root)
	rewordCompletion(root)
	adopt(root)
	return root
}

// adopt gives a command and its subcommands what they have in common. Those
// that do not say otherwise, and cobra's own, take no arguments; those that only
// have subcommands print their help.
func adopt(cmd *cobra.Command) {
	const letters = 2
	cmd.SuggestionsMinimumDistance = letters
	if cmd.Args == nil || strings.HasPrefix(nameOf(cmd), "completion") {
		cmd.Args = noArguments
	}
	if cmd.HasSubCommands() && cmd.RunE == nil {
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	for _, child := range cmd.Commands() {
		adopt(child)
	}
}
