package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// builtin returns a command that cobra adds by itself, such as help.
func builtin(root *cobra.Command, name string) *cobra.Command {
	all := root.Commands()
	return all[slices.IndexFunc(all, func(cmd *cobra.Command) bool { return cmd.Name() == name })]
}

// rewordHelp gives cobra's command help our words. Cobra's own ends with success
// for a command that does not exist.
func rewordHelp(root *cobra.Command) {
	help := builtin(root, "help")
	help.Use = "help [COMMAND...]"
	help.Short = "Show the help of a command"
	help.Long = "Shows the same help as COMMAND --help."
	help.Example = "  liftoff help ingest\n  liftoff help quarantine list"
	help.Args = cobra.ArbitraryArgs
	help.RunE = func(_ *cobra.Command, args []string) error {
		cmd, rest, err := root.Find(args)
		if err != nil {
			return err
		}
		if cmd.HasSubCommands() {
			if err := noArguments(cmd, rest); err != nil {
				return err
			}
		}
		cmd.InitDefaultHelpFlag() // cobra adds its flag late
		return cmd.Help()
	}
}

// rewordCompletion gives cobra's command completion and those below it our
// words.
func rewordCompletion(root *cobra.Command) {
	completion := builtin(root, "completion")
	completion.Short = "Print a script for completion in a shell"
	completion.Long = `Prints a script with which a shell completes commands, flags and the names of
queries when you press Tab. It also offers the ids of launches, runs and records
in quarantine, if the database is running and answers within a second.`
	completion.Example = "  liftoff completion bash --help     how to load the script"
	for _, shell := range completion.Commands() {
		line, file := "source <(liftoff completion "+shell.Name()+")", ""
		switch shell.Name() {
		case "bash":
			file = "~/.bashrc; it needs the package bash-completion"
		case "zsh":
			file = "~/.zshrc, below its call of compinit"
		case "fish":
			line, file = "liftoff completion fish | source", "~/.config/fish/config.fish"
		case "powershell":
			line, file = "liftoff completion powershell | Out-String | Invoke-Expression", "the file that $PROFILE names"
		}
		shell.Short = "Print the script for " + shell.Name()
		shell.Long = "Prints a script that completes commands and flags in " + shell.Name() +
			".\nThe example loads it into a running shell. To have it in every new shell, put\nthat line into " + file + "."
		shell.Example = "  " + line
		shell.Flags().Lookup("no-descriptions").Usage = "complete without descriptions"
	}
}
