package crashloop_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

const (
	launches = 20_000
	// fullCheckEvery is after how many disturbed runs the documents stored since are
	// looked at; the counts are after each run, and in the end all documents.
	fullCheckEvery = 10
)

// TestCrashLoop ends ingestions in every way, most by kill -9 at a random
// moment, while the launches at the API change, and wants that a last run that
// is left alone makes the database equal to the source, byte for byte.
func TestCrashLoop(t *testing.T) {
	l := newLoop(t)
	for kills := uint64(0); kills < l.n; {
		kills += l.disturb()
		l.check()
	}
	l.proxy.SetRefuse(false)
	final := l.user.With("LIFTOFF_FAIL=").Run(t, "ingest", "--all", "--if-locked", "wait")
	if final.Code != 0 {
		t.Errorf("the last run, which was left alone, ended with %d:\n%s", final.Code, final.Stderr)
	}
	clitest.WantPromises(t, l.db, l.url)
	if lacking := clitest.LackingReferences(t, l.db); lacking != "0 0 0" {
		t.Errorf("payloads, rockets and launchpads that are lacking: %s", lacking)
	}
	launchtest.WantTyped(t, l.db.DSN)
	l.wantMonotone()
	missing := clitest.Scan[int64](t, l.db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL")
	if total := clitest.Scan[int64](t, l.db, "SELECT total_launches FROM launch_aggregates_view"); total != l.inserted-missing {
		t.Errorf("the view counts %d launches, want %d without %d that are missing", total, l.inserted, missing)
	}
	result := "nothing lost, nothing twice"
	if t.Failed() {
		result = "FAILED"
	}
	fmt.Printf("crashloop: %d kills, seed %d, %d launches in %d states, %d revisions, %d runs (%s), %s: %s\n",
		l.n, l.seed, launches, l.revision+1, l.revisions, l.runs(), l.tally, time.Since(l.began).Round(time.Second), result)
}

// loop is the state of the test.
type loop struct {
	*testing.T

	n, seed  uint64
	random   *rand.Rand
	api      *replay.Server
	url      string
	revision int
	server   *pgtest.Server
	proxy    *faultproxy.Proxy
	db       pgtest.Database
	user     *clitest.User
	began    time.Time
	// usual is how long a run takes that nothing happens to.
	usual time.Duration
	tally tally
	// disturbed counts the disturbed runs, and the others what was stored after
	// the last of them.
	disturbed           int
	inserted, revisions int64
	// checkedRun is the newest run at the last full check.
	checkedRun int64
}

func newLoop(t *testing.T) *loop {
	l := &loop{T: t, n: clitest.NumberFrom(t, "CRASHLOOP_N", 20), seed: clitest.NumberFrom(t, "CRASHLOOP_SEED", uint64(time.Now().UnixNano())), began: time.Now(), tally: tally{}}
	fmt.Printf("crashloop: seed %d\n", l.seed)
	l.random = rand.New(rand.NewPCG(l.seed, 0))
	var err error
	if l.api, err = replay.New(replay.Options{Count: launches, Seed: l.seed, Uncompressed: true}); err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(l.api)
	t.Cleanup(listener.Close)
	l.url = listener.URL
	l.server = pgtest.NewServer(t)
	// A server that crashes forgets to drop the temporary tables of its
	// sessions; autovacuum does that, by default within a minute.
	l.server.Set(t, "autovacuum_naptime", "1s")
	l.db = l.server.Database()
	l.proxy = faultproxy.New(t, net.JoinHostPort(l.db.Host, strconv.Itoa(l.db.Port)))
	dsn, err := url.Parse(l.db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	dsn.Host = l.proxy.Addr()
	l.user = clitest.NewUser(t).With("DATABASE_URL="+dsn.String(), "SPACEX_API_URL="+l.url, "PAGE_SIZE=1000", "LOG_FILE=-", "POSTGRES_WAIT=10s")
	l.user.Path = clitest.BinaryWithTags(t, "failpoints")
	l.user.Succeed(t, "migrate", "up")
	l.usual = 2 * time.Second
	return l
}

// check wants what must hold at any moment.
func (l *loop) check() {
	l.Helper()
	l.disturbed++
	if l.disturbed%fullCheckEvery == 0 {
		clitest.WantConsistentSince(l.T, l.db, l.checkedRun)
		launchtest.WantTyped(l.T, l.db.DSN)
		l.checkedRun = l.scan("SELECT ARRAY[coalesce(max(id), 0)] FROM ingestion_runs")[0]
	}
	l.wantMonotone()
	if l.Failed() {
		l.Fatalf("crashloop: seed %d: wrong after %d disturbed runs", l.seed, l.disturbed)
	}
}

// wantMonotone wants that as much is stored as the ledger says, and no less
// than before.
func (l *loop) wantMonotone() {
	l.Helper()
	const counts = "SELECT ARRAY[(SELECT count(*) FROM raw_launches), (SELECT count(*) FROM known_launches), (SELECT coalesce(sum(inserted), 0)::BIGINT FROM ingestion_runs), " +
		"(SELECT count(*) FROM launch_revisions), (SELECT coalesce(sum(revised), 0)::BIGINT FROM ingestion_runs)]"
	n := l.scan(counts)
	if n[0] != n[1] || n[0] != n[2] || n[3] != n[4] {
		l.Errorf("launches stored, known and counted: %d, %d, %d; revisions stored and counted: %d, %d", n[0], n[1], n[2], n[3], n[4])
	}
	// Commits that a crashed server has forgotten may be less; runs that were
	// killed have forgotten nothing.
	if l.tally["server crashes"] == 0 && (n[0] < l.inserted || n[3] < l.revisions) {
		l.Errorf("%d launches and %d revisions, fewer than the %d and %d before", n[0], n[3], l.inserted, l.revisions)
	}
	l.inserted, l.revisions = n[0], n[3]
}

func (l *loop) scan(sql string) []int64 {
	l.Helper()
	conn := pgtest.Connect(l.T, l.db.DSN)
	defer func() { _ = conn.Close(l.Context()) }()
	var numbers []int64
	if err := conn.QueryRow(l.Context(), sql).Scan(&numbers); err != nil {
		l.Fatal(err)
	}
	return numbers
}

func (l *loop) runs() int64 {
	return l.scan("SELECT ARRAY[count(*)] FROM ingestion_runs")[0]
}

// tally counts what has happened.
type tally map[string]int

func (t tally) String() string {
	var parts []string
	for _, what := range []string{"finished", "at a moment", "at a fail point", "backfills", "SIGTERM", "server crashes", "cut connections", "changes in mid-run"} {
		parts = append(parts, fmt.Sprintf("%d %s", t[what], what))
	}
	return strings.Join(parts, ", ")
}
