package e2e_test

import (
	"context"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
)

// Of several starts at once one starts the server, and the others say that it runs.
func TestDB_StartsAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	u.Succeed(t, "db", "start")
	for range 3 {
		u.Succeed(t, "db", "stop")
		results := make(chan clitest.Result)
		const starts = 10
		for range starts {
			go func() { results <- u.Run(t, "db", "start") }()
		}
		for range starts {
			if r := <-results; r.Code != 0 || !strings.Contains(r.Stdout, "in the background") {
				t.Errorf("exit code %d, stdout %q, stderr:\n%s", r.Code, r.Stdout, r.Stderr)
			}
		}
	}
}

// A stop that waits can be hurried, and a start meanwhile waits for its end.
func TestDB_StopNowEndsTheWaitOfAnotherStop(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	u.Succeed(t, "db", "start")
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	cmd := u.Command(ctx, "ingest", "--all", "--spacex-api-url", clitest.StartReplay(t, "--latency", "1h"))
	ended := make(chan error, 1)
	go func() { ended <- cmd.Run() }()
	db := revealed(t, u)
	await(t, "the ingestion has begun", func() bool {
		return clitest.Scan[bool](t, db, "SELECT to_regclass('ingestion_runs') IS NOT NULL")
	})
	stopped := make(chan clitest.Result, 1)
	go func() { stopped <- u.Run(t, "db", "stop") }()
	await(t, "the first stop waits", func() bool { return strings.Contains(u.Run(t, "db", "status").Stdout, "stops as soon as") })
	started := make(chan clitest.Result, 1)
	go func() { started <- u.Run(t, "db", "start") }()
	u.Succeed(t, "db", "stop", "--now")
	if r := <-stopped; r.Code != 0 {
		t.Errorf("the first stop ended with %d, stderr:\n%s", r.Code, r.Stderr)
	}
	if r := <-started; r.Code != 0 {
		t.Errorf("the start ended with %d, stderr:\n%s", r.Code, r.Stderr)
	}
	kill() // it may have ended by itself
	<-ended
}

// A start that meets a destroy makes new data, whichever is first.
func TestDB_StartsWhileTheDataAreRemoved(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	u.Succeed(t, "db", "start")
	u.Succeed(t, "db", "stop")
	results, removed := make(chan clitest.Result), make(chan clitest.Result)
	const each = 3
	for range each {
		go func() { removed <- u.Run(t, "db", "destroy", "--yes") }()
		go func() { results <- u.Run(t, "db", "start") }()
	}
	for range each {
		if r := <-removed; r.Code != 0 && r.Code != 75 {
			t.Errorf("destroy: exit code %d, stderr:\n%s", r.Code, r.Stderr)
		}
		if r := <-results; r.Code != 0 {
			t.Errorf("start: exit code %d, stderr:\n%s", r.Code, r.Stderr)
		}
	}
	if status := statusOf(t, u); !status.Background {
		t.Errorf("status %+v", status)
	}
}
