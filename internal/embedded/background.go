//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"liftoff"
)

// startLine is the index of the line of postmaster.pid with the moment of the start.
const startLine = 2

// stopPatience is how long a stop takes without others to wait for, or a little more.
const stopPatience = time.Second

// Look returns what there is in the data folder. It changes nothing and starts no
// server. A folder with files of others is a Usage error, one that this user may not
// read a Privilege error.
func Look(opts Options) (Status, error) {
	h, err := homeOf(opts)
	if err != nil {
		return Status{}, err
	}
	status := Status{Folder: h.path}
	// What cannot be read is none: the port is asked for again.
	_ = readJSON(h.portFile(), &status.KeptPort)
	major, err := h.major()
	if err != nil {
		return status, err
	}
	if major != 0 {
		status.HasData, status.Version = true, strconv.Itoa(major)
		if status.Bytes, err = sizeOf(h.data()); err != nil {
			return status, err
		}
	}
	isOwned, err := isLocked(h.ownerLock())
	if err != nil || !isOwned {
		pid, ok := postmasterPID(h.data())
		status.HasLeftover = ok && serves(pid, h.data())
		return status, err
	}
	status.IsRunning = true
	if f, ok := h.facts(); ok {
		status.PID, status.Port, status.Version, status.IsBackground = f.PID, f.Port, f.Version, f.IsBackground
		status.Since = startedAt(h.data())
	} else if pid := h.stopping(); pid != 0 {
		status.PID, status.IsStopping = pid, true
	}
	return status, nil
}

// homeOf returns the data folder of the options, which must not be of others.
func homeOf(opts Options) (home, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return home{}, err
	}
	h := home{opts.DataDir}
	return h, h.checkNotForeign()
}

// isLocked reports whether a process holds a lock. Unlike lockFile it makes no file.
func isLocked(path string) (bool, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, pathError(err)
	}
	defer func() { _ = file.Close() }() // releases the lock
	err = flock(file, unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, errLocked) {
		return true, nil
	}
	return false, err
}

// startedAt returns when the server was started, as it has written; zero if it has not.
func startedAt(data string) time.Time {
	lines := postmasterFile(data)
	if len(lines) <= startLine {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(lines[startLine]), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// sizeOf returns how many bytes the files in a folder have. A running server may
// remove some meanwhile.
func sizeOf(folder string) (bytes int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return pathError(err)
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("add up the size of the data directory: %w", err)
	}
	return bytes, nil
}

// BackgroundConnection returns how to reach the background server. It does not
// connect. Without one it is a Database error.
func BackgroundConnection(opts Options) (Connection, error) {
	status, err := Look(opts)
	if err != nil {
		return Connection{}, err
	}
	if !status.IsBackground {
		return Connection{}, NotRunning(status)
	}
	h := home{status.Folder}
	password, err := h.password()
	if err != nil {
		return Connection{}, err
	}
	opts, err = opts.withDefaults()
	return Connection{"127.0.0.1", status.Port, opts.Database, opts.User, password}, err
}

// RunningConnection returns how to reach the server that a liftoff process runs, in the
// background or not. It does not connect, changes nothing and waits for nobody; the
// server may stop at any time. Without a server it is a Database error.
func RunningConnection(opts Options) (Connection, error) {
	h, err := homeOf(opts)
	if err != nil {
		return Connection{}, err
	}
	// What is left of an owner that was killed is no server.
	isOwned, err := isLocked(h.ownerLock())
	if err != nil {
		return Connection{}, err
	}
	f, hasServer := h.facts()
	if !isOwned || !hasServer {
		return Connection{}, NotRunning(Status{Folder: h.path})
	}
	password, err := h.password()
	if err != nil {
		return Connection{}, err
	}
	opts, err = opts.withDefaults()
	return Connection{f.Host, f.Port, opts.Database, opts.User, password}, err
}

// StopBackground stops the background server and returns when it has ended. It waits
// for other liftoff processes that use it, without a limit, unless told otherwise;
// other programs lose their connections. When ctx ends, it returns: the server then
// stops by itself once those processes have ended. Without a background server it is
// a Database error.
func StopBackground(ctx context.Context, opts Options, stop StopOptions) error {
	status, err := Look(opts)
	if err != nil {
		return err
	}
	h := home{status.Folder}
	if !status.IsBackground && !status.IsStopping {
		return NotRunning(status)
	}
	signal := syscall.SIGINT // which a process that stops already has had
	if stop.Now {
		signal = syscall.SIGTERM
	}
	if err := syscall.Kill(status.PID, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("tell process %d to stop the server: %w", status.PID, err),
			"run `liftoff db stop` as the user who started the server")
	}
	hasEnded := func() bool { return h.hasEnded(status.PID) }
	ended, err := waitUntil(ctx, stopPatience, hasEnded)
	if err == nil && !ended {
		stop.OnWait()
		for !hasEnded() && err == nil {
			err = liftoff.Sleep(ctx, pollInterval)
		}
	}
	return err
}

// hasEnded reports whether a process no longer owns the server. The next owner may have
// begun already.
func (h home) hasEnded(pid int) bool {
	isOwned, err := isLocked(h.ownerLock())
	f, ok := h.facts()
	next := h.stopping()
	return (err == nil && !isOwned) || (ok && f.PID != pid) || (next != 0 && next != pid)
}
