package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"liftoff"
	"liftoff/internal/config"
)

// Psql runs psql on the configured or the embedded database with the given
// arguments. The environment carries the password, so that the process list does
// not show it. An exit code of psql other than 0 is a liftoff.Database error.
func (a *App) Psql(ctx context.Context, args []string) error {
	program, err := exec.LookPath("psql")
	if err != nil {
		return liftoff.NewError(liftoff.Usage, errors.New("psql is not installed"),
			"install PostgreSQL's client (Debian and Ubuntu: postgresql-client, macOS: libpq), or use `liftoff analyze`")
	}
	db, err := a.locateDatabase(ctx)
	if err != nil {
		return err
	}
	store, err := a.openStore(ctx, db)
	if err != nil {
		return err
	}
	password := store.Password()
	cmd := exec.CommandContext(ctx, program, slices.Concat([]string{"--dbname", config.WithoutPassword(db.options.ConnectionString())}, args)...)
	cmd.Env = append(environmentForPsql(a.Environ, db.options.URL != ""), "PGPASSWORD="+password)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.Stdin, a.Stdout, a.Stderr
	// Ctrl-C also reaches psql, which cancels its query and goes on. Any other
	// signal reaches only us and ends psql with us.
	defer a.LeaveInterrupts()()
	cmd.Cancel = func() error {
		if a.IsInterrupt(context.Cause(ctx)) {
			return os.ErrProcessDone // so that Wait does not report a cancellation
		}
		return cmd.Process.Signal(syscall.SIGTERM)
	}
	err = cmd.Run()
	if cause := context.Cause(ctx); cause != nil && !a.IsInterrupt(cause) {
		return ctx.Err()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return liftoff.NewError(liftoff.Database, fmt.Errorf("psql ended with code %d", exit.ExitCode()), "see its message above")
	}
	return err
}

// environmentForPsql returns what psql sees of our environment. Variables that
// say where libpq connects are left out: the settings name all of that. With a
// URL they are kept, because they fill in what it does not say, for psql as for
// our own connection. Secrets are left out: psql runs any program that its user
// wants.
func environmentForPsql(environ []string, hasURL bool) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "PGPASSFILE", "PGSSLKEY": // names of files, which psql reads itself
			return false
		case "PGHOSTADDR": // our own connection does not know it
			return true
		case "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE", "PGSSLMODE", "PGOPTIONS", "PGTARGETSESSIONATTRS":
			return !hasURL
		default:
			return isSecret(name, value)
		}
	})
}

// isSecret reports whether a variable is one of our secrets, or by its name or
// value another program's.
func isSecret(name, value string) bool {
	isOurs := slices.ContainsFunc(config.Settings(), func(s config.Setting) bool { return s.Secret && s.Env == name })
	upper := strings.ToUpper(name)
	looksSecret := slices.ContainsFunc([]string{"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY"},
		func(word string) bool { return strings.Contains(upper, word) })
	return isOurs || looksSecret || loginInURL.MatchString(value) || config.WithoutPassword(value) != value
}

// loginInURL is a user with a password in a URL, such as that of a proxy.
var loginInURL = regexp.MustCompile(`://[^/?#\s]*:[^/?#\s]*@`)
