//go:build !unix

package telemetry

import (
	"io/fs"
	"os"
)

// Windows has no such flags, owners or advisory locks: there the only check is
// that the file is regular, and two processes should not share one.
const safeOpen = 0

func checkOwner(fs.FileInfo) error { return nil }

func tryLock(*os.File) (bool, error) { return true, nil }

func unlock(*os.File) {}

// renameOpen closes the file first, because Windows renames no open file; the
// caller opens the path again.
func renameOpen(handle *os.File, from, to string) error {
	_ = handle.Close() // every line has been written already
	return os.Rename(from, to)
}
