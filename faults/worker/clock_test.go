package worker_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"liftoff/internal/app"
	"liftoff/internal/config"
	"liftoff/internal/testkit/clitest"
)

// The clocks of three workers are an hour apart: no slot comes twice, and none is lost.
// Here the workers are in this process, because a process cannot be given a wrong clock.
func TestB10_WorkersWhoseClocksDiffer(t *testing.T) {
	t.Parallel()
	a := startAPI(t, 5)
	u, db := newUser(t, a.url, noon())
	u.Succeed(t, "schedules", "add", "quarterly", "--every", "15m", "--selection", "latest")
	first := clitest.Scan[time.Time](t, db, "SELECT next_due_at FROM ingestion_schedules")
	// A quarter of an hour takes half a second.
	clitest.Execute(t, db, fmt.Sprintf("CREATE OR REPLACE FUNCTION liftoff_now() RETURNS TIMESTAMP LANGUAGE sql VOLATILE RETURN TIMESTAMP '%s' + (clock_timestamp() - TIMESTAMPTZ '%s') * 1800",
		noon().Format(time.DateTime), time.Now().UTC().Format(time.RFC3339Nano)))
	ctx, end := context.WithCancel(t.Context())
	var working sync.WaitGroup
	for _, wrong := range []time.Duration{-time.Hour, 0, time.Hour} {
		cfg, err := config.Load(config.Sources{Environ: []string{"DATABASE_URL=" + db.DSN, "SPACEX_API_URL=" + a.url, "REFERENCES=false", "SPACEX_RATE_LIMIT=1000"}})
		if err != nil {
			t.Fatal(err)
		}
		works := app.New(app.Options{
			Config: cfg, AsCalled: strings.Clone, Stdout: io.Discard, Stderr: io.Discard, Logger: slog.New(slog.DiscardHandler),
			Now:      func() time.Time { return time.Now().Add(wrong) },
			ExitCode: func(error) int { return 0 },
		})
		working.Go(func() {
			if err := works.Work(ctx, app.WorkerFlags{}); err != nil {
				t.Errorf("the worker that is %v ahead ended with %v", wrong, err)
			}
			if err := works.Stop(context.WithoutCancel(ctx)); err != nil {
				t.Error(err)
			}
		})
	}
	clitest.Await(t, db, patience, "SELECT count(*) >= 6 FROM ingestion_runs WHERE status = 'succeeded'")
	end()
	working.Wait()
	if isEachOnce := clitest.Scan[bool](t, db, `SELECT count(*) = count(DISTINCT due_at)
		AND count(*) + (SELECT missed FROM ingestion_schedules) = (SELECT extract(epoch FROM next_due_at - $1::TIMESTAMP) FROM ingestion_schedules) / 900
		FROM ingestion_runs WHERE status = 'succeeded'`, first); !isEachOnce {
		t.Errorf("the ledger has %s and %d slots are counted as missed", runs(t, db), missed(t, db))
	}
	if odd := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_runs WHERE finished_at < started_at OR status NOT IN ('succeeded', 'interrupted')"); odd != 0 {
		t.Errorf("%d runs ended before they began, or failed: %s", odd, runs(t, db))
	}
}
