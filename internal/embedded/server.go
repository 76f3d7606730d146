//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"liftoff"
)

// joinTimeout is how long a second process waits for the first one's server. It is
// long enough for a download and a recovery.
const joinTimeout = downloadTimeout + recoveryTimeout + 5*time.Minute

// announceAttempt is the attempt to join, about half a second after the first, at
// which the wait is logged.
const announceAttempt = 25

// Server is a running PostgreSQL server: this process's own, or one of another
// liftoff process that this one joined. Its methods may be called from several
// goroutines. Start and Stop follow a fixed contract: a Server exists only while
// it has something to stop, so there is no Stop before Start and none is needed
// after a Start that failed; a stopped Server is not started again.
type Server struct {
	connection Connection
	version    string
	home       home
	options    Options
	// postmaster and owner belong to the owner of the server.
	postmaster *postmaster
	owner      *fileLock
	// user is held by a process that joined.
	user *fileLock

	mu      sync.Mutex
	stopped bool
	stopErr error
}

// Start starts the server, or joins the one that another liftoff process runs on
// the same data directory, and returns when a connection works. The first start on
// a machine may download the binaries, and makes the data directory; later ones
// take less than a tenth of a second.
//
// ctx bounds the start, not the server: when it ends, Start returns at once, and
// afterwards it has no effect. A Start that fails leaves no process, goroutine or
// lock behind, and may be tried again. A second Start on the same data directory,
// in this process or another, joins the running server. The owner waits for it
// before it stops the server, unless it gets a signal meanwhile or is killed.
//
// Errors have a category and a hint: Usage for a wrong archive, a data directory of
// another major version, a folder with other files in it, a missing download
// program, or PG variables that cannot be read; Privilege for a missing permission;
// Database for everything else.
func Start(ctx context.Context, opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := checkEnvironment(opts); err != nil {
		return nil, err
	}
	h := home{opts.DataDir}
	if err := h.checkNotForeign(); err != nil {
		return nil, err
	}
	if err := h.create(); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		owner, err := lockFile(h.ownerLock(), false)
		if err == nil {
			return startOwn(ctx, h, opts, owner)
		}
		if errors.Is(err, fs.ErrNotExist) { // Destroy has removed the folder meanwhile
			if err := h.create(); err != nil {
				return nil, err
			}
		} else if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("lock the data directory: %w", err)
		}
		server, err := joinOrWait(waiting, h, opts)
		if server != nil || err != nil {
			return server, err
		}
		if attempt == announceAttempt {
			opts.Logger.InfoContext(ctx, "Waiting for the PostgreSQL server of another liftoff process.")
		}
		if liftoff.Sleep(waiting, pollInterval) != nil {
			return nil, joinError(ctx, h)
		}
	}
}

func joinError(ctx context.Context, h home) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for the server of another liftoff process: %w", err)
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("another liftoff process uses %q, but its PostgreSQL server does not answer", h.path),
		"wait until that process has ended, or set EMBEDDED_DATA_DIR to another folder")
}

// joinOrWait returns the server of another process, or nil if there is none to join
// at this moment. A background server joins none: it waits until it can be the owner.
func joinOrWait(ctx context.Context, h home, opts Options) (*Server, error) {
	if !opts.Background {
		return join(ctx, h, opts)
	}
	if f, ok := h.facts(); ok && f.IsBackground {
		return nil, liftoff.NewError(liftoff.Locked,
			fmt.Errorf("another liftoff process (%d) already keeps the server of %q up", f.PID, h.path), "see `liftoff db status`")
	}
	return nil, nil
}

// join returns the server of another process, or nil if none answers at this
// moment. An error means that waiting does not help.
func join(ctx context.Context, h home, opts Options) (*Server, error) {
	// Without facts there is nothing to join, and even a short lock would disturb
	// an owner that waits to stop.
	if _, ok := h.facts(); !ok {
		return nil, nil
	}
	// Lock first, then read the facts again: an owner that is about to stop has
	// removed them, and one that stops later waits for us.
	user, err := lockFile(h.usersLock(), true)
	if errors.Is(err, errLocked) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("join the server of another liftoff process: %w", err)
	}
	s := &Server{home: h, options: opts, user: user}
	if err := s.reachFacts(ctx); err != nil {
		opts.Logger.DebugContext(ctx, "The server of another liftoff process does not answer yet.", "error", err)
		user.release()
		return nil, explainAccess(err, h)
	}
	level := slog.LevelInfo
	if f, ok := h.facts(); ok && f.IsBackground {
		level = slog.LevelDebug // the user has started it to be used
	}
	opts.Logger.Log(ctx, level, "Using the PostgreSQL server of another liftoff process.")
	return s, nil
}

// reachFacts connects to the server whose facts the owner has written.
func (s *Server) reachFacts(ctx context.Context) error {
	f, ok := s.home.facts()
	if !ok {
		return errors.New("its owner has not written its address yet")
	}
	password, err := s.home.password()
	if err != nil {
		return err
	}
	s.version = f.Version
	s.connection = Connection{f.Host, f.Port, s.options.Database, s.options.User, password}
	return reach(ctx, s.connection)
}

// startOwn starts a server that this process owns. It takes over the lock.
func startOwn(ctx context.Context, h home, opts Options, owner *fileLock) (*Server, error) {
	s := &Server{home: h, options: opts, owner: owner}
	if err := s.start(ctx); err != nil {
		owner.release()
		return nil, err
	}
	return s, nil
}

// start does everything from a folder, which may be empty, to a server that
// answers. It runs under the owner's lock.
func (s *Server) start(ctx context.Context) error {
	if err := errors.Join(s.home.removeFacts(), sweep(ctx, s.home)); err != nil {
		return err
	}
	server, err := s.prepare(ctx)
	if err != nil {
		return err
	}
	password, err := s.home.password()
	if err != nil {
		return err
	}
	s.connection = Connection{"127.0.0.1", 0, s.options.Database, s.options.User, password}
	if s.postmaster, err = server.start(ctx, &s.connection); err != nil {
		return err
	}
	s.version = server.binaries.Version
	if err := s.announce(password, server.account); err != nil {
		return errors.Join(err, s.postmaster.stop(context.WithoutCancel(ctx), fastShutdown))
	}
	return nil
}

// announce writes what other processes and later starts need to know.
func (s *Server) announce(password string, a account) error {
	if err := s.home.adoptPassword(password, a); err != nil {
		return err
	}
	if s.options.Background {
		if err := writeJSON(s.home.portFile(), s.connection.Port); err != nil {
			return err
		}
	}
	return writeJSON(s.home.factsFile(), facts{
		PID: os.Getpid(), Host: s.connection.Host, Port: s.connection.Port, Version: s.version, IsBackground: s.options.Background,
	})
}

// prepare chooses the user and the binaries, ends a leftover server, and makes the
// data directory if it does not exist.
func (s *Server) prepare(ctx context.Context) (launch, error) {
	major, err := s.home.major()
	if err != nil {
		return launch{}, err
	}
	l := launch{home: s.home, options: s.options}
	if l.account, err = chooseAccount(s.home.data()); err != nil {
		return launch{}, err
	}
	chooser := chooser{s.options, l.account}
	if l.binaries, err = chooser.choose(ctx, major, chooser.cache().provide); err != nil {
		return launch{}, err
	}
	for _, path := range []string{l.binaries.Dir + "/postgres", s.home.data()} {
		if err := l.account.checkReach(path); err != nil {
			return launch{}, err
		}
	}
	if major != 0 {
		// Before a leftover server is stopped: without our password beside it, the
		// data directory and its server may be someone else's.
		if _, err := s.home.password(); err != nil {
			return launch{}, err
		}
		return l, s.revive(ctx, l)
	}
	s.options.Logger.InfoContext(ctx, "Making a new PostgreSQL data directory.", "path", s.home.data())
	if err := initialise(ctx, l); err != nil {
		return launch{}, err
	}
	l.isNew = true
	return l, s.home.remember(l.binaries)
}

// revive makes an existing data directory ready for a start.
func (s *Server) revive(ctx context.Context, l launch) error {
	if err := stopLeftover(ctx, s.home.data(), s.options.Logger); err != nil {
		return err
	}
	// A backup that root has restored belongs to root.
	if uid, _, ok := ownerOf(s.home.data()); ok && uid != l.account.uid {
		if err := l.account.give(s.home.data()); err != nil {
			return fmt.Errorf("give the data directory to the server's user: %w", err)
		}
	}
	if last, ok := s.home.recall(); ok && last == l.binaries {
		return nil
	}
	return s.home.remember(l.binaries)
}

// Ended returns a channel that is closed when the server's process has ended, by
// Stop or by itself; nil for a server that this process has joined.
func (s *Server) Ended() <-chan struct{} {
	if s.postmaster == nil {
		return nil
	}
	return s.postmaster.process.exited
}

// Connection returns how to reach the server.
func (s *Server) Connection() Connection { return s.connection }

// DataDir returns PostgreSQL's own data directory.
func (s *Server) DataDir() string { return s.home.data() }

// Version returns the server's version, such as "18.6".
func (s *Server) Version() string { return s.version }

// Stop ends the server cleanly and returns when it has ended. An owner lets no
// further processes join and waits for those that have joined, until ctx ends;
// then the server ends within 35 seconds, by force if need be. The end of ctx ends
// only that wait: Stop never leaves its own server running. A process that joined
// only releases the server.
//
// Stop is safe to call twice and from several goroutines: every call returns once
// the server has ended, with the same error. It works even if the server has ended
// by itself, which is an error. An error means that the end was not clean: the next
// start recovers the data directory.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return s.stopErr
	}
	s.stopped = true
	if s.owner == nil { // another process owns the server
		s.user.release()
		return nil
	}
	// A process that starts from now on finds nothing to join: it waits for the
	// owner's lock and becomes the next owner.
	err := s.withdraw()
	users := s.waitForUsers(ctx)
	// The server must end even if ctx has ended.
	s.stopErr = errors.Join(err,
		s.postmaster.stop(context.WithoutCancel(ctx), fastShutdown), s.home.removeFacts())
	s.owner.release()
	if users != nil {
		users.release()
	}
	return s.stopErr
}

// withdraw takes back what announce has written. Who stops a background server must
// still find its process: to wait for it, or to tell it not to wait.
func (s *Server) withdraw() error {
	if !s.options.Background {
		return s.home.removeFacts()
	}
	return writeJSON(s.home.factsFile(), facts{PID: os.Getpid(), IsStopping: true})
}

// waitForUsers waits until no other process uses the server, and returns the lock
// that keeps it so; nil if ctx ends first. The facts must have been removed before.
func (s *Server) waitForUsers(ctx context.Context) *fileLock {
	lock, err := lockFile(s.home.usersLock(), false)
	if errors.Is(err, errLocked) && ctx.Err() != nil {
		s.options.Logger.WarnContext(ctx, "Stopping the PostgreSQL server; other liftoff processes use it, and then fail.")
		return nil
	}
	if errors.Is(err, errLocked) {
		s.options.Logger.InfoContext(ctx, "Waiting for other liftoff processes that use this PostgreSQL server. "+
			"Ctrl-C stops the server now; the other processes then fail.")
		lock, err = waitForLock(ctx, s.home.usersLock())
	}
	if err != nil {
		return nil
	}
	return lock
}
