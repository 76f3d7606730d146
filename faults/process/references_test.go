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

// lackingSQL counts what launches refer to and is not stored, without a line of
// the program's own SQL.
const lackingSQL = `SELECT concat_ws(' ',
	(SELECT count(DISTINCT p.id) FROM raw_launches, jsonb_array_elements_text(raw_data -> 'payloads') AS p (id) WHERE p.id NOT IN (SELECT id FROM raw_payloads)),
	(SELECT count(DISTINCT raw_data ->> 'rocket') FROM raw_launches WHERE raw_data ->> 'rocket' NOT IN (SELECT id FROM raw_rockets)),
	(SELECT count(DISTINCT raw_data ->> 'launchpad') FROM raw_launches WHERE raw_data ->> 'launchpad' NOT IN (SELECT id FROM raw_launchpads)))`

// A run that is killed between its last batch and what its launches refer to, or
// half-way through that, is made up for by the next run, whatever that asks for.
func TestN2_KilledBeforeTheReferences(t *testing.T) {
	t.Parallel()
	tests := []struct{ killed, next []string }{
		{[]string{"--all"}, []string{"--new"}},
		{[]string{"--all"}, nil},
		{[]string{"--all", "--worker"}, []string{"--new"}},
		{[]string{"--new"}, []string{"--since", "2099-01-01"}},
		{nil, []string{"--new"}},
		{nil, nil},
	}
	for _, test := range tests {
		for nth := 1; nth <= 4; nth++ {
			t.Run(fmt.Sprintf("N2 %v at step %d, then %v", test.killed, nth, test.next), func(t *testing.T) {
				t.Parallel()
				_, url := startAPI(t, replay.Options{Count: 600})
				u, db := newUser(t, url)
				u = u.With("REFERENCES=true")
				r := start(t, failing(t, u, fmt.Sprintf("%s:kill:%d", failpoint.BeforeReferences, nth)),
					append([]string{"ingest", "--skip-analytics"}, test.killed...)...)
				r.wait(t, patience)
				if r.endedBy() != syscall.SIGKILL {
					t.Fatalf("it ended with %v and not at the fail point:\n%s", r.cmd.ProcessState, r.stderr.String())
				}
				if lacking := clitest.Scan[string](t, db, lackingSQL); strings.HasPrefix(lacking, "0 0 0") {
					t.Fatal("nothing is lacking, so this is no test")
				}
				u.Succeed(t, append([]string{"ingest", "--skip-analytics", "--if-locked", "wait"}, test.next...)...)
				if lacking := clitest.Scan[string](t, db, lackingSQL); lacking != "0 0 0" {
					t.Errorf("payloads, rockets and launchpads that are lacking: %s", lacking)
				}
			})
		}
	}
}
