package database_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
)

// A worker needs the ingester's rights and no more. The reader sees the schedules and how
// they are, and changes none.
func TestC18_AWorkerHasTheIngestersRights(t *testing.T) {
	t.Parallel()
	u := newUser(t, 0).With("LOG_FILE=-")
	admin, _, ingester, reader, _ := rolesOf(t, u)
	work := u.On(ingester).With("AUTO_MIGRATE=false")
	w := work.Start(t, "worker", "--every", "1h")
	w.WaitFor("Run finished.", time.Minute)
	for _, command := range []string{"schedules add nightly --every 24h", "schedules pause nightly", "schedules resume nightly", "schedules remove nightly", "worker --check"} {
		work.Succeed(t, strings.Fields(command)...)
	}
	w.Signal(syscall.SIGTERM)
	if r := w.Wait(); r.Code != 0 {
		t.Errorf("the worker ended with %d:\n%s", r.Code, r.Stderr)
	}
	read := u.On(reader)
	for _, command := range []string{"schedules list", "schedules next", "worker --check"} {
		read.Succeed(t, strings.Fields(command)...)
	}
	const state = "SELECT schedule::TEXT FROM ingestion_schedules AS schedule"
	clitest.Execute(t, admin, "UPDATE ingestion_schedules SET next_due_at = liftoff_now() - INTERVAL '1 second'")
	before := clitest.Scan[string](t, admin, state)
	for _, command := range []string{"schedules pause default", "schedules remove default", "worker"} {
		clitest.WantFailure(t, read.Run(t, strings.Fields(command)...), 7, "GRANT ")
	}
	if after := clitest.Scan[string](t, admin, state); after != before {
		t.Errorf("the reader has changed %s to %s", before, after)
	}
}
