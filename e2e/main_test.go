// Package e2e_test runs the built binary as a user would: against the replay
// with synthetic launches and with real captures, on an embedded and on an
// ordinary PostgreSQL. It asserts exit codes, what is printed and what is in
// the database.
package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/pgtest"
	"liftoff/internal/trinotest"
)

// commandTimeout bounds one run of the binary: a hang is a failure.
const commandTimeout = 90 * time.Second

// binary is the path of the program under test, built once by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	folder, err := os.MkdirTemp("", "liftoff-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := os.Chmod(folder, 0o755); err != nil { // another user runs it too
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// tools/test-as-user.sh brings a binary: its user has no Go caches.
	binary = os.Getenv("LIFTOFF_BINARY")
	if binary == "" {
		binary = filepath.Join(folder, "liftoff")
		build := exec.Command("go", "build", "-o", binary, "liftoff/cmd/liftoff")
		if output, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the binary: %v\n%s", err, output)
			return 1
		}
	}
	return trinotest.Main(func() int { return pgtest.Main(m) })
}

// user is who runs the binary, and where: a folder of its own that is the
// working directory and holds the embedded server's data.
type user struct {
	folder string
	// uid is 0 for the test's own user.
	uid uint32
	env []string
}

// newUser returns the test's own user with empty folders and a clean
// environment.
func newUser(t *testing.T) *user {
	t.Helper()
	// Not t.TempDir(): as root the server runs as another user, who must be
	// able to reach its data.
	folder, err := os.MkdirTemp("", "liftoff-e2e-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		cache = "/var/cache"
	}
	return &user{folder: folder, env: []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + folder,
		"XDG_DATA_HOME=" + filepath.Join(folder, "data"),
		// The unpacked server is the one that pgtest uses already.
		"EMBEDDED_CACHE_DIR=" + filepath.Join(cache, "liftoff"),
		"SPACEX_MAX_ATTEMPTS=2",
		"POSTGRES_WAIT=0s",
	}}
}

// with returns the user with more environment.
func (u *user) with(env ...string) *user {
	return &user{folder: u.folder, uid: u.uid, env: append(append([]string{}, u.env...), env...)}
}

// on returns the user with the settings of a test database.
func (u *user) on(db pgtest.Database) *user {
	return u.with("DATABASE_URL=" + db.DSN)
}

// result is what one run of the binary printed and returned.
type result struct {
	stdout, stderr string
	code           int
}

// run runs the binary to its end.
func (u *user) run(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := u.command(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("liftoff %s: %v", strings.Join(args, " "), err)
	}
	if ctx.Err() != nil {
		t.Fatalf("liftoff %s did not end; stderr:\n%s", strings.Join(args, " "), stderr.String())
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// succeed runs the binary and wants exit code 0.
func (u *user) succeed(t *testing.T, args ...string) result {
	t.Helper()
	r := u.run(t, args...)
	if r.code != 0 {
		t.Fatalf("liftoff %s ended with %d; stderr:\n%s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r
}

func (u *user) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = u.folder
	cmd.Env = u.env
	if u.uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.uid, Gid: u.uid}}
	}
	return cmd
}

// readFile returns a file of the user's folder.
func (u *user) readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(u.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
