package telemetry

import (
	"fmt"
	"os"
)

// rotate renames path to path.1, path.1 to path.2 and so on. It does nothing
// if another process is rotating or has just done so.
//
// The lock is on the file itself, so it ends with its holder and leaves no lock
// file behind. Only the process that has locked the file at path may rename
// files. It renames path last; from then on the lock that counts is that of
// the next file.
func (f *file) rotate() error {
	isLocked, err := tryLock(f.handle)
	if err != nil || !isLocked {
		return err
	}
	defer unlock(f.handle)
	info, err := os.Lstat(f.path)
	if err != nil || !os.SameFile(info, f.info) {
		return nil // another process has rotated it
	}
	if err := f.shift(); err != nil {
		return err
	}
	err = renameOpen(f.handle, f.path, f.numbered(1))
	// The handle is open on the rotated file, or renameOpen has closed it.
	_ = f.close()
	return err
}

// shift frees path.1 by moving the rotated files up to the first gap, or over
// the oldest when there is none.
func (f *file) shift() error {
	free := 1
	for free < f.maxFiles {
		if _, err := os.Lstat(f.numbered(free)); err != nil {
			break
		}
		free++
	}
	for n := free; n > 1; n-- {
		if err := os.Rename(f.numbered(n-1), f.numbered(n)); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) numbered(n int) string { return fmt.Sprintf("%s.%d", f.path, n) }
