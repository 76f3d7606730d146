//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"liftoff"
)

const (
	// answerTimeout is how long a started server may be silent.
	answerTimeout = 30 * time.Second
	// recoveryTimeout is how long its status may be "starting", as it is while
	// it replays its log after a crash.
	recoveryTimeout = 5 * time.Minute
	// answerInterval is how often its status is read; a warm start takes 40 ms.
	answerInterval = 3 * time.Millisecond
	// exitGrace is how long its exit may follow a connection that it broke.
	exitGrace = 100 * time.Millisecond
	// portAttempts is how many free ports are tried if other programs take them
	// first.
	portAttempts = 3
	// maxLogBytes is the size above which the next start begins a new log.
	maxLogBytes = 10 << 20

	// fastShutdown is how long a clean shutdown may take, immediateShutdown how
	// long one after which the next start must recover.
	fastShutdown      = 30 * time.Second
	immediateShutdown = 5 * time.Second
)

// postmaster is PostgreSQL's main process, a child of ours.
type postmaster struct {
	process  *process
	binaries binaries
	port     int
	log      serverLog
}

// launch is all that is needed to start a postmaster.
type launch struct {
	home     home
	binaries binaries
	account  account
	options  Options
	// isNew is true if the data directory has just been made.
	isNew bool
}

// start starts the server on the wanted port or on a free one. It fills in the
// connection's port and returns when the connection works.
func (l launch) start(ctx context.Context, c *Connection) (*postmaster, error) {
	for attempt := 1; ; attempt++ {
		p, err := l.attempt(ctx, c)
		if !errors.Is(err, ErrPortTaken) || l.options.Port != 0 || attempt == portAttempts {
			return p, err
		}
		l.options.Logger.DebugContext(ctx, "The port is taken; trying another.", "port", c.Port)
	}
}

func (l launch) attempt(ctx context.Context, c *Connection) (*postmaster, error) {
	c.Port = l.options.Port
	if c.Port == 0 {
		var err error
		if c.Port, err = l.freePort(ctx); err != nil {
			return nil, err
		}
	}
	p, err := l.spawn(c.Port)
	if err != nil {
		return nil, err
	}
	if err := p.waitUntilReady(ctx, l, *c); err != nil {
		if !p.process.hasExited() {
			// Why it did not become ready matters more than how it ends.
			_ = p.stop(context.WithoutCancel(ctx), immediateShutdown)
		}
		return nil, err
	}
	return p, nil
}

func (l launch) spawn(port int) (*postmaster, error) {
	log, err := openLog(l.home.logFile())
	if err != nil {
		return nil, err
	}
	// The server has its own file descriptor.
	defer func() { _ = log.file.Close() }()
	p, err := startProcess(command{
		path:    filepath.Join(l.binaries.Dir, "postgres"),
		args:    l.arguments(port),
		account: l.account,
		stdout:  log.file,
		stderr:  log.file,
		// SIGINT asks PostgreSQL for a fast, clean shutdown.
		onOurDeath: syscall.SIGINT,
	})
	if err != nil {
		if liftoff.CategoryOf(err) == liftoff.Internal {
			err = liftoff.NewError(liftoff.Database, err,
				l.binaries.hint(err, "", "set POSTGRES_HOST to use another PostgreSQL"))
		}
		return nil, err
	}
	return &postmaster{process: p, binaries: l.binaries, port: port, log: log}, nil
}

// arguments returns the server's settings. Those that keep it private cannot be
// overridden.
func (l launch) arguments(port int) []string {
	settings := map[string]string{
		"cluster_name":               "liftoff",
		"dynamic_shared_memory_type": sharedMemory,
		"jit":                        "off", // it costs more than it gains on queries this small
		"log_destination":            "stderr",
		"log_line_prefix":            "%m [%p] ",
		"log_timezone":               "UTC",
		"logging_collector":          "off",
		"max_connections":            "100",
		"shared_buffers":             "128MB",
		"timezone":                   "UTC",
	}
	maps.Copy(settings, l.options.Settings)
	maps.Copy(settings, map[string]string{ //nolint:gosec // the name of a method is not a password
		"listen_addresses":        "127.0.0.1",
		"password_encryption":     "scram-sha-256",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
	})
	arguments := []string{"-D", l.home.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		arguments = append(arguments, "-c", name+"="+settings[name])
	}
	return arguments
}

// freePort asks the system for a port that is free at this moment.
func (l launch) freePort(ctx context.Context) (int, error) {
	if l.options.freePort != nil {
		return l.options.freePort(ctx)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if err := listener.Close(); err != nil {
		return 0, fmt.Errorf("release the free port: %w", err)
	}
	if !ok {
		return 0, fmt.Errorf("find a free port: %s is not a TCP address", listener.Addr())
	}
	return address.Port, nil
}

// waitUntilReady returns when the server is ready and the connection works. It
// fails if the process ends, if it takes too long, and if the server refuses the
// connection for good.
func (p *postmaster) waitUntilReady(ctx context.Context, l launch, c Connection) error {
	err := p.waitForStatus(ctx, l.home)
	if err == nil {
		err = l.open(ctx, c)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && p.exitsWithin(ctx, exitGrace):
		return p.explainExit()
	case ctx.Err() != nil:
		return fmt.Errorf("wait for the embedded PostgreSQL: %w", ctx.Err())
	}
	if refusal := explainAccess(err, l.home); refusal != nil {
		return refusal
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("the embedded PostgreSQL does not answer: %w: %s", err, p.log.tail()), "see its log "+p.log.path)
}

// waitForStatus waits until the server has written that it is ready. A connection
// would be no proof: it could reach another program on the same port.
func (p *postmaster) waitForStatus(ctx context.Context, h home) error {
	silent, cancelSilent := context.WithTimeout(ctx, answerTimeout)
	defer cancelSilent()
	recovering, cancelRecovering := context.WithTimeout(ctx, recoveryTimeout)
	defer cancelRecovering()
	for {
		patience := silent
		switch postmasterStatus(h.data(), p.process.cmd.Process.Pid) {
		case "ready":
			return nil
		case "starting":
			patience = recovering
		}
		if p.process.hasExited() {
			return errors.New("it ended")
		}
		if err := liftoff.Sleep(patience, answerInterval); err != nil {
			return err
		}
	}
}

// open checks that the connection works. In a new data directory it makes the
// role and the database first.
func (l launch) open(ctx context.Context, c Connection) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if l.isNew {
		if err := provision(ctx, c); err != nil {
			return err
		}
	}
	return reach(ctx, c)
}

// explainExit returns why the server ended by itself, in the words of its log.
func (p *postmaster) explainExit() error {
	tail := p.log.tail()
	reason := errors.New("it ended")
	if strings.Contains(tail, "could not bind") || strings.Contains(tail, "could not create any TCP/IP sockets") {
		return liftoff.NewError(liftoff.Database, fmt.Errorf("run the embedded PostgreSQL on port %d: %w: %s", p.port, ErrPortTaken, tail),
			fmt.Sprintf("see which program uses it with `lsof -i :%d`, or choose another port with `liftoff db start --port`", p.port))
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("run the embedded PostgreSQL on port %d: %w: %s", p.port, reason, tail),
		p.binaries.hint(reason, tail, "see its log "+p.log.path))
}

// stop ends the server and waits until it has ended. It first asks for a clean
// shutdown, and uses force when the given time or ctx ends. An error means that
// the end was not clean.
func (p *postmaster) stop(ctx context.Context, clean time.Duration) error {
	if p.process.hasExited() {
		return p.explainExit()
	}
	p.process.signal(syscall.SIGINT)
	if p.exitsWithin(ctx, clean) {
		return p.exitError()
	}
	p.process.signal(syscall.SIGQUIT)
	if !p.exitsWithin(context.WithoutCancel(ctx), immediateShutdown) {
		p.process.kill()
		<-p.process.exited
	}
	return liftoff.NewError(liftoff.Database,
		errors.New("the embedded PostgreSQL did not stop in time and was ended by force"),
		"run again: the next start recovers the data directory")
}

func (p *postmaster) exitsWithin(ctx context.Context, d time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	select {
	case <-p.process.exited:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *postmaster) exitError() error {
	if p.process.err == nil {
		return nil
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("stop the embedded PostgreSQL: %w: %s", p.process.err, p.log.tail()), "see its log "+p.log.path)
}

// serverLog is the server's log file and where this start's part begins.
type serverLog struct {
	file   *os.File
	path   string
	offset int64
}

// openLog opens the log for appending. It renames a big log first, which replaces
// the one renamed before.
func openLog(path string) (serverLog, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > maxLogBytes {
		if err := os.Rename(path, path+".1"); err != nil {
			return serverLog{}, fmt.Errorf("rename the server's old log: %w", pathError(err))
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return serverLog{}, fmt.Errorf("open the server's log: %w", pathError(err))
	}
	info, err := file.Stat()
	if err != nil {
		return serverLog{}, errors.Join(fmt.Errorf("check the server's log: %w", err), file.Close())
	}
	return serverLog{file: file, path: path, offset: info.Size()}, nil
}

// tail returns the last lines that this start wrote.
func (l serverLog) tail() string {
	text, err := os.ReadFile(l.path)
	if err != nil || int64(len(text)) < l.offset {
		return lastLines("")
	}
	return lastLines(string(text[l.offset:]))
}
