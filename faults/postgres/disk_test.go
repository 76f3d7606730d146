//go:build linux

package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// smallDisk mounts a file system of some MiB for a tablespace of the server.
func smallDisk(t *testing.T, db pgtest.Database, mebibytes int) string {
	t.Helper()
	clitest.NeedsRoot(t, "only root can mount a small file system")
	disk := pgtest.TempDir(t)
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%dm", mebibytes)); err != nil {
		t.Fatalf("mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount the small file system: %v", err)
		}
	})
	space := filepath.Join(disk, "space")
	if err := os.Mkdir(space, 0o700); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(clitest.Scan[string](t, db, "SHOW data_directory"))
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := os.Chown(space, int(owner.Uid), int(owner.Gid)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(disk, 0o711); err != nil {
		t.Fatal(err)
	}
	return space
}

// fillDisk leaves so many free bytes on a file system, and returns the file
// that takes the rest.
func fillDisk(t *testing.T, folder string, free int64) string {
	t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(folder, &stat); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "filler")
	content := make([]byte, int64(stat.Bavail)*stat.Bsize-free)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The disk is full: the run ends, nothing of a batch is half there, and it goes
// on when there is room again.
func TestC15_TheDiskIsFull(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	space := smallDisk(t, server.Database(), 64)
	t.Cleanup(func() { server.Stop(t) }) // before its disk goes
	clitest.Execute(t, server.Database(), "CREATE TABLESPACE small LOCATION '"+space+"'", "CREATE DATABASE small TABLESPACE small")
	db := server.Database()
	db.Name = "small"
	db.DSN = strings.Replace(db.DSN, "/postgres?", "/small?", 1)
	u := newUser(t, db.DSN).With("WRITERS=1")
	u.Succeed(t, "migrate", "up")
	filler := fillDisk(t, space, 6<<20)
	began := time.Now()
	r := u.Run(t, ingestAll()...)
	clitest.WantFailure(t, r, 5, "(SQLSTATE 53100)")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s to say so", took)
	}
	if !strings.Contains(r.LastLine(), "free space on the PostgreSQL server's disk") {
		t.Errorf("the next step is another one: %q", r.LastLine())
	}
	const sql = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches) = (SELECT sum(inserted) FROM ingestion_runs),
		(SELECT count(*) FROM raw_launches) = (SELECT count(*) FROM known_launches), (SELECT count(*) % 1000 FROM raw_launches))`
	if got := clitest.Scan[string](t, db, sql); got != "t t 0" {
		t.Errorf("launches as the ledger says, all of them known, and beyond whole batches: %s, want t t 0", got)
	}
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n == launchCount {
		t.Error("everything fits, so that nothing was tested")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	u.Succeed(t, ingestAll()...)
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != launchCount {
		t.Errorf("%d launches once there is room, want %d", n, launchCount)
	}
	wantNoLock(t, db)
}
