package e2e_test

import (
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A view that was dropped is named, and the command that is named next makes it anew.
func TestMigrateUp_MakesADroppedViewAnew(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest")
	clitest.Execute(t, db, "DROP VIEW launch_aggregates_view")
	const missing = "launch_aggregates_view of PostgreSQL"
	clitest.WantFailure(t, u.Run(t, "analyze"), 2, missing)
	if r := u.Run(t, "doctor"); r.Code != 2 || !strings.Contains(lineOf(r.Stdout, "views"), missing) {
		t.Errorf("exit code %d:\n%s", r.Code, r.Stdout)
	}
	if r := u.Succeed(t, "migrate", "up"); !strings.Contains(r.Stdout, "re-created the view launch_aggregates_view") {
		t.Errorf("stdout %q", r.Stdout)
	}
	u.Succeed(t, "doctor")
	if r := u.Succeed(t, "migrate", "up"); !strings.Contains(r.Stdout, "nothing to apply") {
		t.Errorf("stdout %q", r.Stdout)
	}
}

// What liftoff does not make anew is named by each command.
func TestReading_NamesWhatWasDropped(t *testing.T) {
	t.Parallel()
	for _, dropped := range []string{"VIEW launches", "TABLE raw_launches"} {
		db := pgtest.NewDatabase(t)
		u := clitest.NewUser(t).On(db)
		u.Succeed(t, "ingest", "--spacex-api-url", clitest.StartReplay(t))
		clitest.Execute(t, db, "DROP "+dropped+" CASCADE")
		says := strings.Fields(dropped)[1] + " is missing"
		for _, args := range [][]string{{"analyze"}, {"export"}, {"migrate", "up"}} {
			clitest.WantFailure(t, u.Run(t, args...), 8, says)
		}
		u.Succeed(t, "runs") // which needs neither
	}
}
