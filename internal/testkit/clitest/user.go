package clitest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/pgtest"
)

// commandTimeout bounds one run of the binary: a hang is a failure.
const commandTimeout = 90 * time.Second

// User is who runs the binary, and where.
type User struct {
	// Folder is the working directory, and holds the embedded server's data.
	Folder string
	// UID is 0 for the test's own user.
	UID uint32
	// Env is the whole environment; of two values of one name the last holds.
	Env []string
	// Path is the binary.
	Path string
}

// NewUser returns the test's own user with empty folders and a clean
// environment, in which a request is tried twice and nothing waits for
// PostgreSQL.
func NewUser(t testing.TB) *User {
	t.Helper()
	// Not t.TempDir(): as root the server runs as another user, who must be
	// able to reach its data.
	folder, err := os.MkdirTemp("", "liftoff-e2e-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // see above
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		cache = "/var/cache"
	}
	return &User{Folder: folder, Path: Binary(t), Env: []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + folder,
		"XDG_DATA_HOME=" + filepath.Join(folder, "data"),
		// The unpacked server is the one that pgtest uses already.
		"EMBEDDED_CACHE_DIR=" + filepath.Join(cache, "liftoff"),
		"SPACEX_MAX_ATTEMPTS=2",
		"POSTGRES_WAIT=0s",
	}}
}

// With returns the user with more environment.
func (u *User) With(env ...string) *User {
	other := *u
	other.Env = append(append([]string{}, u.Env...), env...)
	return &other
}

// On returns the user with the settings of a test database.
func (u *User) On(db pgtest.Database) *User {
	return u.With("DATABASE_URL=" + db.DSN)
}

// Setting returns a variable of the user's environment, or "".
func (u *User) Setting(name string) string {
	for i := len(u.Env) - 1; i >= 0; i-- {
		if value, found := strings.CutPrefix(u.Env[i], name+"="); found {
			return value
		}
	}
	return ""
}

// Result is what one run of the binary printed and returned.
type Result struct {
	Stdout, Stderr string
	// Code is the exit code; -1 when a signal ended it.
	Code int
}

// LastLine returns the last line of stderr, which says how the run ended.
func (r Result) LastLine() string { return LastLine(r.Stderr) }

// LastLine returns the last line of a text.
func LastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// Run runs the binary to its end, and fails the test when that does not come
// within a minute and a half.
func (u *User) Run(t testing.TB, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := u.Command(ctx, args...)
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
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// Succeed runs the binary and wants exit code 0.
func (u *User) Succeed(t testing.TB, args ...string) Result {
	t.Helper()
	r := u.Run(t, args...)
	if r.Code != 0 {
		t.Fatalf("liftoff %s ended with %d; stderr:\n%s", strings.Join(args, " "), r.Code, r.Stderr)
	}
	return r
}

// Command returns a run of the binary that has not been started.
func (u *User) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, u.Path, args...)
	if builds.isBuilt(u.Path) {
		cmd.Args[0] = "liftoff" // as by a user who has it on the PATH: hints are spelt as it was called
	}
	cmd.Dir = u.Folder
	cmd.Env = u.Env
	u.becomeIn(cmd)
	return cmd
}

// ReadFile returns a file of the user's folder.
func (u *User) ReadFile(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(u.Folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
