package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff/internal/config"
)

// helpWidth fits every terminal, in columns.
const helpWidth = 80

// printUsage prints how to call a command: its subcommands, its own flags, those
// of its settings by group, and last the examples, which stay on the screen.
func printUsage(cmd *cobra.Command) error {
	var b strings.Builder
	line := cmd.UseLine()
	if cmd.HasSubCommands() {
		group := cmd.CommandPath() + " COMMAND [flags]"
		if cmd.HasParent() && cmd.LocalNonPersistentFlags().HasFlags() { // does something by itself
			group = line + "\n  " + group
		}
		line = group
	}
	b.WriteString("Usage:\n  " + line + "\n")
	for _, group := range append(cmd.Groups(), &cobra.Group{Title: "Commands:"}) {
		writeCommands(&b, cmd, group)
	}
	writeFlags(&b, cmd)
	if cmd.HasSubCommands() {
		fmt.Fprintf(&b, "\n`%s COMMAND --help` explains a command.\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		b.WriteString("\nExamples:\n" + cmd.Example + "\n")
	}
	_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
	return err
}

// writeCommands writes the commands of a group, if there are any.
func writeCommands(b *strings.Builder, cmd *cobra.Command, group *cobra.Group) {
	title := "\n" + group.Title + "\n"
	for _, child := range cmd.Commands() {
		if child.GroupID == group.ID && (child.IsAvailableCommand() || child.Name() == "help") {
			fmt.Fprintf(b, "%s  %-*s %s\n", title, child.NamePadding(), child.Name(), child.Short)
			title = ""
		}
	}
}

// writeFlags writes the flags of a command under the headings of their groups.
func writeFlags(b *strings.Builder, cmd *cobra.Command) {
	const own = "Flags"
	titles := []string{own}
	sets := map[string]*pflag.FlagSet{own: pflag.NewFlagSet(own, pflag.ContinueOnError)}
	sets[own].SortFlags = false
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		title := cmp.Or(string(config.GroupOf(flag)), own)
		if cmd.HasParent() && cmd.Root().PersistentFlags().Lookup(flag.Name) != nil {
			title = "General"
		}
		if sets[title] == nil {
			titles = append(titles, title)
			sets[title] = pflag.NewFlagSet(title, pflag.ContinueOnError)
			sets[title].SortFlags = false
		}
		sets[title].AddFlag(flag)
	})
	for _, title := range titles {
		if sets[title].HasFlags() {
			b.WriteString("\n" + title + ":\n" + sets[title].FlagUsagesWrapped(helpWidth))
		}
	}
}
