//go:build linux

package embedded_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"liftoff/internal/embedded"
)

func TestB2_KillOfTheOwnerLeavesNoServerAndACleanNextStart(t *testing.T) {
	t.Parallel()
	opts := options(t)
	data := filepath.Join(opts.DataDir, "data")
	for round := range 3 {
		owner := startOther(t, "server", "TEST_DATA_DIR="+opts.DataDir)
		r := owner.report(t)
		if r.Error != "" || r.Joined {
			t.Fatalf("round %d: joined %v, error %q", round, r.Joined, r.Error)
		}
		query(t, r.DSN, fmt.Sprintf("CREATE TABLE round_%d AS SELECT 'kept'::text AS id", round))
		owner.kill()
		eventually(t, "no process of the server is left", func() bool { return !embedded.Serves(data) })
		if _, err := os.Stat(filepath.Join(data, "postmaster.pid")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("round %d: postmaster.pid is left: %v", round, err)
		}
	}
	server := start(t, opts)
	if got := query(t, server.Connection().DSN(), "SELECT id FROM round_0, LATERAL (SELECT 1 FROM round_2) x"); got != "kept" {
		t.Errorf("read %q after three kills, want %q", got, "kept")
	}
}

func TestB2_StartRightAfterwardsIsClean(t *testing.T) {
	t.Parallel()
	opts := options(t)
	for range 3 {
		owner := startOther(t, "server", "TEST_DATA_DIR="+opts.DataDir)
		owner.report(t)
		owner.kill()
		// Nothing is waited for here: the old server may still be ending.
		server := start(t, opts)
		if server.Joined() {
			t.Error("joined a dead process")
		}
		stop(t, server)
	}
}

func TestB2_KillWhileTheDataDirectoryIsMade(t *testing.T) {
	t.Parallel()
	opts := options(t)
	owner := startOther(t, "server", "TEST_DATA_DIR="+opts.DataDir)
	eventually(t, "initdb is at work", func() bool { return len(unfinished(t, opts)) > 0 })
	owner.kill()
	if _, err := os.Stat(filepath.Join(opts.DataDir, "data")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("there is a data directory already: %v", err)
	}
	start(t, opts)
	if left := unfinished(t, opts); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestB2_I4_AServerThatAnEarlierRunLeftBehindIsEnded(t *testing.T) {
	t.Parallel()
	opts := options(t)
	owner := startOther(t, "server", "TEST_DATA_DIR="+opts.DataDir)
	pid := owner.report(t).PID
	// A stopped process gets its death signal, but cannot act on it yet.
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	owner.kill()
	opts.Logger = onLog("that an earlier run left behind", func() {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	})
	server := start(t, opts)
	if server.Joined() || isAlive(pid) {
		t.Errorf("joined is %v, the old server alive is %v, want a new server", server.Joined(), isAlive(pid))
	}
}

func TestI4_ProcessIDOfADeadServerMayBelongToAnother(t *testing.T) {
	t.Parallel()
	opts := options(t)
	stop(t, start(t, opts))
	data := filepath.Join(opts.DataDir, "data")
	// PostgreSQL is fooled only by a process of the user that it runs as.
	uid := owner(t, data)
	stranger := exec.Command("/bin/sleep", "1000")
	stranger.SysProcAttr = &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		stranger.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = stranger.Process.Kill(), stranger.Wait() })
	text := fmt.Sprintf("%d\n%s\n1700000000\n5432\n\n127.0.0.1\n", stranger.Process.Pid, data)
	pidFile := filepath.Join(data, "postmaster.pid")
	if err := os.WriteFile(pidFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(pidFile, int(uid), -1); err != nil {
		t.Fatal(err)
	}
	start(t, opts)
	if !isAlive(stranger.Process.Pid) {
		t.Error("the other program was ended")
	}
}

func TestB2_WatchdogEndsTheChildOnSystemsWithoutADeathSignal(t *testing.T) {
	t.Parallel()
	parent := startOther(t, "watched")
	pid := parent.report(t).PID
	if !isAlive(pid) {
		t.Fatal("the child does not run")
	}
	parent.kill()
	eventually(t, "the child has ended", func() bool { return !isAlive(pid) })
}

func TestStop_TakesTheWatchdogAlong(t *testing.T) {
	t.Parallel()
	pid, stop, err := embedded.StartWatched("/bin/sleep", "1000")
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if isAlive(pid) {
		t.Error("the child still runs")
	}
}
