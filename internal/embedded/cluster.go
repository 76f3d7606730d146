//go:build unix

package embedded

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"liftoff"
)

// superuser is the role that initdb makes; the program itself works as
// Options.User.
const superuser = "postgres"

// deathOfTool is the signal that initdb and other tools get when this process
// dies. They need no clean end.
const deathOfTool = syscall.SIGKILL

// sharedMemory keeps the server's shared memory in the data directory. A kill
// leaves nothing in /dev/shm, which has only 64 MB in a container: too little for
// parallel queries.
const sharedMemory = "mmap"

// initialise makes the data directory in a temporary folder beside it and
// renames it when it is complete: a killed process leaves nothing that counts. It
// runs under the owner's lock.
func initialise(ctx context.Context, l launch) (err error) {
	h := l.home
	scratch, err := os.MkdirTemp(h.path, ".init-")
	if err != nil {
		return fmt.Errorf("make a folder for the new data directory: %w", pathError(err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	password := filepath.Join(scratch, "password")
	if err := writeFileAtomically(password, []byte(rand.Text()+rand.Text()+"\n"), 0o600); err != nil {
		return err
	}
	data := filepath.Join(scratch, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("make the new data directory: %w", pathError(err))
	}
	if err := l.account.give(scratch); err != nil {
		return fmt.Errorf("give the new data directory to the server's user: %w", pathError(err))
	}
	initdb := command{
		path:       filepath.Join(l.binaries.Dir, "initdb"),
		args:       initdbArguments(data, password, l.options.Settings["fsync"] != "off"),
		account:    l.account,
		onOurDeath: deathOfTool,
	}
	if err := runInitdb(ctx, initdb, l.binaries); err != nil {
		return err
	}
	// A data directory never exists without its password. One that an older version
	// has left beside it stays: it may belong to a data directory that was moved away.
	if err := os.Rename(password, filepath.Join(data, filepath.Base(h.passwordFile()))); err != nil {
		return fmt.Errorf("put the password into the new data directory: %w", pathError(err))
	}
	// On some systems rename does not replace an empty directory.
	if err := os.Remove(h.data()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("make room for the new data directory: %w", pathError(err))
	}
	if err := os.Rename(data, h.data()); err != nil {
		return fmt.Errorf("move the new data directory into place: %w", pathError(err))
	}
	return nil
}

// initdbArguments asks for the built-in locale, which sorts the same on every
// system.
func initdbArguments(data, passwordFile string, sync bool) []string {
	arguments := []string{
		"--pgdata=" + data,
		"--username=" + superuser,
		"--pwfile=" + passwordFile,
		"--auth=scram-sha-256",
		"--encoding=UTF8",
		"--locale=C",
		"--locale-provider=builtin",
		"--builtin-locale=C.UTF-8",
		"--text-search-config=english",
		"--data-checksums",
		"--set=dynamic_shared_memory_type=" + sharedMemory,
	}
	if !sync {
		arguments = append(arguments, "--no-sync")
	}
	return arguments
}

// runInitdb runs initdb, one of the binaries.
func runInitdb(ctx context.Context, initdb command, from binaries) error {
	var output bytes.Buffer
	initdb.stdout, initdb.stderr = &output, &output
	err := initdb.run(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("make a new data directory: %w", ctx.Err())
	case liftoff.CategoryOf(err) != liftoff.Internal:
		return err
	}
	tail := lastLines(output.String())
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("make a new data directory with %q: %w: %s", initdb.path, err, tail),
		from.hint(err, tail, "check the free space and the permissions of the data directory"))
}

// sweepTimeout is how long sweep keeps trying while something still writes into
// what it removes.
const sweepTimeout = 2 * time.Second

// sweep removes what killed processes left half-initialised. It runs under
// the owner's lock, so no such folder is in use.
func sweep(ctx context.Context, h home) error {
	leftovers, err := matching(h.path, ".init-*")
	if err != nil {
		return err
	}
	for _, dir := range leftovers {
		err = errors.Join(err, removeBusy(ctx, dir))
	}
	return pathError(err)
}

// removeBusy removes a folder into which something may still write: initdb dies
// with the process that was killed, but the servers that it has started live on
// for a moment.
func removeBusy(ctx context.Context, dir string) (err error) {
	_, ended := waitUntil(ctx, sweepTimeout, func() bool {
		err = os.RemoveAll(dir)
		return !errors.Is(err, syscall.ENOTEMPTY)
	})
	return cmp.Or(ended, err)
}

// maxLogTail bounds what an error quotes of a log.
const maxLogTail = 2000

// lastLines returns the last lines of a log as one line.
func lastLines(text string) string {
	text = strings.TrimSpace(text[max(0, len(text)-maxLogTail):])
	if text == "" {
		return "it wrote no log"
	}
	lines := strings.Split(text, "\n")
	lines = lines[max(0, len(lines)-5):]
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, " | ")
}
