package process_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/programtest"
)

// Of many ingesters that start at once one works; the others end with 75 and
// leave no trace, or wait for it, or take it as well when they are told to.
func TestB6_ManyIngestersAtOnce(t *testing.T) {
	t.Parallel()
	const others = 11
	gate := make(chan struct{})
	api, err := replay.New(replay.Options{Count: launches})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-gate
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	open := sync.OnceFunc(func() { close(gate) })
	t.Cleanup(open)
	u, db := newUser(t, server.URL)
	u = u.With("SPACEX_TIMEOUT=80s")
	var processes []*running
	for range others + 1 {
		processes = append(processes, start(t, u, "ingest", "--all", "--skip-analytics"))
	}
	await(t, "all but one to end", func() bool {
		ended := 0
		for _, p := range processes {
			if p.hasEnded() {
				ended++
			}
		}
		return ended == others
	})
	skips, waits := start(t, u, "ingest", "--skip-analytics", "--if-locked", "skip"), start(t, u, "ingest", "--skip-analytics", "--if-locked", "wait")
	if code := skips.wait(t, patience); code != 0 || !strings.Contains(skips.stderr.String(), `Nothing was done: another run has the lock. error="another run is writing`) {
		t.Errorf("--if-locked skip ended with %d:\n%s", code, skips.stderr.String())
	}
	await(t, "one to wait", func() bool { return strings.Contains(waits.stderr.String(), "Waiting for another run") })
	open()
	codes := map[int]int{}
	for _, p := range processes {
		code := p.wait(t, patience)
		codes[code]++
		if line := clitest.LastLine(p.stderr.String()); code == 75 && (!strings.Contains(line, "another run is writing launches") || !strings.Contains(line, ". Next: ")) {
			t.Errorf("the last line of one that is locked out: %q", line)
		}
	}
	if codes[0] != 1 || codes[75] != others {
		t.Errorf("exit codes %v, want one 0 and %d times 75", codes, others)
	}
	if code := waits.wait(t, patience); code != 0 {
		t.Errorf("--if-locked wait ended with %d:\n%s", code, waits.stderr.String())
	}
	if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded'"); n != 2 {
		t.Errorf("%d runs succeeded, want the one that worked and the one that waited", n)
	}
	if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM ingestion_runs"); n != 2 {
		t.Errorf("the ledger has %d runs, want 2", n)
	}
	clitest.WantPromises(t, db, server.URL)
}

// endLockHolder ends the session that holds a run's locks, as a server does
// that takes its client for dead, or an administrator.
func endLockHolder(t *testing.T, db pgtest.Database) {
	t.Helper()
	clitest.Execute(t, db, "SELECT pg_terminate_backend(pid, 5000) FROM (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() "+
		"AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS holder")
}

// A run that hangs keeps the lock as long as its session lives. When that has
// ended and another run has taken over, the first one wakes up and may not
// write a thing any more, neither launches nor the source's watermark.
func TestB7_AHangingRunThatWakesUp(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"before-transaction:stop:2", "before-commit:stop:2", "before-ledger-closes:stop"} {
		t.Run("B7 "+point, func(t *testing.T) {
			t.Parallel()
			api, url := startAPI(t, replay.Options{Count: launches})
			u, db := newUser(t, url)
			hangs := start(t, failing(t, u, point), "ingest", "--all", "--skip-analytics", "--writers", "1")
			awaitStopped(t, hangs)
			clitest.WantFailure(t, u.Run(t, "ingest", "--all", "--skip-analytics"), 75, "another run is writing launches")

			endLockHolder(t, db)
			if err := api.SetRevision(2); err != nil {
				t.Fatal(err)
			}
			u.Succeed(t, "ingest", "--all", "--skip-analytics")
			const ledger = "SELECT string_agg(id || status || fetched || inserted || revised || coalesce(error, ''), ',' ORDER BY id) || (SELECT watermark::TEXT FROM ingestion_sources) FROM ingestion_runs"
			before := clitest.Scan[string](t, db, ledger)
			hangs.signal(t, syscall.SIGCONT)
			code := hangs.wait(t, patience)
			if line := clitest.LastLine(hangs.stderr.String()); code != 75 || !strings.Contains(line, " - ERROR - ") || !strings.Contains(line, ". Next: ") {
				t.Errorf("it woke up and ended with %d, %q", code, line)
			}
			if after := clitest.Scan[string](t, db, ledger); after != before || !strings.Contains(after, "crashed") {
				t.Errorf("the ledger was\n%s and is\n%s", before, after)
			}
			clitest.WantPromises(t, db, url)
		})
	}
}

// Nobody has to end the session of a run that hangs: the server does so when
// the lease is over. A run that only takes long keeps its lock.
func TestB7_TheLeaseEnds(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"after-fetch:stop:4", "before-commit:stop:2"} {
		t.Run("B7 "+point, func(t *testing.T) {
			t.Parallel()
			_, url := startAPI(t, replay.Options{Count: launches})
			u, db := newUser(t, url)
			u = u.With("LOCK_LEASE=1s", "WRITERS=1")
			hangs := start(t, failing(t, u, point), "ingest", "--all", "--skip-analytics")
			awaitStopped(t, hangs)
			u.Succeed(t, "ingest", "--all", "--skip-analytics", "--if-locked", "wait")
			hangs.signal(t, syscall.SIGCONT)
			if code := hangs.wait(t, patience); code != 75 {
				t.Errorf("it woke up and ended with %d:\n%s", code, hangs.stderr.String())
			}
			clitest.WantPromises(t, db, url)
		})
	}
	t.Run("B7 a slow API", func(t *testing.T) {
		t.Parallel()
		_, url := startAPI(t, replay.Options{Count: 10, Latency: 1500 * time.Millisecond})
		u, db := newUser(t, url)
		u.With("LOCK_LEASE=1s").Succeed(t, "ingest", "--all", "--skip-analytics")
		clitest.WantPromises(t, db, url)
	})
}

// The session with the lock dies in mid-run, and nobody tells the run. It goes
// on when it gets the lock again, and ends when another run was quicker.
func TestB8_TheLocksSessionDies(t *testing.T) {
	t.Parallel()
	for _, takesOver := range []bool{false, true} {
		name := "B8 nobody takes over"
		if takesOver {
			name = "B8 another run takes over"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, err := replay.New(replay.Options{Count: 5000})
			if err != nil {
				t.Fatal(err)
			}
			var u *clitest.User
			var db pgtest.Database
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) == 14 {
					endLockHolder(t, db)
					if takesOver {
						u.Run(t, "ingest", "--skip-analytics")
					}
				}
				api.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			u, db = newUser(t, server.URL)
			r := u.Run(t, "ingest", "--all", "--skip-analytics", "--concurrency", "1")
			ended := fmt.Sprint(r.Code, " ", clitest.Scan[string](t, db, "SELECT status FROM ingestion_runs ORDER BY id LIMIT 1"))
			if ended != "0 succeeded" && (ended != "75 crashed" || !takesOver) {
				t.Errorf("it ended with %s:\n%s", ended, r.Stderr)
			}
			clitest.WantConsistent(t, db)
			u.Succeed(t, "ingest", "--all", "--skip-analytics")
			clitest.WantPromises(t, db, server.URL)
		})
	}
}

// A pooler that gives each transaction another session would give the lock
// away. It is found out before anything is written.
func TestB9_APoolerInTransactionMode(t *testing.T) {
	t.Parallel()
	_, url := startAPI(t, replay.Options{Count: 10})
	u, db := newUser(t, url)
	for _, sessions := range []int{1, 2, 3} {
		pooled := u.With("DATABASE_URL=" + faultproxy.NewPooler(t, db.DSN, sessions).DSN(db.DSN))
		clitest.WantFailure(t, pooled.Run(t, "ingest", "--all", "--skip-analytics"), 2, "is behind a pooler in transaction mode")
		clitest.Execute(t, db, "DROP TABLE liftoff_schema_version")
		clitest.WantFailure(t, pooled.Run(t, "migrate", "up"), 2, "is behind a pooler in transaction mode")
		clitest.Execute(t, db, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
		u.Succeed(t, "migrate", "up")
	}
	if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM raw_launches"); n != 0 {
		t.Errorf("%d launches were stored", n)
	}
	// The sessions of the last command end a moment after it.
	await(t, "the advisory locks in the pooler's sessions to end", func() bool {
		return clitest.Scan[int64](t, db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == 0
	})
}

// The same with PgBouncer itself, where it is installed; in session mode it is
// as good as none.
func TestB9_PgBouncer(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pgbouncer"); err != nil {
		t.Skip("pgbouncer is not installed; the test above has a pooler of its own")
	}
	for _, mode := range []string{"transaction", "session"} {
		t.Run("B9 "+mode+" mode", func(t *testing.T) {
			t.Parallel()
			_, url := startAPI(t, replay.Options{Count: 10})
			u, db := newUser(t, url)
			pooled := u.With("DATABASE_URL="+startPgBouncer(t, db, mode), "POSTGRES_WAIT=10s")
			if mode == "transaction" {
				clitest.WantFailure(t, pooled.Run(t, "ingest", "--all", "--skip-analytics"), 2, "is behind a pooler in transaction mode")
				return
			}
			pooled.Succeed(t, "ingest", "--all", "--skip-analytics")
			if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM raw_launches"); n != 10 {
				t.Errorf("%d launches were stored, want 10", n)
			}
		})
	}
}

// startPgBouncer starts one before a database, and returns the DSN through it.
func startPgBouncer(t *testing.T, db pgtest.Database, mode string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	folder := pgtest.TempDir(t)
	config := fmt.Sprintf("[databases]\n%s = host=127.0.0.1 port=%d user=%s password=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\n"+
		"unix_socket_dir =\nauth_type = any\npool_mode = %s\nignore_startup_parameters = extra_float_digits\n", db.Name, db.Port, db.User, db.Password, port, mode)
	file := filepath.Join(folder, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "pgbouncer", file)
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var stderr programtest.Output
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(stderr.String())
		}
	})
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", db.User, db.Password, port, db.Name)
}
