package pgtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/embedded"
)

// Server is a test's own server, for tests in which a server stops, crashes
// or is configured otherwise. It keeps its port and password over all that.
type Server struct {
	private *private
	running bool
}

// NewServer starts a server for this test alone; it ends with the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	p, err := newPrivate(t.Context(), "on")
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	s := &Server{private: p, running: true}
	t.Cleanup(func() {
		if s.running {
			s.Stop(t)
		}
		if err := os.RemoveAll(p.dir); err != nil {
			t.Errorf("remove the test server's folder: %v", err)
		}
	})
	return s
}

// Database returns the server's database "postgres" with a superuser. It is
// the same while the server is stopped.
func (s *Server) Database() Database {
	return databaseOn(s.private.server.Connection(), "postgres")
}

// DSN returns the connection to Database.
func (s *Server) DSN() string { return s.Database().DSN }

// Stop shuts the server down cleanly; connections are cut off.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.running = false
	if err := s.private.stop(); err != nil {
		t.Fatalf("stop the test server: %v", err)
	}
}

// Crash ends the server at once, without a checkpoint; the next start has to
// recover, and finds everything that was committed.
func (s *Server) Crash(t testing.TB) {
	t.Helper()
	process, err := s.process()
	if err == nil {
		// PostgreSQL's "immediate shutdown".
		err = process.Signal(syscall.SIGQUIT)
	}
	if err != nil {
		t.Fatalf("crash the test server: %v", err)
	}
	s.running = false
	// Its error says that the server has ended by itself, as was wanted.
	_ = s.private.stop()
}

// ShutDownPolitely asks the server to end once its last client has left. Until
// then it refuses new ones as PostgreSQL does that starts up or shuts down
// (57P03). Stop has to be called afterwards.
func (s *Server) ShutDownPolitely(t testing.TB) {
	t.Helper()
	process, err := s.process()
	if err == nil {
		// PostgreSQL's "smart shutdown".
		err = process.Signal(syscall.SIGTERM)
	}
	if err != nil {
		t.Fatalf("ask the test server to end: %v", err)
	}
}

// WriteFile writes a file into the server's data directory, as the server's
// own, such as a certificate.
func (s *Server) WriteFile(t testing.TB, name string, content []byte) {
	t.Helper()
	path := filepath.Join(s.private.server.DataDir(), name)
	err := os.WriteFile(path, content, 0o600)
	if err == nil {
		err = giveToOwner(path, s.private.server.DataDir())
	}
	if err != nil {
		t.Fatalf("write a file for the test server: %v", err)
	}
}

func (s *Server) process() (*os.Process, error) {
	text, err := os.ReadFile(filepath.Join(s.private.server.DataDir(), "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return nil, err
	}
	return os.FindProcess(pid)
}

// Start starts a stopped server again, on the same port with the same data.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	// Not the test's context: a cleanup may start it too.
	ctx, cancel := context.WithTimeout(context.Background(), portTimeout)
	defer cancel()
	pause := time.NewTicker(portPause)
	defer pause.Stop()
	for {
		err := s.private.start(context.WithoutCancel(ctx))
		if err == nil {
			s.running = true
			return
		}
		if !errors.Is(err, embedded.ErrPortTaken) || ctx.Err() != nil {
			t.Fatalf("start the test server again: %v", err)
		}
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
}

const (
	// portTimeout is how long a server that starts again waits for its port:
	// meanwhile it may be the near end of somebody's connection.
	portTimeout = 5 * time.Second
	portPause   = 50 * time.Millisecond
	// setTimeout bounds Set, whose server answers within milliseconds.
	setTimeout = 5 * time.Second
)

// Set changes a server setting for all sessions that begin after it returns,
// such as default_transaction_read_only = on.
func (s *Server) Set(t testing.TB, name, value string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), setTimeout)
	defer cancel()
	before := s.settingsRead(ctx, t)
	err := execute(ctx, s.DSN(),
		"SET default_transaction_read_only = off",
		"ALTER SYSTEM SET "+quote(name)+" = '"+strings.ReplaceAll(value, "'", "''")+"'",
		"SELECT pg_reload_conf()")
	if err != nil {
		t.Fatalf("set %s on the test server: %v", name, err)
	}
	// The server reads its settings a moment later; each look is a new
	// session, which takes long enough to need no pause.
	for s.settingsRead(ctx, t).Equal(before) {
		if err := ctx.Err(); err != nil {
			t.Fatalf("set %s on the test server: it has not read its settings again: %v", name, err)
		}
	}
}

// settingsRead returns when the server last read its settings.
func (s *Server) settingsRead(ctx context.Context, t testing.TB) time.Time {
	t.Helper()
	conn, err := pgx.Connect(ctx, s.DSN())
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var at time.Time
	if err := conn.QueryRow(ctx, "SELECT pg_conf_load_time()").Scan(&at); err != nil {
		t.Fatalf("ask the test server when it read its settings: %v", err)
	}
	return at
}
