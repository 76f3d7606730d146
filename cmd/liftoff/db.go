package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newDBCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "db",
		Short:   "Keep the embedded PostgreSQL running; dump and restore databases",
		GroupID: groupDatabase,
	}
	cmd.AddCommand(newDBStartCommand(p), newDBStopCommand(p), newDBStatusCommand(p), newDBURLCommand(p),
		newDBDumpCommand(p), newDBRestoreCommand(p), newDBDestroyCommand(p), newDBHoldCommand(p))
	return cmd
}

func newDBStartCommand(p *process) *cobra.Command {
	cmd := p.command(&cobra.Command{
		Use:   "start",
		Short: "Start the embedded PostgreSQL in the background",
		Long: `Starts the embedded PostgreSQL and leaves it running, on the same port each
time, until "liftoff db stop" or the machine stops. Other programs on this
machine can connect to it, with a password. Other liftoff commands use it while
it is up.`,
		Example: `  liftoff db start
  liftoff db url --reveal          the address for other programs
  liftoff db start --port 5444`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.StartServer(ctx) }, config.GroupBackground, config.GroupEmbedded)
	config.AddFlag(cmd.Flags(), "POSTGRES_DB")
	return cmd
}

func newDBStopCommand(p *process) *cobra.Command {
	var now bool
	cmd := p.command(&cobra.Command{
		Use:   "stop",
		Short: "Stop the embedded PostgreSQL that runs in the background",
		Long: `Stops the server of "liftoff db start". It waits for other liftoff commands that
use the server; other programs lose their connections. The data stay.`,
		Example: "  liftoff db stop",
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.StopServer(ctx, now) }, config.GroupEmbedded)
	cmd.Flags().BoolVar(&now, "now", false, "do not wait for other liftoff commands, which then fail")
	return cmd
}

func newDBStatusCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "status",
		Short: "Show whether the embedded PostgreSQL runs, and what is in it",
		Long: `Shows whether the embedded PostgreSQL runs in the background, since when and on
which port, its version, its folder and its databases. The exit code is 0 if it
does, and 5 if it does not.`,
		Example: `  liftoff db status
  liftoff db status -o json`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.ServerStatus(ctx) }, config.GroupOutput, config.GroupEmbedded)
}

func newDBURLCommand(p *process) *cobra.Command {
	var reveal bool
	cmd := p.command(&cobra.Command{
		Use:   "url",
		Short: "Print the address of the embedded PostgreSQL for other programs",
		Long: `Prints the URL of a database on the server of "liftoff db start", as DBeaver,
pandas, dbt, Grafana and Metabase take it. See docs/connect.md.`,
		Example: `  liftoff db url
  liftoff db url --reveal          with the password
  liftoff db url --postgres-db spacex_synthetic`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.PrintURL(ctx, reveal) }, config.GroupEmbedded)
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show the password")
	config.AddFlag(cmd.Flags(), "POSTGRES_DB")
	return cmd
}

func newDBDestroyCommand(p *process) *cobra.Command {
	var isSure bool
	cmd := p.command(&cobra.Command{
		Use:   "destroy",
		Short: "Remove the embedded PostgreSQL's data, after a question",
		Long: `Removes the data folder of the embedded PostgreSQL: all databases, the password
and the logs. It says what that is and asks first. It refuses while the server
runs. Other PostgreSQL servers are never touched.`,
		Example: `  liftoff db destroy
  liftoff db destroy --yes         without a question`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.DestroyServer(ctx, isSure) }, config.GroupEmbedded)
	cmd.Flags().BoolVar(&isSure, "yes", false, "do not ask")
	return cmd
}
