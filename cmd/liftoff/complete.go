package main

import (
	"github.com/spf13/cobra"

	"liftoff/internal/config"
)

// completeSettings lets Tab offer the values of a command's settings: all of a closed
// set, files and folders; for other settings nothing rather than files.
func completeSettings(cmd *cobra.Command) {
	for _, s := range config.Settings() {
		switch {
		case s.Flag == "" || cmd.Flags().Lookup(s.Flag) == nil || s.IsFile():
		case s.IsFolder():
			completeFlag(cmd, s.Flag, cobra.ShellCompDirectiveFilterDirs)
		default:
			completeFlag(cmd, s.Flag, cobra.ShellCompDirectiveNoFileComp, s.Choices...)
		}
	}
}

// completeFlag lets Tab offer values of a flag.
func completeFlag(cmd *cobra.Command, flag string, directive cobra.ShellCompDirective, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, directive)); err != nil {
		panic(err) // there is no such flag, or it was done before: a bug
	}
}
