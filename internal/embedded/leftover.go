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
	// leftoverFast is how long a leftover server may take to end properly.
	leftoverFast = 10 * time.Second
	// leftoverImmediate is how long it may take to just end.
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
	logger.Info("Stopping a PostgreSQL server that an earlier run left behind...", "pid", pid)
	for _, step := range []struct {
		signal syscall.Signal
		within time.Duration
	}{{syscall.SIGINT, leftoverFast}, {syscall.SIGQUIT, leftoverImmediate}} {
		// The only errors are that it has ended, and that it is not ours to
		// signal, which shows as it does not end.
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

// waitUntil waits until the condition holds and reports whether it did in
// time. The error is ctx's.
func waitUntil(ctx context.Context, within time.Duration, holds func() bool) (bool, error) {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for !holds() {
		if sleep(bounded, pollInterval) != nil {
			return false, ctx.Err()
		}
	}
	return true, nil
}

// postmasterFile returns the lines of postmaster.pid, in which a server tells
// who it is; they are none when there is no such file.
func postmasterFile(data string) []string {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// postmasterPID returns the process id in postmaster.pid, if there is one.
func postmasterPID(data string) (int, bool) {
	lines := postmasterFile(data)
	if len(lines) == 0 {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	return pid, err == nil && pid > 1
}

// statusLine is the index of the line that says how far the server is.
const statusLine = 7

// postmasterStatus returns what the server with that process id says of
// itself, such as "starting" or "ready", or "" if nothing.
func postmasterStatus(data string, pid int) string {
	lines := postmasterFile(data)
	if len(lines) <= statusLine || strings.TrimSpace(lines[0]) != strconv.Itoa(pid) {
		return ""
	}
	return strings.TrimSpace(lines[statusLine])
}

// clearStalePID waits for processes that outlive their server for a moment,
// and removes postmaster.pid when its process id belongs to some other program
// by now, in which case PostgreSQL would refuse to start. For a dead process
// id PostgreSQL decides by itself, with the help of that file.
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
