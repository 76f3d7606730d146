package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

// analyzeFlags are those of `liftoff analyze` that are no settings.
type analyzeFlags struct {
	list, all, showSQL bool
	files              []string
	outputDir          string
	// own are the queries of the files.
	own app.OwnQueries
}

func newAnalyzeCommand(p *process) *cobra.Command {
	var flags analyzeFlags
	cmd := p.command(&cobra.Command{
		Use:     "analyze [NAME...]",
		Short:   "Print the most important figures, or answers to queries",
		GroupID: groupRun,
		Long: `Runs the analytics queries and prints their answers. Without names, a terminal
gets the most important figures on one screen; --all prints everything there, as
does -o json or markdown, and a pipe or file. CSV on stdout is for one query;
--output-dir writes a file for each, in any format.

--sql runs a query of your own, and --query-dir adds a folder of them to the
built-in ones. They only read. docs/queries.md says how to write one.`,
		Example: `  liftoff analyze
  liftoff analyze --all
  liftoff analyze launches_per_year -o csv
  liftoff analyze -o csv --output-dir answers
  liftoff analyze --engine trino --trino-url http://localhost:8080
  liftoff analyze --list
  liftoff analyze --show-sql launches_per_year > my_query.sql
  liftoff analyze --sql my_query.sql`,
		Args: func(_ *cobra.Command, names []string) error { return flags.check(names) },
		// Before signals are caught: Ctrl-C must end the wait for stdin.
		PreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := refuseEmpty(cmd.Flags(), "sql", "output-dir"); err != nil {
				return err
			}
			flags.own, err = app.ReadQueries(flags.files, p.stdin)
			return err
		},
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			cfg, err := p.loadConfig(cmd)
			if err != nil {
				cfg = config.Config{}
			}
			return app.QueryNames(cfg), cobra.ShellCompDirectiveNoFileComp
		},
	}, func(ctx context.Context, a *app.App, names []string) error {
		return flags.run(ctx, a, names)
	}, config.GroupOutput, config.GroupQueries, config.GroupDatabase, config.GroupEmbedded, config.GroupEngine)
	cmd.Flags().BoolVar(&flags.all, "all", false, "run all queries, on a terminal too")
	cmd.Flags().BoolVar(&flags.list, "list", false, "list the names and titles of the queries")
	cmd.Flags().StringVar(&flags.outputDir, "output-dir", "", "write each answer to a file NAME.csv (or .json, .md, .txt) in this `folder`")
	cmd.Flags().BoolVar(&flags.showSQL, "show-sql", false, "print the queries instead of running them")
	cmd.Flags().Var(&filesValue{&flags.files}, "sql", "run the query in this `file`; - is stdin, repeat the flag for several")
	completeFlag(cmd, "sql", cobra.ShellCompDirectiveFilterFileExt, "sql")
	return cmd
}

// check refuses arguments and flags that do not go together.
func (f *analyzeFlags) check(names []string) error {
	switch {
	case f.list && len(names) > 0:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--list takes no argument %q", names[0]), "leave out --list to run a query, or the name to list all")
	case f.all && len(names) > 0:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--all takes no argument %q", names[0]), "leave out --all to run one query, or the name to run all")
	case f.list && f.showSQL:
		return liftoff.NewError(liftoff.Usage, errors.New("--list and --show-sql do not go together"), "give one of them")
	case f.list && len(f.files) > 0:
		return liftoff.NewError(liftoff.Usage, errors.New("--list and --sql do not go together"), "give one of them")
	case len(f.files) > 0 && len(names) > 0:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--sql runs files only, and takes no query name %q", names[0]), "leave out one of them")
	default:
		return nil
	}
}

func (f *analyzeFlags) run(ctx context.Context, a *app.App, names []string) error {
	if f.list {
		return a.ListQueries()
	}
	names, err := valuesOf(names)
	switch {
	case err != nil:
		return err
	case f.showSQL:
		return a.ShowSQL(names, f.own)
	default:
		return a.Analyze(ctx, app.AnalyzeRequest{Names: names, All: f.all, Own: f.own, OutputDir: f.outputDir})
	}
}
