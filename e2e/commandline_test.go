package e2e_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A mistyped name makes no database on the embedded server.
func TestCommandLine_ReadingMakesNoDatabase(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "REPLAY_COUNT=5")
	u.Succeed(t, "demo")
	u.With("SPACEX_API_URL="+clitest.StartReplay(t), "POSTGRES_DB=mine").Succeed(t, "ingest", "--skip-analytics")
	for _, args := range [][]string{
		{"analyze", "--all"}, {"export"}, {"runs"}, {"history", "x"}, {"quarantine", "list"}, {"quarantine", "retry"}, {"migrate", "status"}, {"migrate", "rebuild"},
	} {
		clitest.WantFailure(t, u.Run(t, append(args, "--postgres-db", "mien")...), 2,
			`the embedded PostgreSQL has no database "mien". Next: change --postgres-db to one that is there: mine, spacex_synthetic`)
	}
	// Nothing is there under the default name either, and the way to launches is named.
	r := u.Run(t, "runs")
	clitest.WantFailure(t, r, 2, `the embedded PostgreSQL has no database "spacex"`)
	if !strings.Contains(r.LastLine(), "--postgres-db spacex_synthetic") || !strings.Contains(r.LastLine(), "`liftoff ingest --all`") {
		t.Errorf("the hint is %q", r.LastLine())
	}
}

// The sentence about the view is the same each time; a field says what was done.
func TestCommandLine_LogLinesAreTrue(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	for _, view := range []string{"created", "unchanged"} {
		if r := u.Succeed(t, "ingest", "--skip-analytics"); !strings.Contains(r.Stderr, "Aggregation view launch_aggregates_view created successfully. view="+view) {
			t.Errorf("the view was not %s:\n%s", view, r.Stderr)
		}
	}
	r := u.Succeed(t, "ingest", "--all", "--dry-run")
	if !regexp.MustCompile(`Run started\. .* writes=nothing\n`).MatchString(r.Stderr) {
		t.Errorf("a dry run does not say that it writes nothing:\n%s", r.Stderr)
	}
	for _, claim := range []string{"inserted", "stored", "Stor", "created", "into"} {
		if strings.Contains(r.Stderr, claim) {
			t.Errorf("a dry run says %q:\n%s", claim, r.Stderr)
		}
	}
}

// The log and the ledger have the same duration.
func TestCommandLine_DurationsAreOfOneClock(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	r := u.Succeed(t, "ingest", "--skip-analytics")
	logged := regexp.MustCompile(`Run finished\. duration=(\S+) `).FindStringSubmatch(r.Stderr)
	if logged == nil {
		t.Fatalf("no duration in the log:\n%s", r.Stderr)
	}
	duration, err := time.ParseDuration(logged[1])
	if err != nil {
		t.Fatal(err)
	}
	stored := clitest.Scan[int64](t, db, "SELECT (extract(epoch FROM finished_at - started_at) * 1000000)::bigint FROM ingestion_runs")
	if stored != duration.Microseconds() {
		t.Errorf("the log has %s, the ledger %d microseconds", duration, stored)
	}
	if printed := u.Succeed(t, "runs", "-o", "json").Stdout; !strings.Contains(printed, fmt.Sprintf(`"duration_ms": %d,`, duration.Milliseconds())) {
		t.Errorf("the runs do not have %s:\n%s", logged[1], printed)
	}
}

// Who stops a run is told what became of it.
func TestCommandLine_CtrlCHasANextStep(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t, "--latency", "20s"))
	cmd := u.Command(t.Context(), "ingest")
	var stderr strings.Builder
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	isStopped := false
	for {
		n, err := pipe.Read(buffer)
		stderr.Write(buffer[:n])
		if !isStopped && strings.Contains(stderr.String(), "Run started.") {
			isStopped = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			break
		}
	}
	_ = cmd.Wait() // its code is read below
	want := "stopped by SIGINT (Ctrl-C). Next: run the same command again: what was stored stays stored, and nothing is half-written"
	if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGINT) || !strings.HasSuffix(strings.TrimSpace(stderr.String()), want) {
		t.Errorf("exit code %d, stderr:\n%s", code, stderr.String())
	}
}

// The hint leads to where the wrong password came from.
func TestCommandLine_AWrongPasswordNamesItsFile(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	if db.Password == "" {
		t.Skip("the tests' server asks for no password")
	}
	u := clitest.NewUser(t).With("POSTGRES_HOST="+db.Host, "POSTGRES_PORT="+strconv.Itoa(db.Port), "POSTGRES_DB="+db.Name, "POSTGRES_USER="+db.User)
	write(t, u, "password", "wr0ng\n")
	clitest.WantFailure(t, u.Run(t, "runs", "--postgres-password-file", "password"), 7, "and the file of --postgres-password-file")
	clitest.WantFailure(t, u.With("POSTGRES_PASSWORD=wr0ng").Run(t, "runs"), 7, "and POSTGRES_PASSWORD")
}
