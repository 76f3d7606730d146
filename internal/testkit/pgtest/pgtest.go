// Package pgtest gives each test a PostgreSQL database of its own, on one
// embedded server for each test binary. It is imported by tests only, and
// fails the test rather than return an error.
//
// The one rule for a caller: the test package needs
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"liftoff/internal/embedded"
)

// stopTimeout bounds how long the end of a test binary waits for the server.
const stopTimeout = 30 * time.Second

// Option changes what Main does.
type Option func(*settings)

type settings struct{ checkLeaks, downloads bool }

// CheckLeaks makes the test binary fail when a goroutine is left after all
// tests, once the server has been stopped.
func CheckLeaks() Option { return func(s *settings) { s.checkLeaks = true } }

// Main runs the tests of a package and returns their exit code. The server
// starts when the first test asks for a database and has ended when Main
// returns.
func Main(m *testing.M, options ...Option) int {
	var s settings
	for _, option := range options {
		option(&s)
	}
	if s.downloads || needsDownload() {
		remove, err := ProvideDownloader()
		if err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			return 1
		}
		defer remove()
	}
	shared.allow()
	code := m.Run()
	err := shared.stop()
	if err == nil && s.checkLeaks && code == 0 {
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return max(code, 1)
	}
	return code
}

// shared is the one server of this test binary. It is a package variable
// because the testing package has no other way to hand something from
// TestMain to the tests.
var shared sharedServer //nolint:gochecknoglobals // see above

// sharedServer starts a server on first use.
type sharedServer struct {
	mu      sync.Mutex
	allowed bool
	private *private
	err     error
}

func (s *sharedServer) allow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = true
}

// connection starts the server if need be. An error is remembered, so that a
// hundred tests do not try a hundred times.
func (s *sharedServer) connection() (embedded.Connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.allowed:
		return embedded.Connection{}, errors.New("no TestMain with pgtest.Main in this package")
	case s.err != nil:
		return embedded.Connection{}, s.err
	case s.private == nil:
		// Not a test's context: the server outlives the test that starts it.
		s.private, s.err = newPrivate(context.Background(), "off")
		if s.err != nil {
			return embedded.Connection{}, s.err
		}
	}
	return s.private.server.Connection(), nil
}

func (s *sharedServer) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = false
	if s.private == nil {
		return nil
	}
	return s.private.remove()
}

// private is a server in a temporary folder.
type private struct {
	dir    string
	port   int
	server *embedded.Server
	// synchronousCommit "off" is faster, but loses the latest commits when
	// the server crashes.
	synchronousCommit string
}

func newPrivate(ctx context.Context, synchronousCommit string) (*private, error) {
	dir, err := makeTempDir()
	if err != nil {
		return nil, err
	}
	p := &private{dir: dir, synchronousCommit: synchronousCommit}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	// initdb has hashed the password 4,096 times, as each login would have to.
	c := p.server.Connection()
	if err := execute(ctx, c.DSN(), "ALTER ROLE "+quote(c.User)+" PASSWORD '"+c.Password+"'"); err != nil {
		return nil, errors.Join(err, p.remove()) //nolint:contextcheck // whatever has ended
	}
	return p, nil
}

// start starts the server, on its former port if it had one.
func (p *private) start(ctx context.Context) error {
	server, err := embedded.Start(ctx, embedded.Options{
		DataDir:  p.dir,
		Database: "postgres",
		User:     "postgres",
		Port:     p.port,
		Settings: map[string]string{
			// A test's data need not survive a power cut.
			"fsync":              "off",
			"full_page_writes":   "off",
			"synchronous_commit": p.synchronousCommit,
			"max_connections":    "200",
			// A login costs 30 ms under the race detector with the usual number.
			"scram_iterations": "1",
			// Room for many test packages at once.
			"shared_buffers": "32MB",
		},
	})
	if err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	p.server, p.port = server, server.Connection().Port
	return nil
}

func (p *private) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return p.server.Stop(ctx)
}

func (p *private) remove() error {
	return errors.Join(p.stop(), os.RemoveAll(p.dir))
}
