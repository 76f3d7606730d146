package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"liftoff"
	"liftoff/internal/config"
	"liftoff/internal/postgres"
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
	db, err := a.locateExisting(ctx)
	if err != nil {
		return err
	}
	store, err := a.openExisting(ctx, db)
	if err != nil {
		return err
	}
	password := store.Password()
	// Its connections would count against the limit of the role or the server.
	store.Close()
	serverOptions, _ := lookup(a.Environ, "PGOPTIONS")
	connection, environ := config.ForPsql(db.options.ConnectionString(), serverOptions)
	cmd := exec.CommandContext(ctx, program, slices.Concat([]string{"--dbname", connection}, args)...)
	if a.Config.UntrustedAddress() != "" {
		environ = append(environ, withoutForeignSecrets()...)
	}
	cmd.Env = slices.Concat(environmentForPsql(a.Environ, db.options), environ, []string{"PGPASSWORD=" + password})
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

// environmentForPsql removes the variables that would lead psql elsewhere than our
// own connection. A URL may leave parts to the variables of PostgreSQL's clients,
// which we have read too; our settings leave nothing to them. It keeps the names of
// certificates and of psql's own files, but removes secrets: psql runs any program
// that its user wants.
func environmentForPsql(environ []string, options postgres.Options) []string {
	removed := append(config.VariablesInPlaceOf(options.ConnectionString()), "PGPASSWORD", "PGOPTIONS", "PGHOSTADDR")
	if options.URL == "" {
		removed = append(removed, "PGSERVICE")
	}
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "PGPASSFILE", "PGSSLKEY": // names of files, which psql reads itself
			return false
		default:
			return slices.Contains(removed, name) || isSecret(name, value)
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
	// Only as an ending, such as in DD_APP_KEY or SSHPASS. PWD is the current folder,
	// and an ASKPASS a program.
	endsSecret := slices.ContainsFunc([]string{"_KEY", "_AUTH", "PASS", "PWD"}, func(ending string) bool { return strings.HasSuffix(upper, ending) }) &&
		!strings.HasSuffix(upper, "ASKPASS") && upper != "PWD" && upper != "OLDPWD"
	return isOurs || looksSecret || endsSecret || config.LooksSecret(value)
}

// withoutForeignSecrets returns variables with which psql finds no password file and
// no client certificate. Versions before 16 do not know the last one.
func withoutForeignSecrets() []string {
	return []string{"PGPASSFILE=" + os.DevNull, "PGSSLCERT=" + os.DevNull + "/none", "PGSSLCERTMODE=disable"}
}

// lookup returns a variable of an environment and whether it is set; of duplicates,
// the last.
func lookup(environ []string, name string) (string, bool) {
	for _, variable := range slices.Backward(environ) {
		if value, found := strings.CutPrefix(variable, name+"="); found {
			return value, true
		}
	}
	return "", false
}
