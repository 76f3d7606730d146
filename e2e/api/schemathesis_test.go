// Package api_test lets schemathesis call the API of `liftoff serve` with all that its
// description allows, and much that it does not. It is a Python package, which the test
// installs into .bin/api-venv.
package api_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/pythontest"
)

func TestMain(m *testing.M) {
	if os.Getenv("LIFTOFF_API") == "" {
		fmt.Fprintln(os.Stderr, "not run: these tests are run by `make test-api`, or with LIFTOFF_API=1")
		return
	}
	os.Exit(clitest.Main(func() int { return pgtest.Main(m) }))
}

func TestAPI_Schemathesis(t *testing.T) {
	programs := pythontest.Programs(t, "../../.bin/api-venv")
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	source := clitest.StartReplay(t)
	u.Succeed(t, "ingest", "--all", "--spacex-api-url", source)
	for range 9 { // so that there are pages of runs
		u.Succeed(t, "ingest", "--new", "--quiet", "--spacex-api-url", source)
	}
	server := u.Start(t, "serve", "--listen", "127.0.0.1:0", "--base-path", "/base")
	server.WaitFor("The dashboard is serving", 30*time.Second)
	address := regexp.MustCompile(`http://[0-9.:]+/base/`).FindString(server.Stderr()) + "api/v1"

	hooks, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(programs, "schemathesis"), "run", address+"/openapi.json",
		"--checks", "all", "--max-examples", "25", "--generation-deterministic", "--mode", "all",
		"--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure", "--no-color")
	cmd.Dir = t.TempDir() // it leaves files
	cmd.Env = append(os.Environ(), "SCHEMATHESIS_HOOKS=hooks", "PYTHONPATH="+hooks, "PYTHONDONTWRITEBYTECODE=1", "LIFTOFF_API_URL="+address)
	pythontest.Run(t, cmd)
	if server.HasEnded() {
		t.Errorf("the server has ended:\n%s", server.Stderr())
	}
}
