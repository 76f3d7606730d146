package process_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"liftoff/internal/failpoint"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
)

// launches are a few batches of 1,000.
const launches = 2500

// besideTheLaunches names the fail point of what launches refer to in a run that
// fetches it while it stores launches. At the other points a run fetches none.
const besideTheLaunches = "beside-the-launches"

// pointsOfARun returns the fail points by their names, and the one above.
func pointsOfARun() map[string]failpoint.Point {
	points := map[string]failpoint.Point{besideTheLaunches: failpoint.BeforeReferences}
	for _, point := range failpoint.All() {
		points[point.String()] = point
	}
	return points
}

// failing returns the user of a binary that has fail points, at which
// LIFTOFF_FAIL says what happens.
func failing(t *testing.T, u *clitest.User, fail string) *clitest.User {
	t.Helper()
	other := *u
	other.Path = clitest.BinaryWithTags(t, "failpoints")
	return other.With("LIFTOFF_FAIL=" + fail)
}

// A run that is killed at any step is repaired by the next one: nothing lost,
// nothing twice, and its row in the ledger says what became of it.
func TestB1_KilledAtEachStep(t *testing.T) {
	t.Parallel()
	for _, point := range failpoint.All() {
		t.Run("B1 "+point.String(), func(t *testing.T) {
			t.Parallel()
			api, url := startAPI(t, replay.Options{Count: launches})
			u, db := newUser(t, url)
			// A database with launches, of which some have changed since, and no
			// view: the killed run inserts, revises and creates.
			u.Succeed(t, "ingest", "--since", "2015-01-01", "--skip-analytics")
			if err := api.SetRevision(1); err != nil {
				t.Fatal(err)
			}
			clitest.Execute(t, db, "DROP VIEW launch_aggregates_view")
			for _, nth := range []string{":1", ":2"} {
				dies := start(t, failing(t, u, point.String()+":kill"+nth), "ingest", "--all", "--skip-analytics")
				dies.wait(t, patience)
				isOnce := point == failpoint.BeforeFetch || point >= failpoint.BeforeReferences
				if dies.endedBy() != syscall.SIGKILL && (nth == ":1" || !isOnce) {
					t.Fatalf("it ended with %v and not at the fail point:\n%s", dies.cmd.ProcessState, dies.stderr.String())
				}
				clitest.WantConsistent(t, db)
			}
			u.Succeed(t, "ingest", "--all", "--skip-analytics", "--if-locked", "wait")
			clitest.WantPromises(t, db, url)
			want := int64(1)
			if point == failpoint.AfterLedgerClosed {
				want = 0
			}
			if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM ingestion_runs WHERE status = 'crashed' AND error <> ''"); n < want || (want == 0 && n > 0) {
				t.Errorf("%d runs are called crashed, want %d", n, want)
			}
			if n := clitest.Scan[int64](t, db, "SELECT total_launches FROM launch_aggregates_view"); n != launches {
				t.Errorf("the view counts %d launches, want %d", n, launches)
			}
		})
	}
}

// A panic in any goroutine of a run is a failed run with one clear line; where
// it happened stands in the log file only.
func TestB20_Panic(t *testing.T) {
	t.Parallel()
	for name, point := range pointsOfARun() {
		t.Run("B20 "+name, func(t *testing.T) {
			t.Parallel()
			_, url := startAPI(t, replay.Options{Count: launches})
			u, db := newUser(t, url)
			u = u.With("REFERENCES=" + strconv.FormatBool(name == besideTheLaunches))
			clitest.Execute(t, db, "DROP VIEW launch_aggregates_view")
			log := filepath.Join(u.Folder, "ingestion.log")
			r := failing(t, u, point.String()+":panic").Run(t, "ingest", "--all", "--skip-analytics", "--log-file", log)
			line := r.LastLine()
			if r.Code != 1 || !strings.Contains(line, " - ERROR - a bug in liftoff: fail point "+point.String()+". Next: report it") {
				t.Errorf("exit code %d, last line %q", r.Code, line)
			}
			if strings.Contains(r.Stderr, "goroutine ") || strings.Count(r.Stderr, " - ERROR - ") != 1 {
				t.Errorf("the console has more than one line of it:\n%s", r.Stderr)
			}
			if !strings.Contains(u.ReadFile(t, "ingestion.log"), "internal/failpoint.Reach(") {
				t.Error("the log file does not have the stack")
			}
			status := "failed"
			if point == failpoint.AfterLedgerClosed {
				status = "succeeded"
			}
			if got := clitest.Scan[string](t, db, "SELECT status FROM ingestion_runs"); got != status {
				t.Errorf("the ledger says %q, want %q", got, status)
			}
			u.Succeed(t, "ingest", "--all", "--skip-analytics")
			clitest.WantPromises(t, db, url)
		})
	}
}
