package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newDBDumpCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "dump FILE",
		Short: "Write a database's launches and their history to one file",
		Long: `Writes all tables of liftoff, as of one moment, to one file, which "liftoff db
restore" reads on any machine and any supported version of PostgreSQL. It works
for the embedded and for any other server, needs none of PostgreSQL's own tools,
and leaves out what others have made. The file is created only once complete;
for - it goes to stdout. It is a ZIP archive: see docs/backup.md.`,
		Example: `  liftoff db dump spacex.dump
  liftoff db dump - | gpg --symmetric >spacex.dump.gpg`,
		Args: oneFile,
	}, func(ctx context.Context, a *app.App, args []string) error { return a.DumpDatabase(ctx, args[0]) }, config.GroupDatabase, config.GroupEmbedded)
}

func newDBRestoreCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "restore FILE",
		Short: "Fill an empty database with a dump",
		Long: `Fills an empty database with a file of "liftoff db dump", all or nothing, and
brings the schema up to date. Dumps of older versions of liftoff and of
PostgreSQL can be restored. On the embedded server the database is made if it
is missing.`,
		Example: `  liftoff db restore spacex.dump
  liftoff db restore spacex.dump --postgres-db spacex_copy`,
		Args: oneFile,
	}, func(ctx context.Context, a *app.App, args []string) error { return a.RestoreDatabase(ctx, args[0]) }, config.GroupDatabase, config.GroupEmbedded)
}

// oneFile requires exactly one name of a file, which may have blanks and commas in it.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != "" {
		return nil
	}
	return oneArgument("file", "spacex.dump")(cmd, args)
}
