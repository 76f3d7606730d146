package export_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"liftoff"
	"liftoff/internal/export"
)

// mounted returns a file on which another one is mounted, as a container's is.
func mounted(t *testing.T, flags uintptr) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file")
	}
	folder := t.TempDir()
	source, path := filepath.Join(folder, "source"), filepath.Join(folder, "launches.csv")
	for _, name := range []string{source, path} {
		if err := os.WriteFile(name, []byte("old, and longer than what comes"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount(source, path, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("this machine does not let root mount a file: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
	if err := unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|flags, ""); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestR4_AMountedFileGetsTheContent(t *testing.T) {
	t.Parallel()
	path := mounted(t, 0)
	if err := export.WriteFile(path, writing("new")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "new")
	wantContent(t, filepath.Join(filepath.Dir(path), "source"), "new")
	if names := namesIn(t, filepath.Dir(path)); len(names) != 2 {
		t.Errorf("there are %q", names)
	}
}

func TestR4_AMountedFileThatIsReadOnlyStaysAsItIs(t *testing.T) {
	t.Parallel()
	path := mounted(t, unix.MS_RDONLY)
	err := export.WriteFile(path, writing("new"))
	if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(liftoff.HintOf(err), "mount") {
		t.Errorf("got error %v of category %v", err, liftoff.CategoryOf(err))
	}
	wantContent(t, path, "old, and longer than what comes")
	if names := namesIn(t, filepath.Dir(path)); len(names) != 2 {
		t.Errorf("there are %q", names)
	}
}
