package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newServeCommand(p *process) *cobra.Command {
	var check bool
	cmd := p.command(&cobra.Command{
		Use:     "serve",
		Short:   "Serve the dashboard, for browsers",
		GroupID: groupRun,
		Long: `Serves pages about launches, runs and analytics, on this machine only unless
--listen says otherwise. It only reads the database, and stays up while that is
away. /livez and /readyz are for health probes. An address that other machines
can reach needs --auth-file, a file with lines user:password or tokens. See
docs/dashboard.md.`,
		Example: `  liftoff serve
  liftoff serve --listen 127.0.0.1:9000
  liftoff serve --listen 0.0.0.0:8090 --auth-file logins
  liftoff serve --base-path /liftoff --trusted-proxy 127.0.0.1
  liftoff serve --check            whether it is ready; for health checks`,
	}, func(ctx context.Context, a *app.App, _ []string) error {
		if check {
			return a.CheckServe(ctx)
		}
		return a.Serve(ctx)
	}, config.GroupServe, config.GroupEngine, config.GroupQueries, config.GroupDatabase, config.GroupEmbedded, config.GroupMetrics)
	cmd.Flags().BoolVar(&check, "check", false, "do not serve; check whether a dashboard at the address is ready")
	return cmd
}
