package e2e_test

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// workers starts so many workers of a backfill and returns what they printed.
func workers(t *testing.T, u *clitest.User, count int, id string) []clitest.Result {
	t.Helper()
	results := make([]clitest.Result, count)
	var all sync.WaitGroup
	for n := range count {
		all.Go(func() { results[n] = u.Run(t, "worker", "--backfill", id) })
	}
	all.Wait()
	return results
}

// backfillOf returns what `liftoff backfill status -o json` prints.
func backfillOf(t *testing.T, text string) (status struct {
	ID        int64    `json:"backfill_id"`
	State     string   `json:"state"`
	Parts     int      `json:"parts"`
	PartsDone int      `json:"parts_done"`
	Workers   int      `json:"workers"`
	Announced int64    `json:"announced"`
	Fetched   int64    `json:"fetched"`
	PerSecond *float64 `json:"launches_per_second"`
	Next      []string `json:"next"`
},
) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return status
}

// A backfill is opened once, worked on, and finished; who comes late is told so.
func TestBackfill_FromItsOpeningToItsEnd(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "1000"), "LOG_FILE=-", "REFERENCES=false")
	clitest.WantFailure(t, u.Run(t, "backfill", "status"), 2, "has no liftoff tables yet")
	clitest.WantFailure(t, u.Run(t, "worker", "--backfill", "1"), 2, "there is no backfill 1 in PostgreSQL")
	clitest.WantFailure(t, u.Run(t, "backfill", "status"), 2, "no backfill has been opened in PostgreSQL")
	opened := u.Succeed(t, "backfill")
	for _, says := range []string{"Backfill 1 of all launches\n", "Parts done        0 of 10\n", "Next              liftoff worker --backfill 1\n", "then              liftoff backfill status 1 --wait\n"} {
		if !strings.Contains(opened.Stdout, says) {
			t.Errorf("the opening does not say %q:\n%s", says, opened.Stdout)
		}
	}
	again := u.Succeed(t, "backfill")
	if again.Stdout != opened.Stdout || !strings.Contains(again.Stderr, "A backfill is open already; no other one is opened. backfill=1 parts_left=10") {
		t.Errorf("a second opening prints\n%s%s", again.Stdout, again.Stderr)
	}
	clitest.WantFailure(t, u.Run(t, "backfill", "--since", "2020-01-01"), 2,
		"backfill 1 of all launches is open and has 10 parts left; one of launches since 2020-01-01 cannot be opened beside it. Next: finish it first with `liftoff worker --backfill 1`")
	clitest.WantFailure(t, u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "worker", "--backfill", "1"), 2, "not of "+clitest.ClosedPort)
	u.Succeed(t, "worker", "--backfill", "1")
	if status := backfillOf(t, u.Succeed(t, "backfill", "status", "-o", "json").Stdout); status.State != "finished" || status.PartsDone != 10 || status.Fetched != 1000 || len(status.Next) != 0 {
		t.Errorf("the status is %+v", status)
	}
	late := u.Succeed(t, "worker", "--backfill", "1")
	if !strings.HasSuffix(late.LastLine(), "INFO - Backfill 1 is finished. parts=10 launches=1000") || len(ledger(t, db)) != 1 {
		t.Errorf("%d runs; a late worker says %s", len(ledger(t, db)), late.Stderr)
	}
	since := u.Succeed(t, "backfill", "--since", "2021-01-01", "-o", "json")
	u.Succeed(t, "worker", "--backfill", "2")
	if status := backfillOf(t, since.Stdout); status.ID != 2 || status.Announced == 1000 || status.Announced == 0 ||
		number(t, db, "SELECT fetched FROM ingestion_runs ORDER BY id DESC LIMIT 1") != int(status.Announced) {
		t.Errorf("the backfill since a date is %+v", status)
	}
	for _, args := range [][]string{{"backfill", "--workers", "0"}, {"backfill", "status", "none"}, {"backfill", "status", "1", "2"}, {"worker", "--backfill", "0"}, {"worker", "--backfill", "1", "--every", "1m"}, {"worker", "--backfill", "1", "--check"}, {"backfill", "--since", "soon"}, {"backfill", "--accept-shrink", "--since", "30d"}} {
		if r := u.Run(t, args...); r.Code != 2 {
			t.Errorf("liftoff %v ended with %d: %s", args, r.Code, r.Stderr)
		}
	}
}

// status --wait ends when the last worker has done the last part, or when the backfill is
// closed unfinished.
func TestBackfill_StatusWaits(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "1200", "--latency", "150ms"), "LOG_FILE=-", "REFERENCES=false", "CONCURRENCY=1")
	u.Succeed(t, "backfill")
	waiting := u.Start(t, "backfill", "status", "--wait", "-o", "json")
	await(t, "the first look, which finds nobody at work", func() bool { return strings.Contains(waiting.Stderr(), "Nobody works") })
	workers(t, u, 2, "1")
	waited := waiting.Wait()
	status := backfillOf(t, waited.Stdout)
	if waited.Code != 0 || status.State != "finished" || status.PartsDone != 12 || status.PerSecond == nil || *status.PerSecond < 100 || *status.PerSecond > 20_000 {
		t.Errorf("the waiting ended with %d and %+v:\n%s", waited.Code, status, waited.Stderr)
	}
	if !strings.Contains(waited.Stderr, "WARNING - Nobody works on the backfill. backfill=1 next=\"liftoff worker --backfill 1\"") {
		t.Errorf("it does not say that nobody works on it:\n%s", waited.Stderr)
	}
	u.Succeed(t, "backfill")
	clitest.Execute(t, db, "UPDATE ingestion_backfills SET started_at = started_at - INTERVAL '25 hours' WHERE id = 2")
	closed := u.Run(t, "backfill", "status", "2", "--wait")
	clitest.WantFailure(t, closed, 4, "backfill 2 was open for more than 24 hours and is closed: 12 of 12 parts were not done")
	if now := backfillOf(t, u.Succeed(t, "backfill", "status", "-o", "json").Stdout); now.ID != 2 || now.State != "closed" || now.PartsDone != 0 {
		t.Errorf("the status is %+v", now)
	}
	clitest.WantFailure(t, u.Run(t, "worker", "--backfill", "2"), 2, "is closed")
}

// The bar fits a narrow terminal.
func TestBackfill_StatusOnATerminal(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "600", "--latency", "300ms"), "LOG_FILE=-", "REFERENCES=false", "CONCURRENCY=1")
	link(t, u)
	u.Succeed(t, "backfill")
	worker := u.Command(t.Context(), "worker", "--backfill", "1")
	var stderr bytes.Buffer
	worker.Stderr = &stderr
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	screen := u.RunOnTerminal(t, "./liftoff backfill status --wait")
	if err := worker.Wait(); err != nil {
		t.Errorf("the worker ended with %v:\n%s", err, stderr.String())
	}
	if text := strings.Join(screen.Screen(), "\n"); !regexp.MustCompile(`(?s)Backfill 1 of all launches.*finished.*6 of 6`).MatchString(text) || strings.Contains(text, "[###") {
		t.Errorf("the screen shows\n%s", text)
	}
}
