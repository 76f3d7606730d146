package e2e_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A run adds the masses of payloads when it ends. Until then, and after it was stopped or
// killed, nobody is blamed for those that are not there.
func TestDoctor_BlamesNobodyForWhatARunHasLeft(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]os.Signal{"stopped": syscall.SIGTERM, "killed": os.Kill} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "3000", "--latency", "200ms"), "LOG_FILE=-", "PAGE_SIZE=100", "CONCURRENCY=2")
			u.Succeed(t, "migrate", "up")
			run := u.Start(t, "ingest", "--all", "--skip-analytics")
			clitest.Await(t, db, time.Minute, `SELECT EXISTS (SELECT FROM typed_launches JOIN raw_payloads AS p ON p.id = payload_ids[1]
				WHERE cardinality(payload_ids) = 1 AND payload_mass_kg IS DISTINCT FROM p.mass_kg)`)
			says := func(when string) {
				t.Helper()
				if line := lineOf(u.Succeed(t, "doctor").Stdout, "columns"); !strings.Contains(line, "but for the masses of ") {
					t.Errorf("%s: the doctor says %s", when, line)
				}
			}
			says("at work")
			run.Signal(signal)
			run.Wait()
			says(name)
			r := u.Succeed(t, "ingest", "--skip-analytics")
			if strings.Contains(r.Stderr, "changes that no run has made") || !strings.Contains(r.Stderr, "The view launches shows masses that another run had not added. launches=") {
				t.Errorf("the next run logs:\n%s", r.Stderr)
			}
			if line := lineOf(u.Succeed(t, "doctor").Stdout, "columns"); strings.Contains(line, "but for") {
				t.Errorf("after the next run the doctor says %s", line)
			}
			clitest.Execute(t, db, `UPDATE raw_payloads SET raw_data = raw_data || '{"mass_kg": 12345.678}'`)
			if edited := u.Run(t, "doctor"); edited.Code != 8 || !strings.Contains(lineOf(edited.Stdout, "columns"), "something else than a run") {
				t.Errorf("after an edit the doctor ends with %d:\n%s", edited.Code, edited.Stdout)
			}
		})
	}
}
