//go:build linux

package embedded_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// Ctrl-C while PostgreSQL is downloaded, from a server that takes the connection
// and says nothing: the program and the download end at once, and leave nothing.
func TestI5_InterruptedWhileDownloading(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	archive(t, u) // or else this machine needs no download
	var config net.ListenConfig
	silent, err := config.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	cache, temp := filepath.Join(u.Folder, "cache"), t.TempDir()
	cmd := u.With("EMBEDDED_CACHE_DIR="+cache, "TMPDIR="+temp, "HTTPS_PROXY=http://"+silent.Addr().String()).
		Command(t.Context(), "migrate", "up")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	download, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = download.Close() })
	begin := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code, took := cmd.ProcessState.ExitCode(), time.Since(begin); code != 130 || took > 2*time.Second {
		t.Errorf("it ended with %d after %s, want 130 at once", code, took)
	}
	if err := download.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, download); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the download goes on")
	}
	if left := unfinished(t, cache); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
