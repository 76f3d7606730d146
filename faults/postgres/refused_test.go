package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A server that stays down is waited for as long as was said, with lines that
// get rarer, and without using up the processor meanwhile.
func TestC1_TheServerIsDown(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "POSTGRES_USER=somebody", "POSTGRES_WAIT=7s")
	cmd := u.Command(t.Context(), "ingest")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	_ = cmd.Run() // its code is looked at below
	r := clitest.Result{Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
	clitest.WantFailure(t, r, 5, `PostgreSQL at 127.0.0.1:1/spacex as "somebody": connection refused`)
	// At once, after 2 s, and after 6 s.
	if n := countLines(r, "WARNING"); n != 3 {
		t.Errorf("%d WARNING lines in 7 s, want 3:\n%s", n, r.Stderr)
	}
	if used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); used > time.Second {
		t.Errorf("waiting for 7 s took %s of processor time", used)
	}
}

// The same in mid-run, and the server does not come back.
func TestC1_TheServerGoesAwayForGood(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	proxy, url := behind(t, db)
	u := newUser(t, url).With("POSTGRES_WAIT=3s")
	u.Succeed(t, "migrate", "up")
	first := onBatch(proxy, 1)
	wait := start(t, u, ingestAll()...)
	<-first
	proxy.SetRefuse(true)
	proxy.CutAll()
	r := wait()
	clitest.WantFailure(t, r, 5, "connect to PostgreSQL at "+proxy.Addr())
	wantLine(t, r, "WARNING", "limit=3s")
	proxy.SetRefuse(false)
	again := u.Succeed(t, ingestAll()...)
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != launchCount {
		t.Errorf("%d launches, want %d:\n%s", n, launchCount, again.Stderr)
	}
	wantNoLock(t, db)
}

// A server that starts up or shuts down answers with 57P03.
func TestC2_TheServerIsNotReadyYet(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	proxy, url := behind(t, server.Database())
	client := pgtest.Connect(t, server.DSN())
	server.ShutDownPolitely(t)
	wantRefusal(t, server)
	wait := start(t, newUser(t, url), ingestAll()...)
	until(t, func() bool { return proxy.Connections() >= 3 })
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Stop(t)
	server.Start(t)
	r := wait()
	wantSuccess(t, r)
	wantLine(t, r, "WARNING", "(SQLSTATE 57P03)\" limit=30s")
	wantAllStored(t, server.Database())
}

// wantRefusal waits until the server refuses clients for the moment.
func wantRefusal(t *testing.T, server *pgtest.Server) {
	t.Helper()
	until(t, func() bool {
		conn, err := pgx.Connect(t.Context(), server.DSN())
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return err != nil && strings.Contains(err.Error(), "57P03")
	})
}

// Other clients have all of the server's connections.
func TestC10_TooManyConnections(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	proxy, url := behind(t, server.Database())
	u := newUser(t, url)
	u.Succeed(t, "migrate", "up")
	others := fill(t, server)
	before := proxy.Connections()
	r := u.With("POSTGRES_WAIT=2s").Run(t, ingestAll()...)
	clitest.WantFailure(t, r, 5, "too many clients already (SQLSTATE 53300)")
	wantLine(t, r, "WARNING", "53300")
	if n := proxy.Connections() - before; n < 2 || n > 10 {
		t.Errorf("%d tries in 2 s, want some and not many", n)
	}
	before = proxy.Connections()
	wait := start(t, u, ingestAll()...)
	until(t, func() bool { return proxy.Connections() >= before+3 })
	for _, conn := range others {
		_ = conn.Close(t.Context())
	}
	wantSuccess(t, wait())
	wantAllStored(t, server.Database())
}

// fill takes all connections that the server has.
func fill(t *testing.T, server *pgtest.Server) []*pgx.Conn {
	t.Helper()
	var all []*pgx.Conn
	for {
		conn, err := pgx.Connect(t.Context(), server.DSN())
		if err != nil {
			if !strings.Contains(err.Error(), "53300") {
				t.Fatal(err)
			}
			return all
		}
		t.Cleanup(func() { _ = conn.Close(t.Context()) })
		all = append(all, conn)
	}
}

// What is wrong for good is not tried again: the server may lock the role.
func TestC16_ARefusedLoginIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	login := pgtest.NewRole(t, db)
	clitest.Execute(t, db, "ALTER ROLE "+login.User+" NOLOGIN")
	for _, test := range []struct {
		name, says string
		change     func(*pgtest.Database)
	}{
		{"C16 28P01 wrong password", "password authentication failed", func(d *pgtest.Database) { d.Password = "s3cret" }},
		{"C16 28000 no login", fmt.Sprintf("%q is not permitted to log in", login.User), func(d *pgtest.Database) { *d = login }},
		{"C16 28P01 no such role", `"nobody"`, func(d *pgtest.Database) { d.User, d.Password = "nobody", "s3cret" }},
		{"C16 3D000 no such database", `database "nowhere" does not exist`, func(d *pgtest.Database) { d.Name = "nowhere" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := db
			test.change(&other)
			proxy, url := behind(t, other)
			r := newUser(t, url).Run(t, ingestAll()...) // it may wait for 30 s
			clitest.WantFailure(t, r, 7, test.says)
			if !strings.Contains(r.LastLine(), other.User) || strings.Contains(r.Stderr, other.Password) {
				t.Errorf("want the role's name and not its password: %q", r.LastLine())
			}
			if n := proxy.Connections(); n != 1 {
				t.Errorf("%d tries to log in, want 1", n)
			}
		})
	}
}

// A standby, or a server that was made read-only, is no place to write to.
func TestC13_AReadOnlyServer(t *testing.T) {
	t.Parallel()
	standby, primary := pgtest.NewServer(t), pgtest.NewServer(t)
	clitest.NewUser(t).On(standby.Database()).Succeed(t, "migrate", "up")
	clitest.Execute(t, primary.Database(), "ALTER ROLE postgres PASSWORD '"+standby.Database().Password+"'")
	standby.Set(t, "default_transaction_read_only", "on")
	db := standby.Database()
	u := newUser(t, through(db, hostPort(db), "sslmode=disable"))
	r := u.Run(t, ingestAll()...)
	clitest.WantFailure(t, r, 7, "read-only")
	if !strings.Contains(r.LastLine(), "target_session_attrs=read-write") {
		t.Errorf("the next step does not say how to find the primary: %q", r.LastLine())
	}
	both := hostPort(db) + "," + hostPort(primary.Database())
	u.With("DATABASE_URL="+through(db, both, "sslmode=disable&target_session_attrs=read-write")).Succeed(t, ingestAll()...)
	there := primary.Database()
	there.DSN = through(db, hostPort(there), "sslmode=disable")
	wantAllStored(t, there)
}

// A server that is made read-only in mid-run ends it, and nothing is
// half-written.
func TestC13_TheServerIsMadeReadOnlyInMidRun(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	proxy, url := behind(t, db)
	u := newUser(t, url)
	u.Succeed(t, "migrate", "up")
	first := onBatch(proxy, 1)
	wait := start(t, u, ingestAll()...)
	<-first
	clitest.Execute(t, db, "ALTER DATABASE "+db.Name+" SET default_transaction_read_only = on")
	proxy.CutAll()
	clitest.WantFailure(t, wait(), 7, "read-only")
	const sql = "SELECT (SELECT count(*) FROM raw_launches) = (SELECT inserted FROM ingestion_runs)"
	if !clitest.Scan[bool](t, db, sql) {
		t.Error("the ledger counts other launches than are stored")
	}
	clitest.Execute(t, db, "SET default_transaction_read_only = off", "ALTER DATABASE "+db.Name+" RESET default_transaction_read_only")
}

// A limit that leaves a run its first connection and no second one is waited for
// like one that leaves it none, and the hint names the limit that it was.
func TestQ10_TheSecondConnectionIsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, kind, of, refusal string }{
		{"Q10 the role's limit", "ROLE", "role", "too many connections for role"},
		{"Q10 the database's limit", "DATABASE", "database", "too many connections for database"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			role := pgtest.NewRole(t, db, "CREATE, USAGE ON SCHEMA public")
			name := role.User
			if test.kind == "DATABASE" {
				name = db.Name
			}
			limit := func(n int) {
				clitest.Execute(t, db, fmt.Sprintf("ALTER %s %s CONNECTION LIMIT %d", test.kind, name, n))
			}
			proxy, url := behind(t, role)
			u := newUser(t, url)
			u.Succeed(t, "migrate", "up")
			limit(1)
			r := u.With("POSTGRES_WAIT=1s").Run(t, ingestAll()...)
			clitest.WantFailure(t, r, 5, test.refusal)
			if want := fmt.Sprintf("wait until other sessions of %s %q end", test.of, name); !strings.Contains(r.LastLine(), want) ||
				!strings.Contains(r.LastLine(), "ALTER "+test.kind+" ") {
				t.Errorf("the next step is another than %q: %q", want, r.LastLine())
			}
			before := proxy.Connections()
			wait := start(t, u, ingestAll()...)
			until(t, func() bool { return proxy.Connections() >= before+4 })
			limit(-1)
			r = wait()
			wantSuccess(t, r)
			wantLine(t, r, "WARNING", "53300")
			if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != launchCount {
				t.Errorf("%d launches, want %d", n, launchCount)
			}
			wantNoLock(t, db)
		})
	}
}
