// Package connect_test connects to the server of `liftoff db start` with the programs
// that users connect with. They are Python packages, which the test installs into
// .bin/connect-venv.
package connect_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv("LIFTOFF_CONNECT") == "" {
		fmt.Fprintln(os.Stderr, "not run: these tests are run by `make test-connect`, or with LIFTOFF_CONNECT=1")
		return
	}
	os.Exit(clitest.Main(func() int { return pgtest.Main(m) }))
}

// venv returns the folder with the programs. Without Python 3 the test is skipped, or
// fails with CI=true.
func venv(t *testing.T) string {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), "python3", "-c", "import venv, ensurepip").CombinedOutput(); err != nil {
		text := "this test needs Python 3 with venv (Debian, Ubuntu: apt-get install python3-venv): %v %s"
		if os.Getenv("CI") == "true" {
			t.Fatalf(text, err, output)
		}
		t.Skipf(text, err, output)
	}
	folder, err := filepath.Abs("../../.bin/connect-venv")
	if err != nil {
		t.Fatal(err)
	}
	programs := filepath.Join(folder, "bin")
	if _, err := os.Stat(filepath.Join(programs, "python")); err != nil {
		run(t, exec.CommandContext(t.Context(), "python3", "-m", "venv", folder))
	}
	run(t, exec.CommandContext(t.Context(), filepath.Join(programs, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"))
	return programs
}

// run runs a command, which must succeed, and returns its output.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, output)
	}
	t.Logf("%s", output)
	return string(output)
}

// newServer returns a user whose background server has launches, and its URL.
func newServer(t *testing.T) (*clitest.User, *url.URL) {
	t.Helper()
	u := clitest.NewUser(t).With("EMBEDDED_PORT=" + freePort(t))
	t.Cleanup(func() { _ = u.Command(context.WithoutCancel(t.Context()), "db", "stop", "--now").Run() })
	u.Succeed(t, "db", "start")
	u.Succeed(t, "ingest", "--all", "--spacex-api-url", clitest.StartReplay(t))
	address, err := url.Parse(strings.TrimSpace(u.Succeed(t, "db", "url", "--reveal").Stdout))
	if err != nil {
		t.Fatal(err)
	}
	return u, address
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal(listener.Addr())
	}
	return strconv.Itoa(address.Port)
}

func TestConnect_SQLAlchemyAndDBT(t *testing.T) {
	programs := venv(t)
	_, address := newServer(t)
	db := pgtest.Database{DSN: address.String()}
	want := fmt.Sprintf("%d %d\n", clitest.Scan[int](t, db, "SELECT count(*) FROM launches"), clitest.Scan[int](t, db, "SELECT count(*) FROM launches WHERE success"))
	t.Run("SQLAlchemy and pandas", func(t *testing.T) {
		if got := run(t, exec.CommandContext(t.Context(), filepath.Join(programs, "python"), "read.py", address.String())); got != want || strings.HasPrefix(got, "0") {
			t.Errorf("it read %q, want %q", got, want)
		}
	})
	t.Run("dbt", func(t *testing.T) {
		project := t.TempDir()
		if err := os.CopyFS(project, os.DirFS("dbt")); err != nil {
			t.Fatal(err)
		}
		password, _ := address.User.Password()
		for _, command := range []string{"run", "test"} {
			cmd := exec.CommandContext(t.Context(), filepath.Join(programs, "dbt"), command, "--no-use-colors")
			cmd.Dir = project
			cmd.Env = append(os.Environ(), "SPACEX_PORT="+address.Port(), "SPACEX_PASSWORD="+password, "DBT_SEND_ANONYMOUS_USAGE_STATS=false")
			run(t, cmd)
		}
		const sums = "SELECT sum(launches)::int FROM marts.launches_by_year"
		if got, want := clitest.Scan[int](t, db, sums), clitest.Scan[int](t, db, "SELECT count(launched_at) FROM launches WHERE missing_since IS NULL"); got != want {
			t.Errorf("the model has %d launches, want %d", got, want)
		}
	})
}
