// Package connect_test connects to the server of `liftoff db start` with the programs
// that users connect with. They are Python packages, which the test installs into
// .bin/connect-venv.
package connect_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/pythontest"
)

func TestMain(m *testing.M) {
	if os.Getenv("LIFTOFF_CONNECT") == "" {
		fmt.Fprintln(os.Stderr, "not run: these tests are run by `make test-connect`, or with LIFTOFF_CONNECT=1")
		return
	}
	os.Exit(clitest.Main(func() int { return pgtest.Main(m) }))
}

// newServer returns a user whose background server has launches, and its URL.
func newServer(t *testing.T) (*clitest.User, *url.URL) {
	t.Helper()
	u := clitest.NewUser(t).With("EMBEDDED_PORT=" + clitest.FreePort(t))
	t.Cleanup(func() { _ = u.Command(context.WithoutCancel(t.Context()), "db", "stop", "--now").Run() })
	u.Succeed(t, "db", "start")
	u.Succeed(t, "ingest", "--all", "--spacex-api-url", clitest.StartReplay(t))
	address, err := url.Parse(strings.TrimSpace(u.Succeed(t, "db", "url", "--reveal").Stdout))
	if err != nil {
		t.Fatal(err)
	}
	return u, address
}

func TestConnect_SQLAlchemyAndDBT(t *testing.T) {
	programs := pythontest.Programs(t, "../../.bin/connect-venv")
	_, address := newServer(t)
	db := pgtest.Database{DSN: address.String()}
	want := fmt.Sprintf("%d %d\n", clitest.Scan[int](t, db, "SELECT count(*) FROM launches"), clitest.Scan[int](t, db, "SELECT count(*) FROM launches WHERE success"))
	t.Run("SQLAlchemy and pandas", func(t *testing.T) {
		if got := pythontest.Run(t, exec.CommandContext(t.Context(), filepath.Join(programs, "python"), "read.py", address.String())); got != want || strings.HasPrefix(got, "0") {
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
			pythontest.Run(t, cmd)
		}
		const sums = "SELECT sum(launches)::int FROM marts.launches_by_year"
		if got, want := clitest.Scan[int](t, db, sums), clitest.Scan[int](t, db, "SELECT count(launched_at) FROM launches WHERE missing_since IS NULL"); got != want {
			t.Errorf("the model has %d launches, want %d", got, want)
		}
	})
}
