//go:build linux

package supplychain_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// imageUser is the user of the image.
const imageUser = 65532

// sealed is a root folder as the image gives it to the program: read-only,
// with nothing in it but the program and a folder for logs.
type sealed struct{ folder string }

// newSealed makes the folder; its mounts end with the test.
func newSealed(t *testing.T) sealed {
	t.Helper()
	clitest.NeedsRoot(t, "only root can lock a program into a folder")
	s := sealed{pgtest.TempDir(t)}
	logs := filepath.Join(s.folder, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(logs, imageUser, imageUser); err != nil {
		t.Fatal(err)
	}
	build(t, ".", filepath.Join(s.folder, "liftoff"))
	s.mount(t, s.folder, s.folder, 0)
	s.mount(t, logs, logs, 0)
	s.mount(t, "", s.folder, syscall.MS_REMOUNT|syscall.MS_RDONLY)
	return s
}

func (s sealed) mount(t *testing.T, source, target string, flags uintptr) {
	t.Helper()
	if err := syscall.Mount(source, target, "", syscall.MS_BIND|flags, ""); err != nil {
		t.Fatalf("mount %s: %v", target, err)
	}
	if flags == 0 {
		t.Cleanup(func() {
			if err := syscall.Unmount(target, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	}
}

// command is the program in the sealed folder, as the image's user, with no
// capability and no way to get one.
func (s sealed) command(ctx context.Context, environment []string, args ...string) *exec.Cmd {
	seal := []string{
		"--no-new-privs", "--bounding-set=-all,+sys_chroot,+setuid,+setgid", "--inh-caps=-all",
		"chroot", "--userspec=65532:65532", s.folder, "/liftoff",
	}
	cmd := exec.CommandContext(ctx, "setpriv", append(seal, args...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environment...)
	return cmd
}

// run runs the program to its end.
func (s sealed) run(t *testing.T, environment []string, args ...string) clitest.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := s.command(ctx, environment, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // its error is the exit code
	return clitest.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}

// files returns all files in the folder.
func (s sealed) files(t *testing.T) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(s.folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestH2_ReadOnlyRootWithoutCapabilities(t *testing.T) {
	t.Parallel()
	s := newSealed(t)
	db := pgtest.NewDatabase(t)
	environment := []string{
		"DATABASE_URL=" + db.DSN, "SPACEX_API_URL=" + clitest.StartReplay(t), "LOG_FILE=/logs/ingestion.log",
	}
	if r := s.run(t, environment, "ingest", "--all"); r.Code != 0 {
		t.Fatalf("exit code %d:\n%s", r.Code, r.Stderr)
	}
	if got := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); got != 205 {
		t.Errorf("%d launches are stored, want 205", got)
	}
	if diff := cmp.Diff([]string{"liftoff", "logs/ingestion.log"}, s.files(t)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	// And it is really sealed: a log beside the program cannot be, which the run
	// outlasts.
	r := s.run(t, append(environment, "LOG_FILE=/ingestion.log"), "ingest")
	if r.Code != 0 || !strings.Contains(r.Stderr, `error="read-only file system"`) {
		t.Errorf("exit code %d with a log file on a read-only disk:\n%s", r.Code, r.Stderr)
	}
}

// The health check needs nothing but the program itself.
func TestH3_HealthCheckWithoutAShell(t *testing.T) {
	t.Parallel()
	s := newSealed(t)
	address := strings.TrimPrefix(clitest.StartReplay(t), "http://")
	if r := s.run(t, nil, "replay", "--check", "--listen", address); r.Code != 0 {
		t.Errorf("exit code %d for a replay that serves:\n%s", r.Code, r.Stderr)
	}
	clitest.WantFailure(t, s.run(t, nil, "replay", "--check", "--listen", "127.0.0.1:1"), 4, "connection refused")
}
