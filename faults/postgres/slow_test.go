package postgres_test

import (
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// Nothing is heard of the server any more, and no connection closes. The run
// notices, and goes on over a new connection.
func TestC7_TheNetworkSwallowsEverything(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	proxy, url := behind(t, db)
	u := newUser(t, url).With("POSTGRES_STATEMENT_TIMEOUT=1s")
	u.Succeed(t, "migrate", "up")
	proxy.On("commit\x00", faultproxy.BlackHole, 1, nil)
	r := u.Succeed(t, ingestAll()...)
	wantLine(t, r, "WARNING", "The connection to PostgreSQL was lost; connecting again.")
	wantAllStored(t, db)
}

// And it does not come back.
func TestC7_TheNetworkSwallowsEverythingForGood(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	proxy, url := behind(t, db)
	u := newUser(t, url).With("POSTGRES_STATEMENT_TIMEOUT=1s", "POSTGRES_WAIT=1s")
	u.Succeed(t, "migrate", "up")
	first := onBatch(proxy, 1)
	wait := start(t, u, ingestAll()...)
	<-first
	proxy.SetBlackHole(true)
	proxy.BlackHoleAll()
	began := time.Now()
	r := wait()
	clitest.WantFailure(t, r, 5, "PostgreSQL at "+proxy.Addr())
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s to give up", took)
	}
}

// A slow server is told of, and waited for.
func TestC12_TheServerIsSlow(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	proxy, url := behind(t, db)
	u := newUser(t, url, "--count", "200").With("POSTGRES_STATEMENT_TIMEOUT=6s")
	u.Succeed(t, "migrate", "up")
	proxy.SetLatency(200 * time.Millisecond)
	r := u.Succeed(t, ingestAll()...)
	wantLine(t, r, "WARNING", `action="store 200 launches`)
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 200 {
		t.Errorf("%d launches, want 200", n)
	}
}

// But not for ever.
func TestC12_TheServerIsTooSlow(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	proxy, url := behind(t, db)
	u := newUser(t, url, "--count", "200").With("POSTGRES_STATEMENT_TIMEOUT=300ms")
	u.Succeed(t, "migrate", "up")
	proxy.SetLatency(100 * time.Millisecond)
	r := u.Run(t, ingestAll()...)
	clitest.WantFailure(t, r, 5, "no answer in time")
	if !strings.Contains(r.LastLine(), "POSTGRES_STATEMENT_TIMEOUT") {
		t.Errorf("the next step does not name the bound: %q", r.LastLine())
	}
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 0 {
		t.Errorf("%d launches are stored of batches that did not end in time", n)
	}
}

// While pages are fetched no transaction is open, so that a long run keeps
// nobody from vacuuming, and few connections are taken.
func TestC30_NoTransactionIsOpenWhileFetching(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, db.DSN, "--latency", "4s").With("CONCURRENCY=1")
	u.Succeed(t, "migrate", "up")
	wait := start(t, u, ingestAll()...)
	ended := make(chan clitest.Result, 1)
	go func() { ended <- wait() }()
	conn := pgtest.Connect(t, db.DSN)
	const sql = `SELECT count(*), count(*) FILTER (WHERE xact_start < clock_timestamp() - interval '3500 ms' OR state_change < clock_timestamp() - interval '3 s' AND state LIKE 'idle in transaction%')
		FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`
	looks, most := 0, 0
	for {
		select {
		case r := <-ended:
			wantSuccess(t, r)
			if looks < 100 || most == 0 {
				t.Errorf("looked %d times and saw %d connections", looks, most)
			}
			if most > 4 {
				t.Errorf("%d connections at once, want 4 at most", most)
			}
			wantAllStored(t, db)
			return
		case <-time.After(10 * time.Millisecond):
		}
		var all, long int
		if err := conn.QueryRow(t.Context(), sql).Scan(&all, &long); err != nil {
			t.Fatal(err)
		}
		if looks++; long > 0 {
			t.Fatal("a transaction is open that is not busy, or for long")
		}
		most = max(most, all)
	}
}
