package e2e_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// newKeeper returns a user with a free port for the background server, which is stopped
// after the test.
func newKeeper(t *testing.T) *clitest.User {
	t.Helper()
	u := clitest.NewUser(t)
	u = u.With("EMBEDDED_PORT=" + clitest.FreePort(t))
	t.Cleanup(func() {
		// It may be stopped already, or have never been started.
		_ = u.Command(context.WithoutCancel(t.Context()), "db", "stop", "--now").Run()
	})
	return u
}

// serverStatus is what `db status -o json` prints.
type serverStatus struct {
	Running, Background bool
	Process, Port       int
	Version             string
	Databases           []struct {
		Name     string
		Launches *int64
	}
}

func statusOf(t *testing.T, u *clitest.User) serverStatus {
	t.Helper()
	r := u.Run(t, "db", "status", "-o", "json")
	var status serverStatus
	if err := json.Unmarshal([]byte(r.Stdout), &status); err != nil {
		t.Fatalf("%v: %q, stderr:\n%s", err, r.Stdout, r.Stderr)
	}
	if wanted := map[bool]int{true: 0, false: 5}[status.Background]; r.Code != wanted {
		t.Errorf("exit code %d, want %d for %+v", r.Code, wanted, status)
	}
	return status
}

// revealed is the database of `db url --reveal`, as other programs take it.
func revealed(t *testing.T, u *clitest.User) pgtest.Database {
	t.Helper()
	return pgtest.Database{DSN: strings.TrimSpace(u.Succeed(t, "db", "url", "--reveal").Stdout)}
}

func TestDB_StartsOnAPortThatLastsAndOtherCommandsUseIt(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	port := u.Setting("EMBEDDED_PORT")
	r := u.Succeed(t, "db", "start")
	if !strings.Contains(r.Stdout, "on port "+port) || !strings.Contains(r.Stdout, ":***@127.0.0.1:"+port+"/spacex\n") {
		t.Errorf("stdout:\n%s", r.Stdout)
	}
	db := revealed(t, u)
	if !strings.HasPrefix(db.DSN, "postgresql://spacex:") || !strings.HasSuffix(db.DSN, "@127.0.0.1:"+port+"/spacex") {
		t.Errorf("url %q", db.DSN)
	}
	hidden := u.Succeed(t, "db", "url").Stdout
	password := strings.TrimPrefix(strings.Split(db.DSN, "@")[0], "postgresql://spacex:")
	if strings.Contains(hidden+r.Stdout+r.Stderr, password) || !strings.Contains(hidden, "***") {
		t.Errorf("the password shows: %q", hidden)
	}
	if r := u.Succeed(t, "db", "start"); !strings.Contains(r.Stdout, "already") {
		t.Errorf("the second start says:\n%s", r.Stdout)
	}
	u.Succeed(t, "ingest", "--all", "--spacex-api-url", clitest.StartReplay(t, "--count", "30"))
	if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM launches"); n < 30 {
		t.Errorf("%d launches", n)
	}
	status := statusOf(t, u)
	if !status.Running || strconv.Itoa(status.Port) != port || len(status.Databases) != 1 || *status.Databases[0].Launches < 30 {
		t.Errorf("status %+v", status)
	}
	if r := u.Succeed(t, "db", "url"); r.Stderr != "" {
		t.Errorf("stderr:\n%s", r.Stderr)
	}
	if r := u.Succeed(t, "db", "url", "--postgres-db", "spacx"); !strings.Contains(r.Stderr, "This database is not there.") {
		t.Errorf("stderr:\n%s", r.Stderr)
	}
	if r := u.Succeed(t, "db", "stop"); !strings.Contains(r.Stdout, "is stopped") {
		t.Errorf("stdout:\n%s", r.Stdout)
	}
	if status := statusOf(t, u); status.Running {
		t.Errorf("status %+v", status)
	}
	// The port is the one of the last time, without being named.
	again := u.With("EMBEDDED_PORT=0")
	again.Succeed(t, "db", "start")
	if got := revealed(t, again).DSN; got != db.DSN {
		t.Errorf("the URL was %q and is %q", db.DSN, got)
	}
	clitest.WantFailure(t, u.With("EMBEDDED_PORT=0").Run(t, "db", "start", "--port", "1025"), 2, "port "+port+" already, not on 1025")
}

// What ends the terminal, the process or the server leaves nothing that the next start
// cannot clean up.
func TestDB_OutlivesItsTerminalAndItsOwnCrash(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	cmd := u.Command(t.Context(), "db", "start")
	// A session of its own, whose end is that of a terminal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGHUP)
	status := statusOf(t, u)
	if !status.Background {
		t.Fatalf("status %+v", status)
	}
	if session, _, _ := syscall.Syscall(syscall.SYS_GETSID, uintptr(status.Process), 0, 0); int(session) != status.Process {
		t.Errorf("the server's process is of session %d", session)
	}
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		if err := syscall.Kill(status.Process, signal); err != nil {
			t.Fatal(err)
		}
		await(t, "the server has ended", func() bool { return !statusOf(t, u).Running })
		clitest.WantFailure(t, u.Run(t, "db", "url"), 5, "is not running")
		u.Succeed(t, "db", "start")
		if next := statusOf(t, u); next.Process == status.Process || next.Port != status.Port {
			t.Errorf("status %+v", next)
		}
		status = statusOf(t, u)
	}
}

// A stop waits for a command that uses the server, and that command does not notice.
func TestDB_StopWaitsForOtherCommands(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	u.Succeed(t, "db", "start")
	api := clitest.StartReplay(t, "--count", "50", "--latency", "2s")
	cmd := u.Command(t.Context(), "ingest", "--all", "--spacex-api-url", api)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Run() }()
	db := revealed(t, u)
	await(t, "the ingestion has begun", func() bool {
		return clitest.Scan[bool](t, db, "SELECT to_regclass('ingestion_runs') IS NOT NULL")
	})
	r := u.Succeed(t, "db", "stop")
	if !strings.Contains(r.Stderr, "Waiting for other liftoff commands") {
		t.Errorf("stderr:\n%s", r.Stderr)
	}
	if err := <-ended; err != nil {
		t.Errorf("the ingestion ended with %v", err)
	}
}

// A server that a command has started for itself ends with it; then comes ours.
func TestDB_StartWaitsForACommandThatRunsTheServer(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	api := clitest.StartReplay(t, "--count", "20", "--latency", "1s")
	cmd := u.Command(t.Context(), "ingest", "--all", "--spacex-api-url", api)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Run() }()
	await(t, "the ingestion runs the server", func() bool {
		status := statusOf(t, u)
		return status.Running && status.Port != 0
	})
	clitest.WantFailure(t, u.Run(t, "db", "url"), 5, "another liftoff command has started it")
	r := u.Succeed(t, "db", "start")
	if err := <-ended; err != nil {
		t.Errorf("the ingestion ended with %v", err)
	}
	if status := statusOf(t, u); !status.Background || !strings.Contains(r.Stderr, "Waiting for another liftoff command") {
		t.Errorf("status %+v, stderr:\n%s", status, r.Stderr)
	}
}

func TestDB_StartRefusesWhatItCannotUseAndTouchesNothing(t *testing.T) {
	t.Parallel()
	t.Run("a port that is taken", func(t *testing.T) {
		t.Parallel()
		u := newKeeper(t)
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:"+u.Setting("EMBEDDED_PORT"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		r := u.Run(t, "db", "start")
		clitest.WantFailure(t, r, 2, "another program uses port "+u.Setting("EMBEDDED_PORT"))
		if !strings.Contains(r.LastLine(), "db start --port ") || !strings.Contains(r.LastLine(), "lsof -i :") {
			t.Errorf("next step: %s", r.LastLine())
		}
		if _, err := os.Stat(filepath.Join(u.Folder, "data")); err == nil {
			t.Error("the data folder was made")
		}
	})
	t.Run("data of another major version", func(t *testing.T) {
		t.Parallel()
		u := newKeeper(t)
		data := filepath.Join(u.Folder, "data", "liftoff", "data")
		makeFile(t, filepath.Join(data, "PG_VERSION"), "12\n")
		r := u.Run(t, "db", "start")
		clitest.WantFailure(t, r, 2, "PostgreSQL 12, but the server here is PostgreSQL")
		if entries, err := os.ReadDir(filepath.Dir(data)); err != nil || len(entries) != 1 {
			t.Errorf("the folder has %v now, %v", entries, err)
		}
	})
	t.Run("data of another user", func(t *testing.T) {
		t.Parallel()
		clitest.NeedsRoot(t, "only root can act as another user")
		u := newKeeper(t)
		for name, owner := range map[string]int{"of root": 0, "of somebody": 20_003} {
			folder := filepath.Join(u.Folder, strings.ReplaceAll(name, " ", "-"))
			makeFile(t, filepath.Join(folder, "data", "PG_VERSION"), "18\n")
			for _, path := range []string{filepath.Join(folder, "data", "PG_VERSION"), filepath.Join(folder, "data"), folder} {
				if err := os.Chown(path, owner, owner); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			nobody := u.With("EMBEDDED_DATA_DIR="+folder, "HOME=/")
			nobody.UID = 65534
			r := nobody.Run(t, "db", "start")
			clitest.WantFailure(t, r, 7, "belongs to user "+strconv.Itoa(owner))
			if !strings.Contains(r.LastLine(), "EMBEDDED_DATA_DIR") {
				t.Errorf("next step: %s", r.LastLine())
			}
		}
	})
}

func makeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDB_DestroyRemovesOnlyWhatIsOursAndNotUsed(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	folder := filepath.Join(u.Folder, "data", "liftoff")
	u.Succeed(t, "db", "start")
	clitest.WantFailure(t, u.Run(t, "db", "destroy", "--yes"), 75, "is running; nothing was removed")
	u.Succeed(t, "db", "stop")
	makeFile(t, filepath.Join(folder, "spacex.dump"), "precious")
	r := u.Run(t, "db", "destroy")
	if r.Code != 2 || !strings.Contains(r.LastLine(), "nothing was removed") || !strings.Contains(r.Stdout, folder) {
		t.Errorf("exit code %d, stdout %q, stderr:\n%s", r.Code, r.Stdout, r.Stderr)
	}
	if _, err := os.Stat(filepath.Join(folder, "data", "PG_VERSION")); err != nil {
		t.Error(err)
	}
	r = u.Succeed(t, "db", "destroy", "--yes")
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != "spacex.dump" || !strings.Contains(r.Stderr, "spacex.dump") {
		t.Errorf("the folder has %v, %v; stderr:\n%s", entries, err, r.Stderr)
	}
	if err := os.Remove(filepath.Join(folder, "spacex.dump")); err != nil {
		t.Fatal(err)
	}
	if r := u.Succeed(t, "db", "destroy", "--yes"); !strings.Contains(r.Stdout, "nothing to remove") {
		t.Errorf("stdout: %s", r.Stdout)
	}
}
