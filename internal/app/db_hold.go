package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"liftoff"
	"liftoff/internal/embedded"
)

// HoldRequest is what `liftoff db start` tells the process that keeps the server up.
// That process reads no settings of its own.
type HoldRequest struct {
	DataDir   string `json:"data_dir"`
	CacheDir  string `json:"cache_dir"`
	Archive   string `json:"archive"`
	Database  string `json:"database"`
	Port      int    `json:"port"`
	LogLevel  string `json:"log_level"`
	LogFormat string `json:"log_format"`
}

// holdReply is how that process says that the server answers, or why it does not.
// It comes on stderr, after the log lines of the start and a NUL.
type holdReply struct {
	Error    string           `json:"error"`
	Hint     string           `json:"hint"`
	Category liftoff.Category `json:"category"`
}

// spawn starts this program anew in a session of its own, where it keeps the server
// up, and returns once the server answers. When ctx ends before, it ends that process.
func (a *App) spawn(ctx context.Context, opts embedded.Options) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	request := HoldRequest{
		CacheDir: a.Config.EmbeddedCacheDir, Database: opts.Database, Port: opts.Port,
		LogLevel: a.Config.LogLevel, LogFormat: a.Config.LogFormat,
	}
	// Its folder is the root, so that it keeps no disk busy.
	for _, path := range []struct{ from, to *string }{
		{&opts.DataDir, &request.DataDir}, {&opts.CacheDir, &request.CacheDir}, {&opts.Archive, &request.Archive},
	} {
		if *path.to, err = absolute(*path.from); err != nil {
			return err
		}
	}
	text, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	input, output, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe for the server's process: %w", err)
	}
	defer func() { _ = input.Close() }()       // by then that process writes to its log file
	cmd := exec.Command(program, "db", "hold") //nolint:noctx // it outlives this process
	cmd.Dir, cmd.Env = "/", a.Environ
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), output
	cmd.SysProcAttr = ownSession()
	err = cmd.Start()
	_ = output.Close() // that process has its own copy
	if err != nil {
		return fmt.Errorf("start a process for the server: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer stop()
	reply, err := a.awaitReply(bufio.NewReader(input))
	switch {
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), cmd.Wait())
	case err != nil:
		return liftoff.NewError(liftoff.Database, fmt.Errorf("the process that keeps the server up has ended: %w", errors.Join(err, cmd.Wait())),
			"run the command again with LOG_LEVEL=debug")
	case reply.Error != "":
		return liftoff.NewError(reply.Category, errors.New(reply.Error), reply.Hint)
	default:
		return cmd.Process.Release()
	}
}

// awaitReply passes on the log lines of the start, and returns what came of it.
func (a *App) awaitReply(from *bufio.Reader) (reply holdReply, err error) {
	for {
		letter, err := from.ReadByte()
		if err != nil {
			return reply, fmt.Errorf("it has sent no reply: %w", err)
		}
		if letter == 0 {
			break
		}
		if _, err := a.Stderr.Write([]byte{letter}); err != nil {
			return reply, err
		}
	}
	return reply, json.NewDecoder(from).Decode(&reply)
}

// absolute makes a path absolute; "" stays.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

// ReadHoldRequest reads the request of the process that has started this one.
func ReadHoldRequest(from io.Reader) (request HoldRequest, err error) {
	if err := json.NewDecoder(from).Decode(&request); err != nil || request.Port == 0 {
		return request, liftoff.NewError(liftoff.Usage, errors.New("db hold is for `liftoff db start`, which tells it what to do"), "run `liftoff db start`")
	}
	return request, nil
}

// HoldConsole is where the log of the process goes that keeps the server up: to the
// one that has started it, and to a file from its reply on.
type HoldConsole struct {
	mutex sync.Mutex
	out   io.Writer
}

// NewHoldConsole returns a console that writes to the process that has started this
// one.
func NewHoldConsole(out io.Writer) *HoldConsole { return &HoldConsole{out: out} }

// Write writes log lines.
func (c *HoldConsole) Write(lines []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.out.Write(lines)
}

// reply sends the reply, after which all goes to next.
func (c *HoldConsole) reply(cause error, next io.Writer) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	reply := holdReply{Hint: liftoff.HintOf(cause), Category: liftoff.CategoryOf(cause)}
	if cause != nil {
		reply.Error = cause.Error()
	}
	text, err := json.Marshal(reply)
	if err != nil {
		return fmt.Errorf("encode the reply: %w", err)
	}
	_, err = c.out.Write(append(append([]byte{0}, text...), '\n'))
	c.out = next
	return err
}

// Hold starts the server and keeps it up until ctx ends, or until it ends by itself.
// It then waits for other liftoff commands that use it, unless now has ended too. A
// start that fails is told to the process that has started this one, and is no error.
func (a *App) Hold(ctx, now context.Context, request HoldRequest, console *HoldConsole) error {
	server, err := embedded.Start(ctx, embedded.Options{
		DataDir: request.DataDir, CacheDir: request.CacheDir, Archive: request.Archive,
		Database: request.Database, Port: request.Port, Background: true, Logger: a.loggerOf("embedded"),
	})
	if err != nil {
		return console.reply(err, io.Discard)
	}
	log, err := os.OpenFile(filepath.Join(filepath.Dir(server.DataDir()), embedded.BackgroundLog), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return errors.Join(console.reply(err, io.Discard), server.Stop(now))
	}
	// Who has started this process may have ended, and misses nothing then.
	_ = console.reply(nil, log)
	select {
	case <-ctx.Done():
		a.Logger.InfoContext(ctx, "Stopping the server.")
	case <-server.Ended():
	}
	return server.Stop(now)
}
