package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"liftoff"
	"liftoff/internal/embedded"
)

// DestroyServer removes the data folder of the embedded PostgreSQL with all its
// databases. On a terminal it asks first; elsewhere isSure must be set.
func (a *App) DestroyServer(ctx context.Context, isSure bool) error {
	opts := a.embeddedOptions(a.Config.PostgresDB)
	status, err := embedded.Look(opts)
	if err != nil {
		return err
	}
	if status.IsRunning {
		return liftoff.NewError(liftoff.Locked, fmt.Errorf("the embedded PostgreSQL in %q is running; nothing was removed", status.Folder),
			"run `liftoff db stop`, or wait until the other liftoff commands have ended")
	}
	if !status.HasData {
		_, err := fmt.Fprintf(a.Stdout, "nothing to remove: there are no data in %s\n", status.Folder)
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, `This removes for ever:
  %s
  all databases of the embedded PostgreSQL %s (%d MiB), the password, the logs
It keeps PostgreSQL's program files in the cache folder. To keep the launches,
write them to a file first: %s
`, status.Folder, status.Version, status.Bytes>>20, a.command("db dump FILE"))
	if err != nil {
		return err
	}
	if isSure, err = a.isSure(isSure); err != nil || !isSure {
		return err
	}
	kept, err := embedded.Destroy(opts)
	if err != nil {
		return err
	}
	if len(kept) > 0 {
		a.Logger.InfoContext(ctx, "What liftoff has not made is kept.", "files", strings.Join(kept, ", "))
	}
	_, err = fmt.Fprintln(a.Stdout, "removed")
	return err
}

// isSure asks the user, if there is one to be asked.
func (a *App) isSure(isSure bool) (bool, error) {
	if isSure {
		return true, nil
	}
	if !a.Screen.IsTerminal {
		return false, liftoff.NewError(liftoff.Usage, errors.New("nothing was removed: there is nobody to be asked"), "add --yes if that is what you want")
	}
	if _, err := fmt.Fprint(a.Stdout, "Type yes to remove it: "); err != nil {
		return false, err
	}
	answer, _ := bufio.NewReader(a.Stdin).ReadString('\n') // no answer is no yes
	if strings.TrimSpace(answer) == "yes" {
		return true, nil
	}
	_, err := fmt.Fprintln(a.Stdout, "nothing was removed")
	return false, err
}
