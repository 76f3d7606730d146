//go:build linux

// Package embedded_test holds the faults of the program's own PostgreSQL as a
// user of the program meets them: full disks, a kill, other data. The rest is
// tested in internal/embedded.
package embedded_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m, pgtest.WithDownloader()) }))
}

// smallDisk mounts a tmpfs of some megabytes and returns its folder and how to
// make it larger.
func smallDisk(t *testing.T, megabytes string) (folder string, grow func(megabytes string)) {
	t.Helper()
	clitest.NeedsRoot(t, "only root can mount a small disk")
	folder = pgtest.TempDir(t)
	mount := func(flags uintptr, size string) {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", flags, "mode=0755,size="+size+"m"); err != nil {
			t.Fatalf("mount a tmpfs: %v", err)
		}
	}
	mount(0, megabytes)
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder, func(size string) { mount(syscall.MS_REMOUNT, size) }
}

// archive returns the archive that pgtest's own server was unpacked from.
func archive(t *testing.T, u *clitest.User) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(u.Setting("EMBEDDED_CACHE_DIR"), "postgresql-*.txz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must have the archive in the cache")
		}
		t.Skip("no archive in the cache here: the machine has a PostgreSQL of its own")
	}
	return found[0]
}

// unfinished returns what is left of work that was broken off.
func unfinished(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantNone wants that a file or folder is not there.
func wantNone(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is there: %v", path, err)
		}
	}
}

// await polls until a condition of another process holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-ticker.C:
		}
	}
}
