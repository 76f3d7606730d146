package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

// afterDashes says how to give psql its own options.
const afterDashes = "put psql's own options after --, as in: liftoff psql -- -c 'SELECT 1'"

func newPsqlCommand(p *process) *cobra.Command {
	cmd := p.command(&cobra.Command{
		Use:     "psql [-- ARGUMENT...]",
		Short:   "Open psql on the database, and start the embedded one if needed",
		GroupID: groupDatabase,
		Long: `Starts psql, which must be installed, on the configured or the embedded database
and passes all arguments after -- to it. The environment carries the password.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && cmd.ArgsLenAtDash() != 0 {
				return liftoff.NewError(liftoff.Usage, fmt.Errorf("psql takes arguments only after --, not %q", args[0]), afterDashes)
			}
			return nil
		},
		Example: `  liftoff psql
  liftoff psql -- -c 'SELECT * FROM launch_aggregates_view'`,
	}, func(ctx context.Context, a *app.App, args []string) error { return a.Psql(ctx, args) }, config.GroupDatabase, config.GroupEmbedded)
	cmd.SetFlagErrorFunc(psqlFlagError)
	return cmd
}

// psqlFlagError is flagError, but for a flag that is like none of ours: it is one
// of psql's own.
func psqlFlagError(cmd *cobra.Command, err error) error {
	ours := flagError(cmd, err)
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && (unknown.GetSpecifiedShortnames() != "" || liftoff.HintOf(ours) == seeHelp(cmd)) {
		return liftoff.NewError(liftoff.Usage, ours, afterDashes)
	}
	return ours
}
