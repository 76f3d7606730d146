package e2e_test

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// statusOutput is what a test looks at in `status -o json`.
type statusOutput struct {
	State       string
	Problem     *string
	LastGood    *int64     `json:"last_good_run_id"`
	Age         *int64     `json:"last_good_run_age_seconds"`
	Running     []int64    `json:"running_run_ids"`
	Schedule    *string    `json:"next_schedule"`
	NextDueAt   *time.Time `json:"next_due_at"`
	Quarantined int64
	Newest      *string `json:"newest_launch"`
	LastChange  *int64  `json:"last_change_run_id"`
	Schema      int     `json:"schema_version"`
}

// status asks for the status and wants an exit code.
func status(t *testing.T, u *clitest.User, code int, args ...string) statusOutput {
	t.Helper()
	r := u.Run(t, append([]string{"status", "-o", "json"}, args...)...)
	var s statusOutput
	if err := json.Unmarshal([]byte(r.Stdout), &s); err != nil || r.Code != code {
		t.Fatalf("exit code %d, want %d, %v:\n%s\n%s", r.Code, code, err, r.Stdout, r.Stderr)
	}
	if isWell := s.Problem == nil; isWell != (code == 0) || (!isWell && !strings.Contains(r.LastLine(), *s.Problem)) {
		t.Errorf("exit code %d, problem %v:\n%s", code, s.Problem, r.Stderr)
	}
	return s
}

func TestStatus_ThroughTheLifeOfADatabase(t *testing.T) {
	t.Parallel()
	u, db := workingUser(t)
	clitest.WantFailure(t, u.Run(t, "status"), 2, "has no liftoff tables yet")
	u.Succeed(t, "migrate", "up")
	if s := status(t, u, 0); s.State != "well" || s.LastGood != nil || s.Newest != nil || s.Schema != len(schemaVersions(t)) {
		t.Errorf("with nothing stored: %+v", s)
	}
	if s := status(t, u, 8, "--max-age", "2d"); s.State != "overdue" {
		t.Errorf("without a run: %+v", s)
	}
	u.Succeed(t, "ingest", "--all", "--quiet")
	u.Succeed(t, "ingest", "--new", "--quiet")
	u.Succeed(t, "schedules", "add", "hourly", "--every", "1h")
	s := status(t, u, 0, "--max-age", "2d")
	if *s.LastGood != 2 || *s.Age > 60 || len(s.Running) != 0 || *s.Schedule != "hourly" || s.NextDueAt == nil || !strings.HasPrefix(*s.Newest, "Synthetic ") || *s.LastChange != 1 {
		t.Errorf("after two runs: %+v", s)
	}
	clitest.Execute(t, db, "UPDATE ingestion_runs SET finished_at = finished_at - INTERVAL '49 hours'",
		`INSERT INTO quarantined_records (first_seen_at, source_url, reason, detail, body, body_sha256, body_length, last_seen_at)
		VALUES ('2024-04-27', '', 'missing_id', '', '', '', 0, '2024-04-27')`)
	if s := status(t, u, 3); s.State != "quarantine" || s.Quarantined != 1 {
		t.Errorf("with a record in quarantine: %+v", s)
	}
	if s := status(t, u, 8, "--max-age", "2d"); s.State != "overdue" || !strings.Contains(*s.Problem, "no good run has ended since ") {
		t.Errorf("with an old run: %+v", s)
	}
	clitest.Execute(t, db, "UPDATE ingestion_schedules SET next_due_at = next_due_at - INTERVAL '6 minutes'")
	if s := status(t, u, 8); s.State != "overdue" || !strings.Contains(*s.Problem, `the schedule "hourly" is overdue since `) {
		t.Errorf("with a slot that nobody does: %+v", s)
	}
	screen := u.Run(t, "status").Stdout
	if lines := strings.Count(screen, "\n"); lines > 23 || !strings.Contains(screen, "\nLast good run  run 2 for new, http://127.0.0.1:") || !strings.Contains(screen, "(2 days ago)\n") {
		t.Errorf("the screen has %d lines:\n%s", lines, screen)
	}
}

func TestStatus_ShowsWhatRuns(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(40)...)
	u, _ := bulkUser(t, api.url)
	asked := api.hangAt(20, t.Context().Done())
	run := u.Start(t, "ingest", "--all")
	<-asked
	if s := status(t, u, 0); len(s.Running) != 1 || s.Running[0] != 1 {
		t.Errorf("it shows %+v", s)
	}
	run.Signal(syscall.SIGKILL)
	run.Wait()
	if s := status(t, u, 0); len(s.Running) != 0 || s.LastGood != nil {
		t.Errorf("when its process is gone it shows %+v", s)
	}
}

func TestStatus_OfADatabaseThatIsAwayOrClosed(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "migrate", "up")
	clitest.WantFailure(t, u.With("DATABASE_URL=postgres://x@127.0.0.1:1/x", "POSTGRES_WAIT=0s").Run(t, "status"), 5, "127.0.0.1:1")
	clitest.WantFailure(t, u.On(pgtest.NewRole(t, db)).Run(t, "status"), 7, "GRANT SELECT ON ")
	clitest.WantFailure(t, u.Run(t, "status", "--max-age", "soon"), 2, `--max-age "soon" is not a duration`)
	clitest.WantFailure(t, u.Run(t, "status", "--max-age="), 2, "--max-age needs a value")
}
