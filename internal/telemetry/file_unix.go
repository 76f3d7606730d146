//go:build unix

package telemetry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// safeOpen refuses a symbolic link as the last part of the path, and does not
// wait for a reader when the path has become a fifo.
const safeOpen = unix.O_NOFOLLOW | unix.O_NONBLOCK

// checkOwner refuses a file that belongs neither to this user nor to root: its
// owner could read, change and forge the log.
func checkOwner(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if owner, self := int(stat.Uid), os.Geteuid(); owner != self && owner != 0 {
		return fmt.Errorf("it belongs to user %d, not to user %d", owner, self)
	}
	return nil
}

// tryLock takes the exclusive lock of the opened file. It reports false when
// another holds it, and never waits.
func tryLock(handle *os.File) (bool, error) {
	err := unix.Flock(int(handle.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock log file: %w", err)
	}
	return true, nil
}

func unlock(handle *os.File) {
	// Closing the file unlocks it too, so an error has no consequence.
	_ = unix.Flock(int(handle.Fd()), unix.LOCK_UN)
}

func renameOpen(_ *os.File, from, to string) error { return os.Rename(from, to) }
