// Package postgres_test runs the built binary while PostgreSQL fails it: down,
// restarted, crashed, read-only, full, slow, cut off, or not to be trusted. It
// asserts what is in the database, the exit code, and what the user sees.
package postgres_test

import (
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Most of them wait, so that more of them than processors go side by side.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// hostPort is where a database's server listens.
func hostPort(db pgtest.Database) string { return net.JoinHostPort(db.Host, port(db)) }

func port(db pgtest.Database) string { return strconv.Itoa(db.Port) }

// through returns the connection URL of a database with other addresses and
// parameters.
func through(db pgtest.Database, addresses, parameters string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(db.User, db.Password), Path: "/" + db.Name, RawQuery: parameters}
	return strings.Replace(u.String(), "@/", "@"+addresses+"/", 1)
}

// behind returns a proxy before the database, and its connection URL.
func behind(t *testing.T, db pgtest.Database) (*faultproxy.Proxy, string) {
	t.Helper()
	proxy := faultproxy.New(t, hostPort(db))
	return proxy, through(db, proxy.Addr(), "sslmode=disable")
}

// newUser returns a user who ingests from an API with some pages of a thousand
// launches into a database, and wants no analytics.
func newUser(t *testing.T, databaseURL string, replayArgs ...string) *clitest.User {
	t.Helper()
	api := clitest.StartReplay(t, append([]string{"--count", strconv.Itoa(launchCount)}, replayArgs...)...)
	return clitest.NewUser(t).With("SPACEX_API_URL="+api, "DATABASE_URL="+databaseURL, "REFERENCES=false", "POSTGRES_WAIT=30s")
}

// launchCount is how many launches the API of newUser has.
const launchCount = 4000

// ingestAll are the arguments of the command that most tests run.
func ingestAll() []string { return []string{"ingest", "--all", "--skip-analytics"} }

// start runs the binary and returns a function that waits for its end.
func start(t *testing.T, u *clitest.User, args ...string) (wait func() clitest.Result) {
	t.Helper()
	var result clitest.Result
	var group sync.WaitGroup
	group.Go(func() { result = u.Run(t, args...) })
	t.Cleanup(group.Wait)
	return func() clitest.Result {
		group.Wait()
		return result
	}
}

// onBatch returns a channel that is closed when the number-th batch of a run
// through the proxy is about to be committed.
func onBatch(proxy *faultproxy.Proxy, number int) <-chan struct{} {
	reached := make(chan struct{})
	seen := 0
	const nothing = 0
	proxy.On("pages = pages + ", nothing, number, func() { // add_run_counts.sql
		if seen++; seen == number {
			close(reached)
		}
	})
	return reached
}

// wantSuccess wants exit code 0.
func wantSuccess(t *testing.T, r clitest.Result) {
	t.Helper()
	if r.Code != 0 {
		t.Fatalf("exit code %d, want 0; stderr:\n%s", r.Code, r.Stderr)
	}
}

// wantAllStored wants every launch once, and one run in the ledger that says
// so.
func wantAllStored(t *testing.T, db pgtest.Database) {
	t.Helper()
	const sql = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM known_launches), (SELECT count(*) FROM launch_revisions),
		count(*), min(status), sum(fetched), sum(inserted), sum(unchanged)) FROM ingestion_runs`
	want := fmt.Sprintf("%d %d 0 1 succeeded %d %d 0", launchCount, launchCount, launchCount, launchCount)
	if got := clitest.Scan[string](t, db, sql); got != want {
		t.Errorf("launches, known ones, revisions, and the ledger are\n%s, want\n%s", got, want)
	}
	wantNoLock(t, db)
}

// wantNoLock wants no advisory lock in the database: no run is left over.
func wantNoLock(t *testing.T, db pgtest.Database) {
	t.Helper()
	const sql = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	if n := clitest.Scan[int](t, db, sql); n != 0 {
		t.Errorf("%d advisory locks are left", n)
	}
}

// wantLine wants a log line of a level that holds a text.
func wantLine(t *testing.T, r clitest.Result, level, says string) {
	t.Helper()
	for line := range strings.Lines(r.Stderr) {
		if strings.Contains(line, " - "+level+" - ") && strings.Contains(line, says) {
			return
		}
	}
	t.Errorf("no %s says %q:\n%s", level, says, r.Stderr)
}

// countLines counts the log lines of a level.
func countLines(r clitest.Result, level string) int {
	return strings.Count(r.Stderr, " - "+level+" - ")
}

// until waits for something to become true.
func until(t *testing.T, isTrue func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !isTrue() {
		select {
		case <-deadline:
			t.Fatal("it did not come to that in 20 s")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
