package process_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"liftoff/internal/failpoint"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
)

// owesSQL tells whether launches or what they refer to may be left to fetch. A run
// for all launches may have stored everything without having noted that.
const owesSQL = "SELECT count(*) < 600 FROM raw_launches UNION ALL SELECT TRUE FROM ingestion_runs WHERE owes_references ORDER BY 1 DESC LIMIT 1"

// A run that is killed between its last batch and what its launches refer to, or
// half-way through that, is made up for by the next run, whatever that asks for.
// With one page at a time, a run for all launches does these one after the other
// too, and side by side otherwise.
func TestN2_KilledBeforeTheReferences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		killed, next []string
		isBeside     bool
	}{
		{[]string{"ingest", "--skip-analytics", "--all"}, []string{"--new"}, true},
		{[]string{"ingest", "--skip-analytics", "--all", "--concurrency", "1"}, []string{"--new"}, false},
		{[]string{"ingest", "--skip-analytics", "--all", "--concurrency", "1"}, nil, false},
		{[]string{"worker", "--backfill", "1"}, []string{"--new"}, false},
		{[]string{"ingest", "--skip-analytics", "--new"}, []string{"--since", "2099-01-01"}, false},
		{[]string{"ingest", "--skip-analytics"}, []string{"--new"}, false},
		{[]string{"ingest", "--skip-analytics"}, nil, false},
	}
	for _, test := range tests {
		for nth := 1; nth <= 4; nth++ {
			t.Run(fmt.Sprintf("N2 %v at step %d, then %v", test.killed, nth, test.next), func(t *testing.T) {
				t.Parallel()
				_, url := startAPI(t, replay.Options{Count: 600})
				u, db := newUser(t, url)
				u = u.With("REFERENCES=true")
				u.Succeed(t, "backfill")
				r := start(t, failing(t, u, fmt.Sprintf("%s:kill:%d", failpoint.BeforeReferences, nth)), test.killed...)
				r.wait(t, patience)
				if r.endedBy() != syscall.SIGKILL {
					t.Fatalf("it ended with %v and not at the fail point:\n%s", r.cmd.ProcessState, r.stderr.String())
				}
				if test.isBeside && !clitest.Scan[bool](t, db, owesSQL) {
					t.Fatal("nothing is left to fetch, so this is no test")
				}
				if lacking := clitest.LackingReferences(t, db); !test.isBeside && strings.HasPrefix(lacking, "0 0 0") {
					t.Fatal("nothing is lacking, so this is no test")
				}
				u.Succeed(t, append([]string{"ingest", "--skip-analytics", "--if-locked", "wait"}, test.next...)...)
				if lacking := clitest.LackingReferences(t, db); lacking != "0 0 0" {
					t.Errorf("payloads, rockets and launchpads that are lacking: %s", lacking)
				}
			})
		}
	}
}
