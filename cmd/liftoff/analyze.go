package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newAnalyzeCommand(p *process) *cobra.Command {
	var list bool
	var request app.AnalyzeRequest
	cmd := p.command(&cobra.Command{
		Use:     "analyze [NAME...]",
		Short:   "Print the most important figures, or answers to queries",
		GroupID: groupRun,
		Long: `Runs the analytics queries and prints their answers. Without names, a terminal
gets the most important figures on one screen; --all prints everything there, as
does -o json or markdown, and a pipe or file. CSV on stdout is for one query;
--output-dir writes a file for each, in any format.`,
		Example: `  liftoff analyze
  liftoff analyze --all
  liftoff analyze launches_per_year -o csv
  liftoff analyze -o csv --output-dir answers
  liftoff analyze --engine trino --trino-url http://localhost:8080
  liftoff analyze --list`,
		Args: func(_ *cobra.Command, names []string) error {
			switch {
			case list && len(names) > 0:
				return liftoff.NewError(liftoff.Usage, fmt.Errorf("--list takes no argument %q", names[0]), "leave out --list to run a query, or the name to list all")
			case request.All && len(names) > 0:
				return liftoff.NewError(liftoff.Usage, fmt.Errorf("--all takes no argument %q", names[0]), "leave out --all to run one query, or the name to run all")
			default:
				return nil
			}
		},
		PreRunE: func(cmd *cobra.Command, _ []string) error { return refuseEmpty(cmd.Flags(), "output-dir") },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return app.QueryNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}, func(ctx context.Context, a *app.App, names []string) error {
		if list {
			return a.ListQueries()
		}
		var err error
		if request.Names, err = valuesOf(names); err != nil {
			return err
		}
		return a.Analyze(ctx, request)
	}, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded, config.GroupEngine)
	cmd.Flags().BoolVar(&request.All, "all", false, "run all queries, on a terminal too")
	cmd.Flags().BoolVar(&list, "list", false, "list the names and titles of the queries")
	cmd.Flags().StringVar(&request.OutputDir, "output-dir", "", "write each answer to a file NAME.csv (or .json, .md, .txt) in this `folder`")
	return cmd
}
