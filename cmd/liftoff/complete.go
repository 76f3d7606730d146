package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

// completionTime bounds how long Tab looks for ids: the user waits for it.
const completionTime = time.Second

// completeSettings lets Tab offer the values of a command's settings: all of a closed
// set, files and folders; for other settings nothing rather than files.
func completeSettings(cmd *cobra.Command) {
	for _, s := range config.Settings() {
		flag := cmd.Flags().Lookup(s.Flag)
		switch {
		case s.Flag == "" || flag == nil || config.GroupOf(flag) != s.Group || s.IsFile():
		case s.IsFolder():
			completeFlag(cmd, s.Flag, cobra.ShellCompDirectiveFilterDirs)
		default:
			completeFlag(cmd, s.Flag, cobra.ShellCompDirectiveNoFileComp, s.Choices...)
		}
	}
}

// completeFlag lets Tab offer values of a flag.
func completeFlag(cmd *cobra.Command, flag string, directive cobra.ShellCompDirective, values ...string) {
	completeFlagBy(cmd, flag, cobra.FixedCompletions(values, directive))
}

// completeFlagBy lets Tab offer values of a flag that a function returns.
func completeFlagBy(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // there is no such flag, or it was done before: a bug
	}
}

// completeID lets Tab offer ids for the only argument of a command, or for a flag.
func (p *process) completeID(kind app.IDKind) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return p.completeIDs(kind)(cmd, args, typed)
	}
}

// completeIDs lets Tab offer ids for the last value of a list, which may have commas.
func (p *process) completeIDs(kind app.IDKind) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		end := strings.LastIndexByte(typed, ',') + 1
		before, prefix := typed[:end], typed[end:]
		var values []string
		for _, c := range p.findIDs(cmd, kind, prefix) {
			values = append(values, cobra.CompletionWithDesc(before+c.ID, c.Description))
		}
		return values, cobra.ShellCompDirectiveNoFileComp
	}
}

// findIDs looks for ids for a second at most. Whatever goes wrong is silent, as there is
// no place to say it.
func (p *process) findIDs(cmd *cobra.Command, kind app.IDKind, prefix string) []app.Candidate {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	found := make(chan []app.Candidate, 1)
	// Nobody waits for it when the time is up: not even reading the settings may take
	// longer, as a file with a password may be a pipe.
	go func() {
		var ids []app.Candidate
		err := liftoff.Safely(func() error {
			cfg, err := p.loadConfig(cmd)
			if err == nil {
				ids, err = p.newApp(cfg).CompleteIDs(ctx, kind, prefix)
			}
			return err
		})
		if err != nil {
			ids = nil
		}
		found <- ids
	}()
	select {
	case ids := <-found:
		return ids
	case <-ctx.Done():
		return nil
	}
}
