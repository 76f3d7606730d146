//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"liftoff"
)

const (
	// leftoverFast is how long a clean shutdown of a leftover server may take.
	leftoverFast = 10 * time.Second
	// leftoverImmediate is how long an immediate shutdown of it may take.
	leftoverImmediate = 5 * time.Second
)

// stopLeftover ends a server that a killed owner left behind on the data
// directory: the death signal reaches it, but it may take a moment to end.
// It runs under the owner's lock, so no liftoff process owns that server.
func stopLeftover(ctx context.Context, data string, logger *slog.Logger) error {
	pid, ok := postmasterPID(data)
	if !ok {
		return nil
	}
	if !serves(pid, data) {
		return clearStalePID(ctx, data, pid)
	}
	if other := servedFor(data); other != "" {
		return liftoff.NewError(liftoff.Database,
			fmt.Errorf("the data directory %q is in use: a PostgreSQL server (process %d) was started for it as %q", data, pid, other),
			"stop that server, or set EMBEDDED_DATA_DIR to another folder")
	}
	logger.InfoContext(ctx, "Stopping a PostgreSQL server that an earlier run left behind.", "pid", pid)
	for _, step := range []struct {
		signal syscall.Signal
		within time.Duration
	}{{syscall.SIGINT, leftoverFast}, {syscall.SIGQUIT, leftoverImmediate}} {
		// An error means that it has ended, or that we may not signal it: then
		// the wait below runs out.
		_ = syscall.Kill(pid, step.signal)
		gone, err := waitUntil(ctx, step.within, func() bool { return !serves(pid, data) })
		if gone || err != nil {
			return err
		}
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("a PostgreSQL server (process %d) from an earlier run still uses %q and does not stop", pid, data),
		fmt.Sprintf("stop it: kill -QUIT %d", pid))
}

// waitUntil waits until the condition holds, and reports whether it did in time.
// The error is ctx's.
func waitUntil(ctx context.Context, within time.Duration, holds func() bool) (bool, error) {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for !holds() {
		if liftoff.Sleep(bounded, pollInterval) != nil {
			return false, ctx.Err()
		}
	}
	return true, nil
}

// postmasterFile returns the lines of postmaster.pid, in which a server describes
// itself; nil without that file.
func postmasterFile(data string) []string {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// servedFor returns the path under which the running server knows the data directory,
// if that is in another folder than ours: a link leads to data of somebody else, whose
// locks are there. Otherwise it is "".
func servedFor(data string) string {
	lines := postmasterFile(data)
	if len(lines) <= pathLine {
		return ""
	}
	theirs, err := os.Stat(filepath.Dir(lines[pathLine]))
	if err != nil {
		return "" // the folder was renamed
	}
	ours, err := os.Stat(filepath.Dir(data))
	if err != nil || os.SameFile(theirs, ours) {
		return ""
	}
	return lines[pathLine]
}

// postmasterPID returns the process id in postmaster.pid, if it has one.
func postmasterPID(data string) (int, bool) {
	lines := postmasterFile(data)
	if len(lines) == 0 {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	return pid, err == nil && pid > 1
}

// pathLine is the index of the line with the path of the data directory.
const pathLine = 1

// statusLine is the index of the line with the server's status.
const statusLine = 7

// postmasterStatus returns the status of the server with that process id, such as
// "starting" or "ready"; "" if it has written none.
func postmasterStatus(data string, pid int) string {
	lines := postmasterFile(data)
	if len(lines) <= statusLine || strings.TrimSpace(lines[0]) != strconv.Itoa(pid) {
		return ""
	}
	return strings.TrimSpace(lines[statusLine])
}

// clearStalePID waits for processes that outlive their server for a moment. It
// then removes postmaster.pid if another program has that process id now, because
// PostgreSQL would refuse to start. For an unused process id it leaves the file,
// which PostgreSQL itself needs to decide.
func clearStalePID(ctx context.Context, data string, pid int) error {
	if !canListServers {
		return nil
	}
	gone, err := waitUntil(ctx, leftoverFast, func() bool { return !anyoneServes(data) })
	if err != nil || !gone || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return err
	}
	err = os.Remove(filepath.Join(data, "postmaster.pid"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a stale postmaster.pid: %w", pathError(err))
	}
	return nil
}
