package process_test

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/failpoint"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// terminationBound is how long a run may take to end that was asked to.
const terminationBound = 10 * time.Second

// A run that SIGTERM finds at any step rolls back or finishes, in time, and
// says so in the ledger. The process is stopped at the step, so that the signal
// is there exactly when it goes on.
func TestB3_SIGTERMInEachPhase(t *testing.T) {
	t.Parallel()
	for name, point := range pointsOfARun() {
		t.Run("B3 "+name, func(t *testing.T) {
			t.Parallel()
			_, url := startAPI(t, replay.Options{Count: launches})
			u, db := newUser(t, url)
			u = u.With("REFERENCES=" + strconv.FormatBool(name == besideTheLaunches))
			clitest.Execute(t, db, "DROP VIEW launch_aggregates_view")
			r := start(t, failing(t, u, point.String()+":stop"), "ingest", "--all", "--skip-analytics")
			awaitStopped(t, r)
			r.signal(t, syscall.SIGTERM)
			r.signal(t, syscall.SIGCONT)
			code := r.wait(t, terminationBound)
			status := clitest.Scan[string](t, db, "SELECT status FROM ingestion_runs")
			switch {
			case code == 143 && status == "interrupted" && strings.Contains(clitest.LastLine(r.stderr.String()), "stopped by SIGTERM"):
			case code == 0 && status == "succeeded" && point >= failpoint.BeforeReferences:
				// The view and the ledger take milliseconds, and the program may be
				// done with both before it takes notice of the signal.
			default:
				t.Errorf("exit code %d, and the ledger says %q:\n%s", code, status, r.stderr.String())
			}
			clitest.WantConsistent(t, db)
			clitest.WantNothingLeft(t, db)
			u.Succeed(t, "ingest", "--all", "--skip-analytics")
			clitest.WantPromises(t, db, url)
		})
	}
	t.Run("B3 while it waits for the API", func(t *testing.T) {
		t.Parallel()
		_, url := startAPI(t, replay.Options{Count: launches, Latency: time.Minute})
		u, db := newUser(t, url)
		r := start(t, u, "ingest", "--all", "--skip-analytics")
		awaitRow(t, db)
		r.signal(t, syscall.SIGTERM)
		if code := r.wait(t, terminationBound); code != 143 {
			t.Errorf("exit code %d, want 143:\n%s", code, r.stderr.String())
		}
		if status := clitest.Scan[string](t, db, "SELECT status FROM ingestion_runs"); status != "interrupted" {
			t.Errorf("the ledger says %q", status)
		}
	})
}

// awaitRow waits for a run's row in the ledger.
func awaitRow(t *testing.T, db pgtest.Database) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	await(t, "a run in the ledger", func() bool {
		var n int
		return conn.QueryRow(t.Context(), "SELECT count(*) FROM ingestion_runs WHERE status = 'running'").Scan(&n) == nil && n > 0
	})
}

// awaitStopped waits until a process has stopped itself.
func awaitStopped(t *testing.T, r *running) {
	t.Helper()
	await(t, "the process to stop itself", func() bool {
		select {
		case <-r.done:
			t.Fatalf("it ended with %v instead:\n%s", r.cmd.ProcessState, r.stderr.String())
		default:
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
		return err == nil && strings.Contains(string(stat), ") T ")
	})
}

// The second signal ends the process at once, also when the first one waits for
// something: here for a server that does not answer any more.
func TestB4_TheSecondSignalEndsItAtOnce(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run("B4 "+signal.String(), func(t *testing.T) {
			t.Parallel()
			_, url := startAPI(t, replay.Options{Count: launches, Latency: time.Minute})
			u, db := newUser(t, url)
			// Whoever closes the ledger's row waits for this transaction.
			r := start(t, u, "ingest", "--all", "--skip-analytics")
			awaitRow(t, db)
			clitest.Execute(t, db, "BEGIN", "LOCK TABLE ingestion_runs")
			r.signal(t, signal)
			began := time.Now()
			if r.isOver(300 * time.Millisecond) {
				t.Fatalf("it did not wait for the ledger; exit %v:\n%s", r.cmd.ProcessState, r.stderr.String())
			}
			r.signal(t, signal)
			r.wait(t, time.Second)
			if r.endedBy() != signal {
				t.Errorf("it ended with %v after %s, want the signal", r.cmd.ProcessState, time.Since(began))
			}
		})
	}
}

// hasEnded reports whether it has ended by now.
func (r *running) hasEnded() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// isOver waits for a while and reports whether it has ended.
func (r *running) isOver(after time.Duration) bool {
	select {
	case <-r.done:
		return true
	case <-time.After(after):
		return r.hasEnded()
	}
}

// A reader that has seen enough, as head has, ends the program quietly.
func TestB5_AReaderThatGoesAway(t *testing.T) {
	t.Parallel()
	_, url := startAPI(t, replay.Options{Count: launches})
	u, _ := newUser(t, url)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	for _, command := range [][]string{{"export", "--raw"}, {"analyze", "-o", "json"}, {"runs"}} {
		t.Run("B5 "+command[0], func(t *testing.T) {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r := &running{cmd: u.Command(t.Context(), command...), done: make(chan struct{})}
			r.cmd.Stdout, r.cmd.Stderr = writer, &r.stderr
			r.run(t)
			_ = writer.Close()
			if _, err := reader.Read(make([]byte, 10)); err != nil && err != io.EOF {
				t.Fatal(err)
			}
			_ = reader.Close()
			code := r.wait(t, patience)
			if code != 0 && r.endedBy() != syscall.SIGPIPE {
				t.Errorf("it ended with %v", r.cmd.ProcessState)
			}
			if r.stderr.String() != "" && (strings.Contains(r.stderr.String(), "ERROR") || strings.Contains(r.stderr.String(), "WARN")) {
				t.Errorf("it is not quiet:\n%s", r.stderr.String())
			}
			if command[0] == "export" && r.endedBy() != syscall.SIGPIPE {
				t.Errorf("it wrote everything to nobody: %v", r.cmd.ProcessState)
			}
		})
	}
}
