//go:build linux

package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

// roleVariable makes the test binary play another process of liftoff.
const roleVariable = "LIFTOFF_EMBEDDED_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	remove, err := pgtest.ProvideDownloader()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		remove()
		os.Exit(code)
	}))
}

// report is what another process says when it is ready.
type report struct {
	DSN    string
	Joined bool
	PID    int
	Error  string
	Hint   string
	// Category is the error's.
	Category liftoff.Category
	// Log is the lines that the start logged.
	Log []string
}

// play is the other process: it does its part, reports in one line on
// standard output, and ends when its standard input does.
func play(role string) error {
	switch role {
	case "server":
		return playServer()
	case "stranger":
		return reportAndWait(report{Log: lookAround()})
	case "watched":
		pid, stop, err := embedded.StartWatched("/bin/sleep", "1000")
		if err != nil {
			return err
		}
		defer stop()
		return reportAndWait(report{PID: pid})
	default:
		return fmt.Errorf("no such role: %q", role)
	}
}

func playServer() error {
	opts := embedded.Options{
		DataDir:  os.Getenv("TEST_DATA_DIR"),
		CacheDir: os.Getenv("TEST_CACHE_DIR"),
		Archive:  os.Getenv("TEST_ARCHIVE"),
		Settings: fast(),
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log := &recorder{Handler: slog.DiscardHandler}
	opts.Logger = slog.New(log)
	if os.Getenv("TEST_CANCEL_AT_LINE_OF_STDIN") != "" {
		go func() {
			_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
			cancel()
		}()
	}
	server, err := embedded.Start(ctx, embedded.IgnoreInstalled(opts))
	if err != nil {
		return reportAndWait(report{Error: err.Error(), Hint: liftoff.HintOf(err), Category: liftoff.CategoryOf(err), Log: log.messages})
	}
	r := report{
		DSN:    server.Connection().DSN(),
		Joined: server.Joined(),
		PID:    embedded.PostmasterPID(server.DataDir()),
		Log:    log.messages,
	}
	if err := reportAndWait(r); err != nil {
		return err
	}
	return server.Stop(context.Background())
}

func reportAndWait(r report) error {
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// other is another process of liftoff.
type other struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// startOther starts another process without waiting for its report.
func startOther(t *testing.T, role string, environment ...string) *other {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startOtherAs(t, program, nil, append(os.Environ(), append(environment, roleVariable+"="+role)...))
}

func startOtherAs(t *testing.T, program string, user *syscall.Credential, environment []string) *other {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = environment
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &other{cmd, stdin, bufio.NewReader(stdout)}
	t.Cleanup(func() { o.kill() })
	return o
}

// report waits until the process is ready.
func (o *other) report(t *testing.T) report {
	t.Helper()
	line, err := o.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatalf("read the other process's report: %v", err)
	}
	var r report
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("decode the report %q: %v", line, err)
	}
	return r
}

// end lets the process end properly and waits for it.
func (o *other) end(t *testing.T) {
	t.Helper()
	if err := o.stdin.Close(); err != nil {
		t.Error(err)
	}
	if err := o.cmd.Wait(); err != nil {
		t.Errorf("the other process ended with %v", err)
	}
}

// kill is kill -9.
func (o *other) kill() {
	_ = o.cmd.Process.Kill()
	_ = o.cmd.Wait()
}

// fast are settings for servers whose data need not survive a power cut.
func fast() map[string]string { return map[string]string{"fsync": "off", "shared_buffers": "16MB"} }

// options are those of a server in a new folder, with the shared cache.
func options(t *testing.T) embedded.Options {
	t.Helper()
	dir := filepath.Join(pgtest.TempDir(t), "liftoff")
	return embedded.IgnoreInstalled(embedded.Options{DataDir: dir, Settings: fast()})
}

// start starts a server that is stopped after the test at the latest.
func start(t *testing.T, opts embedded.Options) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(t.Context(), opts)
	if err != nil {
		t.Fatalf("start: %v (%s)", err, liftoff.HintOf(err))
	}
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t *testing.T, server *embedded.Server) {
	t.Helper()
	if err := server.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(values, ",")
}

// eventually waits until the condition holds; it fails the test after 20 s.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("still not so: %s", what)
		case <-tick.C:
		}
	}
}

// isAlive reports whether a process runs; a zombie does not.
func isAlive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(state, "Z")
}

// recorder is a log handler that keeps the lines.
type recorder struct {
	slog.Handler

	messages []string
}

func (*recorder) Enabled(context.Context, slog.Level) bool { return true }

func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	line := record.Level.String() + " " + record.Message
	record.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	r.messages = append(r.messages, line)
	return nil
}

// listener is a log handler that calls a function at a line, to act at an
// exact moment of a start.
type listener struct {
	slog.Handler

	part string
	once *sync.Once
	act  func()
}

func onLog(part string, act func()) *slog.Logger {
	return slog.New(listener{slog.DiscardHandler, part, new(sync.Once), act})
}

func (l listener) Enabled(context.Context, slog.Level) bool { return true }

func (l listener) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, l.part) {
		l.once.Do(l.act)
	}
	return nil
}
