package pgtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TempDir returns a new folder that is removed after the test. Unlike
// t.TempDir's, another user may pass through it, as the server does when the
// tests run as root; and it is in memory where there is enough of it.
func TempDir(t testing.TB) string {
	t.Helper()
	dir, err := makeTempDir()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the test's folder: %v", err)
		}
	})
	return dir
}

const dirPrefix = "liftoff-pgtest-"

func makeTempDir() (string, error) {
	dir, err := os.MkdirTemp(place(), dirPrefix)
	if err != nil {
		return "", fmt.Errorf("make a folder for the server: %w", err)
	}
	sweep(dir)
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // root's server runs as another user
		return "", fmt.Errorf("let the server's user into its folder: %w", err)
	}
	return dir, nil
}

// abandonedAfter is the age at which a folder is no running test's any more.
const abandonedAfter = 24 * time.Hour

// sweep removes the folders of test runs that were killed a day before dir
// was made: they may take up memory.
func sweep(dir string) {
	now, err := os.Stat(dir)
	if err != nil {
		return
	}
	parent := filepath.Dir(dir)
	// The only error is a bad pattern.
	others, _ := fs.Glob(os.DirFS(parent), dirPrefix+"*")
	for _, other := range others {
		path := filepath.Join(parent, other)
		info, err := os.Stat(path)
		if err == nil && now.ModTime().Sub(info.ModTime()) > abandonedAfter {
			// Another user's folder cannot be removed, unless this is root,
			// whose tests may as well tidy up for all.
			_ = os.RemoveAll(path)
		}
	}
}

// place returns the folder for temporary folders: TMPDIR if it is set, else
// memory, where a database is made in 20 ms that takes 300 ms on a busy disk.
func place() string {
	if os.Getenv("TMPDIR") == "" && inMemoryFits() {
		return inMemory
	}
	return os.TempDir()
}

// inMemory is where Linux has a file system in memory.
const inMemory = "/dev/shm"

// inMemoryNeed is what must be free there; containers often have 64 MB only.
const inMemoryNeed = 4 << 30
