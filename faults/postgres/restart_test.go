package postgres_test

import (
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// The server is restarted, as for an update, while a run is storing.
func TestC3_TheServerIsRestartedInMidRun(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	proxy, url := behind(t, server.Database())
	first := onBatch(proxy, 1)
	wait := start(t, newUser(t, url), ingestAll()...)
	<-first
	server.Stop(t)
	server.Start(t)
	r := wait()
	wantSuccess(t, r)
	wantLine(t, r, "WARNING", "was lost")
	wantLine(t, r, "INFO", "Connected to PostgreSQL again; the run continues.")
	wantAllStored(t, server.Database())
}

// The server crashes and has to recover; all that was confirmed is on disk by then.
func TestC4_TheServerCrashesInMidRun(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	proxy, url := behind(t, server.Database())
	second := onBatch(proxy, 2)
	wait := start(t, newUser(t, url, "--latency", "1s").With("CONCURRENCY=1", "WRITERS=1"), ingestAll()...)
	<-second
	clitest.Execute(t, server.Database(), "CHECKPOINT")
	server.Crash(t)
	server.Start(t)
	r := wait()
	wantSuccess(t, r)
	wantLine(t, r, "WARNING", "was lost")
	wantAllStored(t, server.Database())
}

// A server that crashes also cuts connections that are about to be opened, in
// the request for TLS (the default is to ask for it) or right after it. That is no
// fault of TLS, and waited for as any other.
func TestC4_TheServerCrashesWhileItIsAskedForTLS(t *testing.T) {
	t.Parallel()
	const tlsRequest, login = "\x00\x00\x00\x08\x04\xd2\x16\x2f", "application_name\x00"
	for _, test := range []struct {
		name, reason string
		action       faultproxy.Action
		at           []string
	}{
		{"C4 a reset of the request", "connection reset by peer", faultproxy.Reset, []string{tlsRequest, login}},
		{"C4 a cut of the request", "the server closed the connection", faultproxy.CutBefore, []string{tlsRequest, login}},
		{"C4 a reset after no to TLS", "connection reset by peer", faultproxy.Reset, []string{login}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			proxy := faultproxy.New(t, hostPort(db))
			u := newUser(t, through(db, proxy.Addr(), "sslmode=prefer"))
			u.Succeed(t, "migrate", "up")
			for _, pattern := range test.at {
				proxy.On(pattern, test.action, 3, nil)
			}
			r := u.With("POSTGRES_WAIT=0s").Run(t, ingestAll()...)
			clitest.WantFailure(t, r, 5, test.reason)
			if want := "start PostgreSQL, or check DATABASE_URL"; !strings.Contains(r.LastLine(), want) {
				t.Errorf("the next step is another than %q: %q", want, r.LastLine())
			}
			r = u.Run(t, ingestAll()...) // two more tries are cut
			wantSuccess(t, r)
			wantLine(t, r, "WARNING", "PostgreSQL does not answer yet; waiting for it.")
			wantAllStored(t, db)
		})
	}
}

// At full speed a crash may undo what was confirmed. Then the run does not say
// that it went well, and the next one stores what is missing.
func TestC4_ACrashAtFullSpeedLosesNothing(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	proxy, url := behind(t, server.Database())
	u := newUser(t, url).With("PAGE_SIZE=1000")
	u.Succeed(t, "migrate", "up")
	third := onBatch(proxy, 3)
	wait := start(t, u, ingestAll()...)
	<-third
	server.Crash(t)
	server.Start(t)
	first := wait()
	const lost = "the server has lost launches that it had confirmed"
	if first.Code != 0 {
		clitest.WantFailure(t, first, 5, lost)
	}
	t.Logf("the run that saw the crash: %s", first.LastLine())
	second := u.Succeed(t, ingestAll()...)
	if n := clitest.Scan[int](t, server.Database(), "SELECT count(*) FROM raw_launches"); n != launchCount {
		t.Errorf("%d launches, want %d:\n%s%s", n, launchCount, first.Stderr, second.Stderr)
	}
	if first.Code == 0 {
		wantLine(t, second, "INFO", "inserted=0")
	}
}

// The primary fails and the other host of the URL takes over.
func TestC14_TheOtherHostOfTheURLTakesOver(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	first, second := faultproxy.New(t, hostPort(db)), faultproxy.New(t, hostPort(db))
	u := newUser(t, through(db, first.Addr()+","+second.Addr(), "sslmode=disable&target_session_attrs=read-write"))
	u.Succeed(t, "migrate", "up")
	reached := onBatch(first, 1)
	wait := start(t, u, ingestAll()...)
	<-reached
	first.SetRefuse(true)
	first.CutAll()
	r := wait()
	wantSuccess(t, r)
	wantLine(t, r, "WARNING", first.Addr()+","+second.Addr())
	if second.Connections() == 0 {
		t.Error("nothing went to the other host")
	}
	wantAllStored(t, db)
}

// The reply to COMMIT is lost on its way to the whole program.
func TestC5_C6_AConnectionIsLostAroundCommit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, pattern string
		action        faultproxy.Action
	}{
		{"C5 the reply to COMMIT is lost", "commit\x00", faultproxy.LoseReply},
		{"C6 reset before COMMIT", "commit\x00", faultproxy.Reset},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			proxy, url := behind(t, db)
			u := newUser(t, url)
			u.Succeed(t, "migrate", "up")
			proxy.On(test.pattern, test.action, 2, nil)
			r := u.Succeed(t, ingestAll()...)
			wantLine(t, r, "WARNING", "was lost")
			wantAllStored(t, db)
		})
	}
}

// A firewall forgets connections that are idle, with and without a word.
func TestC31_IdleConnectionsAreCut(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(*faultproxy.Proxy){
		"C31 with a word":    (*faultproxy.Proxy).CutAll,
		"C31 without a word": (*faultproxy.Proxy).BlackHoleAll,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			proxy, url := behind(t, db)
			u := newUser(t, url, "--latency", "500ms").With("CONCURRENCY=1", "POSTGRES_STATEMENT_TIMEOUT=2s")
			u.Succeed(t, "migrate", "up")
			second := onBatch(proxy, 2)
			wait := start(t, u, ingestAll()...)
			<-second
			cut(proxy)
			r := wait()
			wantSuccess(t, r)
			wantLine(t, r, "WARNING", "was lost")
			wantAllStored(t, db)
		})
	}
}
