//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"liftoff"
)

// pollInterval is how often a lock is tried again.
const pollInterval = 20 * time.Millisecond

// errLocked means that another process (or another Server of this one) holds
// the lock.
var errLocked = errors.New("locked by another process")

// fileLock is an advisory lock on a file. The kernel releases it when the process
// ends, even after a kill; children do not inherit it.
type fileLock struct{ file *os.File }

// lockFile takes the lock at once or returns errLocked. Several processes may
// hold a shared lock together.
func lockFile(path string, shared bool) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, pathError(err)
	}
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	err = flock(file, how|unix.LOCK_NB)
	// Destroy may have removed the file meanwhile: the next one would not see our lock.
	if err == nil && !isNamed(file, path) {
		err = errLocked
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fileLock{file}, nil
}

// isNamed reports whether an open file still has that path.
func isNamed(file *os.File, path string) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(ours, there)
}

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return errLocked
		case err != nil:
			return pathError(fmt.Errorf("lock %q: %w", file.Name(), err))
		}
		return nil
	}
}

// waitForLock takes an exclusive lock. It waits for it until ctx ends.
func waitForLock(ctx context.Context, path string) (*fileLock, error) {
	for {
		lock, err := lockFile(path, false)
		if !errors.Is(err, errLocked) {
			return lock, err
		}
		if err := liftoff.Sleep(ctx, pollInterval); err != nil {
			return nil, err
		}
	}
}

// release releases the lock. The file stays: if it were removed, two processes
// could lock two different files.
func (l *fileLock) release() {
	// Nothing was written, so an error here loses nothing.
	_ = l.file.Close()
}
