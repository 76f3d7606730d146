package app

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"

	"liftoff"
)

// Psql runs psql on the configured or the embedded database with the given
// arguments. The connection goes by environment variables, so that no
// password stands in the process list. An exit code of psql other than 0 is
// a liftoff.Database error.
func (a *App) Psql(ctx context.Context, args []string) error {
	program, err := exec.LookPath("psql")
	if err != nil {
		return liftoff.NewError(liftoff.Usage, errors.New("psql is not installed"),
			"install PostgreSQL's client (Debian and Ubuntu: postgresql-client, macOS: libpq), or use `liftoff analyze`")
	}
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	cfg := store.Pool().Config().ConnConfig
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(cmd.Environ(), "PGHOST="+cfg.Host, "PGPORT="+strconv.Itoa(int(cfg.Port)),
		"PGDATABASE="+cfg.Database, "PGUSER="+cfg.User, "PGPASSWORD="+cfg.Password)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.Stdin, a.Stdout, a.Stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return liftoff.NewError(liftoff.Database, fmt.Errorf("psql ended with code %d", exit.ExitCode()), "see its message above")
	}
	return err
}
