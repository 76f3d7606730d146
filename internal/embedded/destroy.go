//go:build unix

package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"liftoff"
)

// Destroy removes the data folder: all databases, the password, the logs. Files of
// others in it, and therefore the folder, are kept; their paths are returned. It is a
// Locked error while a server runs on it, and nothing is removed then. What a killed
// Destroy has left is removed by the next start, or by the next Destroy.
func Destroy(opts Options) (kept []string, err error) {
	h, err := homeOf(opts)
	if err != nil {
		return nil, err
	}
	if !isDir(h.path) {
		return nil, nil
	}
	owner, err := lockFile(h.ownerLock(), false)
	if errors.Is(err, errLocked) {
		return nil, h.inUse("a liftoff process uses it")
	}
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	defer owner.release()
	if pid, ok := postmasterPID(h.data()); ok && serves(pid, h.data()) {
		return nil, h.inUse(fmt.Sprintf("a PostgreSQL server (process %d) uses it", pid))
	}
	if err := h.removeOurs(); err != nil {
		return nil, fmt.Errorf("remove the data folder: %w", pathError(err))
	}
	return h.remains()
}

func (h home) inUse(by string) error {
	return liftoff.NewError(liftoff.Locked, fmt.Errorf("the data folder %q is not removed, because %s", h.path, by),
		"run `liftoff db stop`, or wait until the other liftoff commands have ended")
}

// removeOurs removes what liftoff has made, the lock last: the folder is known by it.
func (h home) removeOurs() error {
	// In one step, or a kill would leave a half that is no data directory. It fails if a
	// disk is mounted there.
	_ = os.Rename(h.data(), filepath.Join(h.path, ".init-removed"))
	var ours []string
	for _, pattern := range []string{".init-*", ".*.json-*", ".password-*"} {
		found, err := matching(h.path, pattern)
		if err != nil {
			return err
		}
		ours = append(ours, found...)
	}
	ours = append(ours, h.data(), h.olderPasswordFile(), h.portFile(), h.factsFile(), h.binariesFile(), h.logFile(), h.logFile()+".1",
		filepath.Join(h.path, BackgroundLog), h.usersLock(), h.ownerLock())
	for _, path := range ours {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// remains removes the folder if it is empty, and returns what is in it otherwise.
func (h home) remains() ([]string, error) {
	entries, err := os.ReadDir(h.path)
	if err != nil {
		return nil, fmt.Errorf("list the data folder: %w", pathError(err))
	}
	var kept []string
	for _, entry := range entries {
		kept = append(kept, filepath.Join(h.path, entry.Name()))
	}
	if len(kept) > 0 {
		return kept, nil
	}
	// A place where a disk is mounted cannot be removed, and need not be.
	if err := os.Remove(h.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return []string{h.path}, nil
	}
	return nil, nil
}
