//go:build linux

package embedded_test

import (
	"os"
	"path/filepath"
	"testing"

	"liftoff/internal/testkit/clitest"
)

// A disk that fills up while the archive is unpacked leaves nothing that
// counts, and with more room the same command works.
func TestI5_DiskFullWhileUnpacking(t *testing.T) {
	t.Parallel()
	disk, grow := smallDisk(t, "20")
	u := clitest.NewUser(t)
	u = u.With("EMBEDDED_ARCHIVE="+archive(t, u), "EMBEDDED_CACHE_DIR="+disk)
	clitest.WantFailure(t, u.Run(t, "migrate", "up"), 5, "no space left on device")
	if left := unfinished(t, disk); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	wantNone(t, filepath.Join(u.Folder, "data", "liftoff", "data"))
	grow("500")
	u.Succeed(t, "migrate", "up")
}

// The same for the data directory, which initdb fills.
func TestI5_DiskFullWhileTheDataDirectoryIsMade(t *testing.T) {
	t.Parallel()
	disk, grow := smallDisk(t, "10")
	data := filepath.Join(disk, "liftoff")
	u := clitest.NewUser(t).With("EMBEDDED_DATA_DIR=" + data)
	clitest.WantFailure(t, u.Run(t, "migrate", "up"), 5, "No space left on device")
	if left := unfinished(t, data); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	wantNone(t, filepath.Join(data, "data"))
	grow("300")
	u.Succeed(t, "migrate", "up")
}

// kill -9 in the middle of unpacking: the next start begins anew.
func TestI5_KilledWhileUnpacking(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	cache := filepath.Join(u.Folder, "cache")
	u = u.With("EMBEDDED_ARCHIVE="+archive(t, u), "EMBEDDED_CACHE_DIR="+cache)
	cmd := u.Command(t.Context(), "migrate", "up")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "the unpacking to begin", func() bool {
		found, err := filepath.Glob(filepath.Join(cache, ".unpack-*", "*"))
		return err == nil && len(found) > 0
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if len(unfinished(t, cache)) == 0 {
		t.Fatal("the kill came too late to test anything")
	}
	u.Succeed(t, "migrate", "up")
	if left := unfinished(t, cache); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestI3_DataOfAnotherMajorVersion(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	data := filepath.Join(u.Folder, "data", "liftoff", "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	version := filepath.Join(data, "PG_VERSION")
	if err := os.WriteFile(version, []byte("16\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	clitest.WantFailure(t, u.Run(t, "ingest"), 2, "was made by PostgreSQL 16")
	if got, err := os.ReadFile(version); err != nil || string(got) != "16\n" {
		t.Errorf("the data directory has changed: %q, %v", got, err)
	}
}
