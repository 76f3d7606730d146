// Package concurrency_test lets many ingesters, makers of the view and readers
// loose on one database at once. `make concurrency` runs it.
package concurrency_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m, pgtest.CheckLeaks()) }))
}

// How many there are of each.
const (
	storeIngesters  = 12
	binaryIngesters = 4
	viewers         = 4
	readers         = 6
)

// crowd is all that goes on at once.
type crowd struct {
	t  *testing.T
	db pgtest.Database
	// begin is closed when all are ready, and until ends what goes on, never in
	// the middle.
	begin chan struct{}
	until context.Context
	group sync.WaitGroup
	// stores are closed once their work is done.
	stores []*postgres.Store

	runs, views, readings atomic.Int64
}

// each does something again and again until the time is up.
func (c *crowd) each(count *atomic.Int64, f func(round int) error) {
	c.group.Go(func() {
		select {
		case <-c.begin:
		case <-c.t.Context().Done():
			return
		}
		for round := 0; c.until.Err() == nil && !c.t.Failed(); round++ {
			if err := f(round); err != nil {
				c.t.Error(err)
				return
			}
			count.Add(1)
		}
	})
}

// duration is CONCURRENCY_SECONDS: a minute in CI, else ten seconds.
func duration(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("CONCURRENCY_SECONDS")
	switch {
	case text == "" && os.Getenv("CI") != "":
		text = "60"
	case text == "":
		text = "10"
	}
	seconds, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("CONCURRENCY_SECONDS: %v", err)
	}
	return time.Duration(seconds) * time.Second
}

// No deadlock, no run that fails, no reader who waits in vain or sees the view
// missing or at odds with the launches; and in the end the books are right.
func TestConcurrency_ManyIngestersViewersAndReaders(t *testing.T) {
	db := pgtest.NewDatabase(t)
	clitest.NewUser(t).On(db).Succeed(t, "migrate", "up")
	const deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
	before := clitest.Scan[int64](t, db, deadlocks)
	c := &crowd{t: t, db: db, begin: make(chan struct{})}
	for i := range storeIngesters {
		c.startStoreIngester(i)
	}
	for i := range binaryIngesters {
		c.startBinaryIngester(i, startAPI(t))
	}
	for i := range viewers {
		c.startViewer(i)
	}
	for i := range readers {
		c.startReader(i)
	}
	until, cancel := context.WithTimeout(t.Context(), duration(t))
	defer cancel()
	c.until = until
	close(c.begin)
	c.group.Wait()
	t.Logf("%d runs, %d times a new view, %d readings", c.runs.Load(), c.views.Load(), c.readings.Load())
	if c.runs.Load() < storeIngesters+binaryIngesters || c.views.Load() < viewers || c.readings.Load() < 10*readers {
		t.Error("that is too few to tell anything")
	}
	c.endSessions()
	if after := clitest.Scan[int64](t, db, deadlocks); after != before {
		t.Errorf("%d deadlocks", after-before)
	}
	c.checkBooks()
}

// endSessions closes all stores and waits until their sessions are gone: only
// then is all told that they have counted.
func (c *crowd) endSessions() {
	c.t.Helper()
	for _, store := range c.stores {
		store.Close()
	}
	deadline := time.Now().Add(20 * time.Second)
	for clitest.Scan[int](c.t, c.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liftoff'") > 0 {
		if time.Now().After(deadline) {
			c.t.Fatal("the sessions of closed stores do not end")
		}
	}
}

// checkBooks wants what is stored, what the view counts and what the ledger
// says to be the same, and nothing left open.
func (c *crowd) checkBooks() {
	c.t.Helper()
	if err := c.open().CreateAggregateView(c.t.Context()); err != nil {
		c.t.Error(err)
	}
	launchtest.WantTyped(c.t, c.db.DSN)
	stored := clitest.Scan[int64](c.t, c.db, "SELECT count(*) FROM raw_launches")
	for what, sql := range map[string]string{
		"launches in the view":       "SELECT total_launches FROM launch_aggregates_view",
		"launches that are known":    "SELECT count(*) FROM known_launches",
		"launches that were counted": "SELECT sum(inserted)::bigint FROM ingestion_runs",
	} {
		if n := clitest.Scan[int64](c.t, c.db, sql); n != stored {
			c.t.Errorf("%d %s, but %d are stored", n, what, stored)
		}
	}
	for what, sql := range map[string]string{
		"revisions that were not counted": "SELECT (SELECT sum(revised) FROM ingestion_runs)::bigint - (SELECT count(*) FROM launch_revisions)",
		"gaps between revisions":          "SELECT count(*) FROM (SELECT max(revision) - count(*) AS gap FROM launch_revisions GROUP BY launch_id) AS g WHERE gap <> 1",
		"runs that did not succeed":       "SELECT count(*) FROM ingestion_runs WHERE status <> 'succeeded' AND status <> 'partial'",
		"locks that are left": `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
	} {
		if n := clitest.Scan[int64](c.t, c.db, sql); n != 0 {
			c.t.Errorf("%d %s", n, what)
		}
	}
}

// open returns a store of its own, as a process has.
func (c *crowd) open() *postgres.Store {
	c.t.Helper()
	store, err := postgres.Open(c.t.Context(), postgres.Options{URL: c.db.DSN, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(store.Close) // once more does no harm
	c.stores = append(c.stores, store)
	return store
}

// apis are the two APIs of the binary's runs.
var apis struct {
	once sync.Once
	urls [2]string
}

// startAPI returns the URLs of two APIs with the same launches.
func startAPI(t *testing.T) [2]string {
	t.Helper()
	apis.once.Do(func() {
		for i := range apis.urls {
			server, err := replay.New(replay.Options{Count: 100, Seed: 1, Revision: i})
			if err != nil {
				t.Fatal(err)
			}
			listener := httptest.NewServer(server)
			t.Cleanup(listener.Close)
			apis.urls[i] = listener.URL
		}
	})
	return apis.urls
}

// startBinaryIngester starts the program again and again: two of them in turns
// at one API, two that share the work at the other one.
func (c *crowd) startBinaryIngester(i int, urls [2]string) {
	u := clitest.NewUser(c.t).On(c.db).With("SPACEX_API_URL="+urls[i%2], "LOG_FILE=-", "PAGE_SIZE=25", "IF_LOCKED=wait")
	c.each(&c.runs, func(int) error {
		args := []string{"ingest", "--all"}
		if i%2 == 1 {
			opened := u.Run(c.t, "backfill", "-o", "json")
			id := regexp.MustCompile(`"backfill_id": (\d+)`).FindStringSubmatch(opened.Stdout)
			if id == nil {
				return fmt.Errorf("liftoff backfill ended with %d:\n%s", opened.Code, opened.Stderr)
			}
			args = []string{"worker", "--backfill", id[1]}
		}
		if r := u.Run(c.t, args...); r.Code != 0 {
			return fmt.Errorf("liftoff %v ended with %d:\n%s", args, r.Code, r.Stderr)
		}
		return nil
	})
}
