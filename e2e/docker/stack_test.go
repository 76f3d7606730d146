package docker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// image is built by the tests under a name of their own, so that the user's
// image stays as it is.
const image = "liftoff-e2e:local"

// password is that of the user of the settings.
const password = "p@ss'w0rd$"

// stack is one compose project with ports, a volume and a log folder of its
// own.
type stack struct {
	project   string
	root      string
	logFolder string
	postgres  int
	trino     int
	files     []string
	envFile   string
	env       []string
}

// newStack returns a stack that is not up yet, and takes it down with its
// data when the test ends.
func newStack(t *testing.T, name string) *stack {
	t.Helper()
	requireDocker(t)
	s := &stack{
		project:   fmt.Sprintf("liftoff-e2e-%s-%d", name, os.Getpid()),
		root:      projectRoot(t),
		logFolder: filepath.Join(t.TempDir(), "logs"),
		postgres:  freePort(t),
		trino:     freePort(t),
		files:     []string{"docker/docker-compose.yml"},
		envFile:   "docker/offline.env",
	}
	if err := os.Mkdir(s.logFolder, 0o755); err != nil {
		t.Fatal(err)
	}
	s.env = []string{
		"LIFTOFF_IMAGE=" + image,
		"LIFTOFF_VERSION=v0.0.0-e2e",
		"LIFTOFF_REVISION=0123abcd",
		"LIFTOFF_CREATED=2026-01-02T03:04:05Z",
		"LIFTOFF_SOURCE=https://git.example/liftoff",
		"LOG_FOLDER=" + s.logFolder,
		"POSTGRES_PUBLISHED_PORT=" + strconv.Itoa(s.postgres),
		"TRINO_PUBLISHED_PORT=" + strconv.Itoa(s.trino),
		"POSTGRES_PASSWORD=" + password,
		"SPACEX_MAX_ATTEMPTS=2",
	}
	t.Cleanup(s.remove)
	return s
}

// with returns the same stack with more environment.
func (s *stack) with(env ...string) *stack {
	other := *s
	other.env = append(append([]string{}, s.env...), env...)
	return &other
}

// withFile returns the same stack with one more compose file, which changes
// what the test cannot wait for.
func (s *stack) withFile(t *testing.T, content string) *stack {
	t.Helper()
	path := filepath.Join(t.TempDir(), "override.yml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	other := *s
	other.files = append(append([]string{}, s.files...), path)
	return &other
}

func (s *stack) command(ctx context.Context, args ...string) *exec.Cmd {
	all := []string{"compose", "--ansi", "never", "--project-name", s.project}
	if s.envFile != "" {
		all = append(all, "--env-file", s.envFile)
	}
	for _, file := range s.files {
		all = append(all, "-f", file)
	}
	cmd := exec.CommandContext(ctx, "docker", append(all, args...)...)
	cmd.Dir = s.root
	cmd.Env = append(os.Environ(), s.env...)
	return cmd
}

// try runs docker compose and returns all that it printed and its exit code.
func (s *stack) try(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := s.command(ctx, args...)
	combined, err := cmd.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("docker compose %s: %v", strings.Join(args, " "), err)
	}
	if ctx.Err() != nil {
		t.Fatalf("docker compose %s did not end:\n%s", strings.Join(args, " "), combined)
	}
	return string(combined), cmd.ProcessState.ExitCode()
}

// compose runs docker compose, which must succeed.
func (s *stack) compose(t *testing.T, args ...string) string {
	t.Helper()
	output, code := s.try(t, args...)
	if code != 0 {
		t.Fatalf("docker compose %s ended with %d:\n%s", strings.Join(args, " "), code, output)
	}
	return output
}

// liftoff runs the program in a container of the ingestion service and
// returns its stdout.
func (s *stack) liftoff(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := s.command(ctx, append([]string{"run", "--rm", "--no-TTY", "ingestion"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("liftoff %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(stdout)
}

// remove takes the stack down with its volume. It has no t, because the
// test's context has ended by then.
func (s *stack) remove() {
	_ = s.command(context.Background(), "down", "--volumes", "--timeout", "5").Run()
}

// container returns the id of a service's one container.
func (s *stack) container(t *testing.T, service string) string {
	t.Helper()
	ids := s.containers(t, service)
	if len(ids) != 1 {
		t.Fatalf("%s has %d containers, want 1", service, len(ids))
	}
	return ids[0]
}

func (s *stack) containers(t *testing.T, service string) []string {
	t.Helper()
	return strings.Fields(docker(t, "ps", "--all", "--quiet", "--no-trunc",
		"--filter", "label=com.docker.compose.project="+s.project,
		"--filter", "label=com.docker.compose.service="+service))
}

// upIngestion brings up the ingestion and what it needs, waits for its end and
// returns its exit code and the last line that it printed.
func (s *stack) upIngestion(t *testing.T) (code int, last string) {
	t.Helper()
	s.compose(t, "up", "--detach", "ingestion")
	id := s.container(t, "ingestion")
	code, err := strconv.Atoi(docker(t, "wait", id))
	if err != nil {
		t.Fatal(err)
	}
	return code, lastLine(s.compose(t, "logs", "--no-log-prefix", "ingestion"))
}

// healthy reports an error until the service's container is healthy.
func (s *stack) healthy(t *testing.T, service string) error {
	t.Helper()
	for _, id := range s.containers(t, service) {
		if state := docker(t, "inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}", id); state != "running healthy" {
			return fmt.Errorf("%s is %s", service, state)
		}
	}
	return nil
}

// connect opens a connection from the host to the published port, as the user of
// the settings.
func (s *stack) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	return s.connectAs(t, "spacex", password)
}

// launches counts the stored launches.
func (s *stack) launches(t *testing.T) int {
	t.Helper()
	var n int
	if err := s.connect(t).QueryRow(t.Context(), "SELECT count(*) FROM raw_launches").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// freePort returns a port that nothing listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	listener := listen(t)
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// lastLine returns the last line that is not empty.
func lastLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return lines[len(lines)-1]
}
