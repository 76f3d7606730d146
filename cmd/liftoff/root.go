package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff"
	"liftoff/internal/config"
)

const (
	groupRun      = "run"
	groupDatabase = "database"
	groupHelp     = "help"
)

func newRootCommand(p *process) *cobra.Command {
	root := &cobra.Command{
		Use:   "liftoff",
		Short: "Fetch SpaceX launches, keep them in PostgreSQL, and analyse them",
		Long: `liftoff fetches launches from the SpaceX API, adds simulated values, stores
each payload whole and exactly once in PostgreSQL, refreshes an aggregate view
and runs analytics. Without a configured database it starts its own.`,
		Example: `  liftoff demo                     see everything work, with nothing to install
  liftoff ingest                   fetch and store the latest launch
  liftoff analyze --list           what can be asked`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          usageArgs(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.Version = version()
	root.SetVersionTemplate(versionLine() + "\n")
	root.PersistentFlags().String("env-file", ".env", "file with settings; the environment and flags win over it")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return liftoff.NewError(liftoff.Usage, err, "see `"+cmd.CommandPath()+" --help`")
	})
	root.AddGroup(
		&cobra.Group{ID: groupRun, Title: "Run the pipeline:"},
		&cobra.Group{ID: groupDatabase, Title: "Look after it:"},
		&cobra.Group{ID: groupHelp, Title: "Help:"},
	)
	root.SetHelpCommandGroupID(groupHelp)
	root.SetCompletionCommandGroupID(groupHelp)
	root.SetUsageTemplate(usageTemplate(root.UsageTemplate()))
	root.AddCommand(
		newDemoCommand(p), newIngestCommand(p), newAnalyzeCommand(p), newExportCommand(p), newReplayCommand(p),
		newHistoryCommand(p), newRunsCommand(p), newQuarantineCommand(p), newMigrateCommand(p), newPsqlCommand(p), newDoctorCommand(p), newVersionCommand(p),
	)
	return root
}

// usageArgs gives the errors of an argument check their category.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		hint := "see `" + cmd.CommandPath() + " --help`"
		if len(args) > 0 {
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean `" + cmd.CommandPath() + " " + near[0] + "`?"
			}
		}
		return liftoff.NewError(liftoff.Usage, err, hint)
	}
}

// addSettings adds the flags of the settings that a command uses.
func addSettings(flags *pflag.FlagSet, groups ...config.Group) {
	flags.SortFlags = false
	config.AddFlags(flags, append(groups, config.GroupLog)...)
}
