package e2e_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// An API that takes the request but never answers must not hold the demo up.
func TestDemo_WaitsForTheAPINoLongerThanItIsTold(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+startHanging(t).url, "DEMO_API_WAIT=300ms", "SPACEX_TIMEOUT=80s")
	r := u.Succeed(t, "demo")
	if !strings.Contains(r.Stderr, "whose data is synthetic.") {
		t.Errorf("the demo did not fall back to the replay:\n%s", r.Stderr)
	}
}

func TestDemo_NextStepsLeadToItsDataWhateverIsConfigured(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	u = u.With("SPACEX_API_URL="+clitest.ClosedPort, "POSTGRES_HOST=db.invalid")
	r := u.Succeed(t, "demo", "--embedded-data-dir", filepath.Join(u.Folder, "it's else where"))
	_, line, isFound := strings.Cut(r.Stdout, "\nNext  ")
	if !isFound {
		t.Fatalf("there is no next step:\n%s", r.Stdout)
	}
	next, _, _ := strings.Cut(line, "\n")
	next = u.Path + strings.TrimPrefix(strings.TrimSpace(next), "liftoff")
	command := exec.CommandContext(t.Context(), "/bin/sh", "-c", next+" -o json")
	command.Dir, command.Env = u.Folder, u.Env
	answer, err := command.Output()
	if err != nil || !strings.Contains(string(answer), `"total_launches": 205`) {
		t.Errorf("%s does not show the demo's launches (%v):\n%s", next, err, answer)
	}
}

func TestAnalyze_SaysThatThereIsNothingYet(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	u.Succeed(t, "migrate", "up")
	if r := u.Succeed(t, "analyze", "launches_per_year"); !strings.Contains(r.Stderr, " - WARNING - There are no launches in PostgreSQL yet. ") {
		t.Errorf("analyze does not say that there are no launches:\n%s", r.Stderr)
	}
}

func TestAnalyze_ADatabaseWithoutTablesIsNamed(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	for _, command := range []string{"analyze", "export"} {
		clitest.WantFailure(t, u.Run(t, command), 2, "has no liftoff tables yet. Next: fetch launches with `liftoff ingest --all`")
	}
}

func TestIngest_TellsTheAPIWhoAsks(t *testing.T) {
	t.Parallel()
	agents := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agents <- r.UserAgent()
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+server.URL).Run(t, "ingest")
	if agent := <-agents; !strings.HasPrefix(agent, "liftoff/") || agent == "liftoff/" {
		t.Errorf("User-Agent is %q, want the program and its version", agent)
	}
}

func TestIngest_TrustsAnAuthorityOfItsOwn(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(clitest.LaunchDocument("name", `"over TLS"`)))
	}))
	t.Cleanup(server.Close)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+server.URL, "REFERENCES=false")
	clitest.WantFailure(t, u.Run(t, "ingest"), 4, "certificate signed by unknown authority")
	file := filepath.Join(u.Folder, "authority.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	u.Succeed(t, "ingest", "--spacex-ca-file", file)
}

// A connection that the server ends in mid-run is a database failure with its
// message, over whatever kind of socket.
func TestIngest_SaysThatTheDatabaseWentAway(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		clitest.Execute(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liftoff'")
		clitest.Execute(t, db, "ALTER DATABASE "+db.Name+" CONNECTION LIMIT 0")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(clitest.LaunchDocument("name", `"x"`)))
	}))
	t.Cleanup(api.Close)
	u := clitest.NewUser(t).On(pgtest.NewRole(t, db, "ALL ON SCHEMA public")).With("SPACEX_API_URL=" + api.URL)
	r := u.Run(t, "ingest")
	clitest.WantFailure(t, r, 5, "too many connections for database")
}

func TestIngest_AClosedStdoutEndsItQuietly(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t)).Command(t.Context(), "ingest")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = writer, &stderr
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Run() // its end is what is looked at
	_ = writer.Close()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGPIPE {
		t.Errorf("it ended with %v, want SIGPIPE; stderr:\n%s", cmd.ProcessState, stderr.String())
	}
	if strings.Contains(stderr.String(), " - ERROR - ") {
		t.Errorf("it complains about its reader:\n%s", stderr.String())
	}
}

// fakePsql writes what it was given into files of the user's folder.
const fakePsql = `#!/bin/sh
printf '%s\n' "$@" > arguments
env > environment
exec sleep "${PSQL_SLEEP:-0}"
`

func withFakePsql(t *testing.T, u *clitest.User) *clitest.User {
	t.Helper()
	if err := os.WriteFile(filepath.Join(u.Folder, "psql"), []byte(fakePsql), 0o755); err != nil {
		t.Fatal(err)
	}
	return u.With("PATH=" + u.Folder + ":" + os.Getenv("PATH"))
}

func TestPsql_GivesThePasswordByTheEnvironmentOnly(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := withFakePsql(t, clitest.NewUser(t).On(db)).With("PGHOSTADDR=192.0.2.1", "TRINO_PASSWORD=n0t for psql", "DATABASE_URL="+db.DSN+"&application_name=mine")
	u.Succeed(t, "psql", "--", "-c", "SELECT 1")
	arguments, environment := u.ReadFile(t, "arguments"), u.ReadFile(t, "environment")
	if strings.Contains(arguments, db.Password) {
		t.Errorf("the password stands in the process list: %s", arguments)
	}
	if !strings.Contains(arguments, "application_name=mine") || !strings.Contains(arguments, "sslmode=disable") || !strings.HasSuffix(arguments, "-c\nSELECT 1\n") {
		t.Errorf("psql was called with %q", arguments)
	}
	if !strings.Contains(environment, "PGPASSWORD="+db.Password+"\n") {
		t.Error("psql does not get the password")
	}
	for _, name := range []string{"PGHOSTADDR", "n0t for psql", "DATABASE_URL"} {
		if strings.Contains(environment, name) {
			t.Errorf("psql gets the foreign setting %s", name)
		}
	}
}

func TestPsql_SignalsGoWhereTheyBelong(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (u *clitest.User, stop func(syscall.Signal) int) {
		t.Helper()
		u = withFakePsql(t, clitest.NewUser(t).On(pgtest.NewDatabase(t))).With("PSQL_SLEEP=3")
		cmd := u.Command(context.WithoutCancel(t.Context()), "psql")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, "psql to start", func() bool {
			content, err := os.ReadFile(filepath.Join(u.Folder, "environment"))
			return err == nil && len(content) > 0
		})
		return u, func(signal syscall.Signal) int {
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			return cmd.ProcessState.ExitCode()
		}
	}
	t.Run("SIGTERM ends psql too", func(t *testing.T) {
		t.Parallel()
		_, stop := start(t)
		before := time.Now()
		if code := stop(syscall.SIGTERM); code != 143 || time.Since(before) > 2*time.Second {
			t.Errorf("exit code %d after %v, want 143 before psql ends by itself", code, time.Since(before))
		}
	})
	t.Run("Ctrl-C is psql's own business", func(t *testing.T) {
		t.Parallel()
		_, stop := start(t)
		if code := stop(syscall.SIGINT); code != 0 {
			t.Errorf("exit code %d, want 0: psql went on and ended well", code)
		}
	})
}
