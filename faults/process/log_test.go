package process_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// manyPages are enough for some 20 kB of log at level debug.
const manyPages = 2000

// newLogUser returns a user who reads small pages and logs each to a file, and
// what is called at each request.
func newLogUser(t *testing.T, file string, atRequest func(n int)) (*clitest.User, pgtest.Database, string) {
	t.Helper()
	api, err := replay.New(replay.Options{Count: manyPages})
	if err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := int(requests.Add(1)); atRequest != nil {
			atRequest(n)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	u, db := newUser(t, server.URL)
	return u.With("PAGE_SIZE=10", "LOG_LEVEL=debug", "LOG_FILE="+file), db, server.URL
}

// wantOneWarning wants that a run did all of its work and said once that the
// log file cannot be written, and why.
func wantOneWarning(t *testing.T, r clitest.Result, why string) {
	t.Helper()
	if r.Code != 0 {
		t.Errorf("exit code %d:\n%s", r.Code, r.LastLine())
	}
	if n := strings.Count(r.Stderr, " - WARNING - "); n != 1 || !strings.Contains(r.Stderr, " - WARNING - Log file cannot be written") || !strings.Contains(r.Stderr, why) {
		t.Errorf("%d warnings, want one that says %q:\n%.2000s", n, why, r.Stderr)
	}
	if !strings.Contains(r.Stderr, " - INFO - Run finished. duration=") {
		t.Errorf("the console lacks the end of the log:\n%s", r.LastLine())
	}
}

// logLines returns a log file's lines, and wants none to be torn.
func logLines(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(content) == 0 {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	for _, line := range lines {
		if len(line) < 30 || line[4] != '-' || strings.Contains(line, "\x00") || strings.Count(line, " - DEBUG - ")+strings.Count(line, " - INFO - ")+strings.Count(line, " - WARNING - ") != 1 {
			t.Errorf("torn line %q in %s", line, path)
		}
	}
	return lines
}

// The log's disk is full: the run goes on, says so once, and logs again when
// there is room.
func TestB13_TheLogsDiskIsFull(t *testing.T) {
	t.Parallel()
	disk := mount(t, "tmpfs", "size=64k")
	ballast := filepath.Join(disk, "ballast")
	file := filepath.Join(disk, "ingestion.log")
	u, db, url := newLogUser(t, file, func(n int) {
		if n == manyPages/10/2 {
			_ = os.Remove(ballast)
		}
	})
	fill(t, ballast)
	if r := u.With("SPACEX_API_URL="+url).Run(t, "doctor"); r.Code == 0 || !strings.Contains(r.Stdout, "MiB are free at "+disk) {
		t.Errorf("the doctor does not see it:\n%s", r.Stdout)
	}
	r := u.Run(t, "ingest", "--all", "--skip-analytics", "--concurrency", "1")
	wantOneWarning(t, r, `error="no space left on device"`)
	lines := logLines(t, file)
	if len(lines) < 10 || !strings.Contains(lines[len(lines)-1], "Run finished. duration=") {
		t.Errorf("the log did not go on when there was room: %d lines", len(lines))
	}
	clitest.WantPromises(t, db, url)
}

func TestB14_ALimitOnFileSizes(t *testing.T) {
	t.Parallel()
	u, db, url := newLogUser(t, "ingestion.log", nil)
	r := runIn(t, u, "ulimit -f 8", "ingest", "--all", "--skip-analytics")
	wantOneWarning(t, r, `error="file too large"`)
	if lines := logLines(t, filepath.Join(u.Folder, "ingestion.log")); len(lines) == 0 {
		t.Error("nothing was logged before the limit")
	}
	clitest.WantPromises(t, db, url)
}

func TestB15_AReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	clitest.NeedsRoot(t, "only root can mount a file system")
	u, db, url := newLogUser(t, "ingestion.log", nil)
	// Of this process's own view of the file system only.
	const readOnly = `exec unshare -m sh -c 'for at in / /tmp /var /work /dev/shm; do if mountpoint -q $at; then mount -o remount,bind,ro $at; fi; done; touch probe 2>/dev/null && exit 99; exec "$0" "$@"' "$0" "$@"`
	r := runWith(t, u, readOnly, "ingest", "--all", "--skip-analytics")
	wantOneWarning(t, r, `error="read-only file system"`)
	clitest.WantPromises(t, db, url)
}

// Whatever stands at the log's path that is no regular file of ours is left
// alone.
func TestB16_TheLogsPathIsNoFileOfOurs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, why string
		make      func(path, precious string) error
	}{
		{"B16 symbolic link", "it is a symbolic link", func(path, precious string) error { return os.Symlink(precious, path) }},
		{"B16 fifo", "it is a named pipe", func(path, _ string) error { return syscall.Mkfifo(path, 0o600) }},
		{"B16 device", "it is a device", func(path, _ string) error { return unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))) }},
		{"B16 directory", "it is a directory", func(path, _ string) error { return os.Mkdir(path, 0o700) }},
		{"B16 file of another user", "it belongs to user 65534", func(path, _ string) error {
			if err := os.WriteFile(path, nil, 0o666); err != nil {
				return err
			}
			return os.Chown(path, 65534, 65534)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clitest.NeedsRoot(t, "only root can make devices and give files away")
			u, db, url := newLogUser(t, "ingestion.log", nil)
			precious, path := filepath.Join(u.Folder, "precious"), filepath.Join(u.Folder, "ingestion.log")
			if err := os.WriteFile(precious, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := test.make(path, precious); err != nil {
				t.Fatal(err)
			}
			wantOneWarning(t, u.Run(t, "ingest", "--all", "--skip-analytics"), test.why)
			if got := u.ReadFile(t, "precious"); got != "precious" {
				t.Errorf("the link's target has %q", got)
			}
			clitest.WantPromises(t, db, url)
		})
	}
}

// Whoever rotates the log in mid-run loses nothing of it.
func TestB17_TheLogIsRotated(t *testing.T) {
	t.Parallel()
	t.Run("B17 moved away", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		path, old := filepath.Join(folder, "ingestion.log"), filepath.Join(folder, "ingestion.log-old")
		u, _, _ := newLogUser(t, path, func(n int) {
			if n == manyPages/10/2 {
				_ = os.Rename(path, old)
			}
		})
		r := u.Succeed(t, "ingest", "--all", "--skip-analytics")
		before, after := logLines(t, old), logLines(t, path)
		if got := strings.Join(append(before, after...), "\n") + "\n"; got != r.Stderr || len(before) == 0 || len(after) == 0 {
			t.Errorf("%d and %d lines before and after, which are not the console's %d", len(before), len(after), strings.Count(r.Stderr, "\n"))
		}
	})
	t.Run("B17 copied and truncated", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "ingestion.log")
		u, _, _ := newLogUser(t, path, func(n int) {
			if n == manyPages/10/2 {
				_ = os.Truncate(path, 0)
			}
		})
		r := u.Succeed(t, "ingest", "--all", "--skip-analytics")
		lines := logLines(t, path)
		if !strings.HasSuffix(r.Stderr, strings.Join(lines, "\n")+"\n") || len(lines) < 10 || len(lines) == strings.Count(r.Stderr, "\n") {
			t.Errorf("%d lines after the truncation, which are not the console's last", len(lines))
		}
	})
	t.Run("B17 by itself, for several processes at once", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		path := filepath.Join(folder, "ingestion.log")
		u, _, _ := newLogUser(t, path, nil)
		want := 0
		for range 2 {
			opening := u.Succeed(t, "backfill", "-o", "json")
			id := regexp.MustCompile(`"backfill_id": (\d+)`).FindStringSubmatch(opening.Stdout)[1]
			first := start(t, u, "worker", "--backfill", id)
			second := start(t, u, "worker", "--backfill", id)
			first.wait(t, patience)
			second.wait(t, patience)
			want += strings.Count(first.stderr.String()+second.stderr.String(), "\n")
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the log's mode is %v (%v), want 600", info.Mode(), err)
		}
		if got := len(logLines(t, path)); got != want {
			t.Errorf("%d lines, want all %d", got, want)
		}
	})
}

// Nobody reads what the program prints, or the stream is closed: no deadlock.
func TestB18_StreamsThatNobodyReads(t *testing.T) {
	t.Parallel()
	t.Run("B18 stderr blocked", func(t *testing.T) {
		t.Parallel()
		u, db, url := newLogUser(t, "ingestion.log", nil)
		r := &running{cmd: u.Command(t.Context(), "ingest", "--all", "--skip-analytics"), done: make(chan struct{})}
		r.cmd.Stderr = fullPipe(t)
		r.run(t)
		if code := r.wait(t, patience); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if lines := logLines(t, filepath.Join(u.Folder, "ingestion.log")); !strings.Contains(lines[len(lines)-1], "Run finished") {
			t.Errorf("the log file ends with %q", lines[len(lines)-1])
		}
		clitest.WantPromises(t, db, url)
	})
	t.Run("B18 stdout blocked", func(t *testing.T) {
		t.Parallel()
		u, db, url := newLogUser(t, "-", nil)
		r := &running{cmd: u.Command(t.Context(), "ingest", "--all"), done: make(chan struct{})}
		r.cmd.Stdout, r.cmd.Stderr = fullPipe(t), &r.stderr
		r.run(t)
		// Results wait for their reader, as those of every program do; the data
		// does not, and a signal ends it.
		await(t, "the run to be finished", func() bool {
			return clitest.Scan[int64](t, db, "SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded'") == 1
		})
		if r.isOver(300 * time.Millisecond) {
			t.Fatalf("it printed to a full pipe:\n%s", r.stderr.String())
		}
		r.signal(t, syscall.SIGTERM)
		r.wait(t, terminationBound)
		if r.endedBy() != syscall.SIGTERM && r.cmd.ProcessState.ExitCode() != 143 {
			t.Errorf("it ended with %v", r.cmd.ProcessState)
		}
		clitest.WantPromises(t, db, url)
	})
	for _, closed := range []string{">&-", "2>&-", "<&- >&- 2>&-"} {
		t.Run("B18 closed "+closed, func(t *testing.T) {
			t.Parallel()
			u, db, url := newLogUser(t, "ingestion.log", nil)
			r := runWith(t, u, `exec "$0" "$@" `+closed, "ingest", "--all", "--skip-analytics")
			if r.Code != 0 {
				t.Errorf("exit code %d:\n%s", r.Code, r.Stderr)
			}
			clitest.WantPromises(t, db, url)
		})
	}
}

// fullPipe returns the end of a pipe that has no room and no reader.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	writer := os.NewFile(uintptr(ends[1]), "pipe")
	t.Cleanup(func() { _, _ = unix.Close(ends[0]), writer.Close() })
	if err := unix.SetNonblock(ends[1], true); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := unix.Write(ends[1], make([]byte, 4096)); err != nil {
			break
		}
	}
	if err := unix.SetNonblock(ends[1], false); err != nil {
		t.Fatal(err)
	}
	return writer
}

// runIn runs the binary in a shell after a command of it.
func runIn(t *testing.T, u *clitest.User, before string, args ...string) clitest.Result {
	t.Helper()
	return runWith(t, u, before+` && exec "$0" "$@"`, args...)
}

// runWith runs a shell script whose $0 and $@ are the binary and its arguments.
func runWith(t *testing.T, u *clitest.User, script string, args ...string) clitest.Result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", script, u.Path}, args...)...)
	cmd.Dir, cmd.Env = u.Folder, u.Env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // its end is in the state
	if cmd.ProcessState == nil {
		t.Fatal("there is no shell")
	}
	return clitest.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}

// mount returns a folder with a file system of its own.
func mount(t *testing.T, kind, options string) string {
	t.Helper()
	clitest.NeedsRoot(t, "only root can mount a file system")
	folder := t.TempDir()
	if err := unix.Mount(kind, folder, kind, 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	return folder
}

// fill writes to a file until its disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	_ = file.Close()
}
