package telemetry

import (
	"fmt"
	"os"
)

// rotate renames path to path.1, path.1 to path.2 and so on. When another
// process is rotating, or has done so, there is nothing to do.
//
// The lock is on the file itself, so that it ends with its holder and leaves
// no lock file behind. Whoever holds the lock of the file that path names is
// alone in renaming; the rename of path comes last and gives the lock's
// meaning to the next file.
func (f *file) rotate() error {
	isLocked, err := tryLock(f.handle)
	if err != nil || !isLocked {
		return err
	}
	defer unlock(f.handle)
	info, err := os.Lstat(f.path)
	if err != nil || !os.SameFile(info, f.info) {
		return nil // somebody has moved it since: that is the rotation
	}
	if err := f.shift(); err != nil {
		return err
	}
	err = renameOpen(f.handle, f.path, f.numbered(1))
	// The handle is of the rotated file now, or closed by renameOpen.
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
