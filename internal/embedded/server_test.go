//go:build linux

package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/embedded"
)

func TestStart_KeepsDataAndPasswordOverARestart(t *testing.T) {
	t.Parallel()
	opts := options(t)
	first := start(t, opts)
	query(t, first.Connection().DSN(), "CREATE TABLE launches AS SELECT 'five'::text AS id")
	stop(t, first)
	second := start(t, opts)
	if got := query(t, second.Connection().DSN(), "SELECT id FROM launches"); got != "five" {
		t.Errorf("read %q after the restart, want %q", got, "five")
	}
	if first.Connection().Password != second.Connection().Password {
		t.Error("the password changed")
	}
	if second.Joined() {
		t.Error("the second server says that it belongs to another process")
	}
}

func TestStart_WarmTakesLessThan300Milliseconds(t *testing.T) {
	opts := options(t)
	stop(t, start(t, opts))
	// The machine may be busy with other things: the best of five counts.
	best := time.Hour
	for range 5 {
		begin := time.Now()
		server := start(t, opts)
		best = min(best, time.Since(begin))
		stop(t, server)
	}
	t.Logf("warm start: %s", best)
	if best > 300*time.Millisecond {
		t.Errorf("a warm start takes %s", best)
	}
}

func TestStart_ServerIsPrivateAndTheSameEverywhere(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.Settings["listen_addresses"] = "*" // must not be possible
	dsn := start(t, opts).Connection().DSN()
	for sql, want := range map[string]string{
		"SHOW listen_addresses":        "127.0.0.1",
		"SHOW unix_socket_directories": "",
		"SHOW password_encryption":     "scram-sha-256",
		"SHOW timezone":                "UTC",
		"SHOW log_timezone":            "UTC",
		"SHOW lc_messages":             "C",
		"SHOW max_connections":         "100",
		"SHOW server_encoding":         "UTF8",
		"SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'spacex'":                       "bC.UTF-8",
		"SELECT rolsuper::text || rolcreatedb::text || rolcreaterole::text FROM pg_roles WHERE rolname = 'spacex'": "falsetruefalse",
		"SELECT pg_get_userbyid(datdba)::text || current_user FROM pg_database WHERE datname = current_database()": "spacexspacex",
	} {
		if diff := cmp.Diff(want, query(t, dsn, sql)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}

func TestStart_EveryLoginNeedsThePassword(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.User = "postgres"
	dsn := start(t, opts).Connection().DSN()
	if got := query(t, dsn, "SELECT DISTINCT auth_method FROM pg_hba_file_rules"); got != "scram-sha-256" {
		t.Errorf("login methods are %q, want scram-sha-256 only", got)
	}
}

func TestStart_MakesTheUserAndDatabaseThatIsAskedFor(t *testing.T) {
	t.Parallel()
	opts := options(t)
	for _, name := range []string{"first", `odd "name'`, "postgres"} {
		opts.Database, opts.User = name, name
		server := start(t, opts)
		if got := query(t, server.Connection().DSN(), "SELECT current_user || current_database()"); got != name+name {
			t.Errorf("user and database are %q, want %q twice", got, name)
		}
		stop(t, server)
	}
}

func TestStart_ServerSeesNoSecretOfOurs(t *testing.T) {
	t.Setenv("POSTGRES_PASSWORD", "canary-7c1f")
	server := start(t, options(t))
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", embedded.PostmasterPID(server.DataDir())))
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	var names []string
	for _, variable := range strings.Split(strings.TrimRight(string(text), "\x00"), "\x00") {
		name, _, _ := strings.Cut(variable, "=")
		// PostgreSQL adds variables of its own that tell where its files are.
		if name != "" && !strings.HasPrefix(name, "PG") {
			names = append(names, name)
		}
	}
	if diff := cmp.Diff([]string{"LC_ALL", "TZ", "PATH"}, names); diff != "" {
		t.Errorf("the server's environment (-want +got):\n%s", diff)
	}
}

func TestI1_ServerHasItsOwnGroupAndNoRoot(t *testing.T) {
	t.Parallel()
	server := start(t, options(t))
	pid := embedded.PostmasterPID(server.DataDir())
	group, err := syscall.Getpgid(pid)
	if err != nil {
		t.Fatal(err)
	}
	if group != pid {
		t.Errorf("process group is %d, want the server's own, %d: Ctrl-C would reach it", group, pid)
	}
	if uid := owner(t, fmt.Sprintf("/proc/%d", pid)); uid == 0 {
		t.Error("the server runs as root")
	}
	if owner(t, server.DataDir()) == 0 {
		t.Error("the data directory belongs to root")
	}
}

func TestStart_PasswordIsNowhereButInItsFile(t *testing.T) {
	t.Parallel()
	opts := options(t)
	server := start(t, opts)
	password := server.Connection().Password
	if len(password) < 43 { // 256 bits, whatever the encoding
		t.Fatalf("the password has %d characters", len(password))
	}
	for _, text := range []string{
		fmt.Sprint(server.Connection()), fmt.Sprintf("%+v", server.Connection()),
		fmt.Sprintf("%#v", server.Connection()), server.Connection().LogValue().String(),
	} {
		if strings.Contains(text, password) {
			t.Errorf("the password shows in %q", text)
		}
	}
	// Making the role a second time is an error in the server's log, and the
	// statement has the password in it.
	opts.Database = "another"
	start(t, opts)
	entries, err := os.ReadDir(opts.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		checkSecret(t, filepath.Join(opts.DataDir, entry.Name()), password)
	}
}

// checkSecret checks that a plain file is ours alone, and that the password
// is in none but its own.
func checkSecret(t *testing.T, path, password string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		return
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v, want 0600", path, info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), password) != (filepath.Base(path) == "liftoff_password") {
		t.Errorf("the password is in %s, or missing from its own file", path)
	}
}

func TestStart_CancelledWhileTheDataDirectoryIsMadeLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opts := options(t)
	var cancelled sync.WaitGroup
	opts.Logger = onLog("Making a new", func() {
		cancelled.Go(func() {
			eventually(t, "initdb is at work", func() bool { return len(unfinished(t, opts)) > 0 })
			cancel()
		})
	})
	_, err := embedded.Start(ctx, opts)
	cancelled.Wait()
	if liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("start: %v, want interrupted", err)
	}
	if left := unfinished(t, opts); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	if _, err := os.Stat(filepath.Join(opts.DataDir, "data")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a data directory: %v", err)
	}
	start(t, opts)
}

// unfinished returns the folders of data directories in the making, once
// initdb has begun to fill one.
func unfinished(t *testing.T, opts embedded.Options) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(opts.DataDir, ".init-*", "data", "PG_VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestStart_CancelledContextStartsNothing(t *testing.T) {
	t.Parallel()
	opts := options(t)
	stop(t, start(t, opts))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := embedded.Start(ctx, opts)
	if liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("start: %v, want interrupted", err)
	}
	if embedded.Serves(filepath.Join(opts.DataDir, "data")) {
		t.Error("a server runs")
	}
}

func TestI2_PortInUseIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.Port = takenPort(t)
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, fmt.Sprintf("port %d", opts.Port))
}

func TestI2_PortOfAnotherServerIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.Port = start(t, options(t)).Connection().Port
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, fmt.Sprintf("port %d", opts.Port), "Address already in use")
}

// Between the moment that a port was found free and the server's own start
// somebody else may take it: three ports are tried.
func TestI2_TakenPortsAreLeftForOthers(t *testing.T) {
	t.Parallel()
	first, second, free := takenPort(t), takenPort(t), unusedPort(t)
	opts := options(t)
	asked := embedded.GivePorts(&opts, first, second, free)
	server := start(t, opts)
	if got := server.Connection().Port; got != free || asked() != 3 {
		t.Errorf("the server has port %d after %d tries, want %d after 3", got, asked(), free)
	}
	stop(t, server)
	asked = embedded.GivePorts(&opts, first, second, first, second)
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, fmt.Sprintf("port %d", first), "Address already in use")
	if asked() != 3 {
		t.Errorf("%d ports were tried, want 3", asked())
	}
	if embedded.Serves(server.DataDir()) {
		t.Error("a server is left")
	}
}

// takenPort returns a port that somebody listens on until the test ends.
func takenPort(t *testing.T) int {
	t.Helper()
	return portOf(t, listen(t))
}

// unusedPort returns a port that nobody listens on just now.
func unusedPort(t *testing.T) int {
	t.Helper()
	listener := listen(t)
	defer func() { _ = listener.Close() }()
	return portOf(t, listener)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func portOf(t *testing.T, listener net.Listener) int {
	t.Helper()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("%s is no TCP address", listener.Addr())
	}
	return address.Port
}

func TestStart_FolderThatCannotBeMadeIsNamed(t *testing.T) {
	t.Parallel()
	opts := options(t)
	writeFile(t, opts.DataDir, nil)
	opts.DataDir = filepath.Join(opts.DataDir, "below-a-file")
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, filepath.Dir(opts.DataDir))
}

func TestStart_ServerThatEndsByItselfIsQuoted(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.Settings["max_connections"] = "many"
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, `invalid value for parameter "max_connections": "many"`)
}

func TestStart_PutsABigLogAside(t *testing.T) {
	t.Parallel()
	opts := options(t)
	stop(t, start(t, opts))
	log := filepath.Join(opts.DataDir, "postgres.log")
	if err := os.Truncate(log, 11<<20); err != nil {
		t.Fatal(err)
	}
	start(t, opts)
	if info, err := os.Stat(log); err != nil || info.Size() > 1<<20 {
		t.Errorf("the log is still big: %v, %v", info, err)
	}
	if info, err := os.Stat(log + ".1"); err != nil || info.Size() != 11<<20 {
		t.Errorf("the old log is not beside it: %v, %v", info, err)
	}
}

func TestStop_TwiceAndAtOnceIsTheSameAsOnce(t *testing.T) {
	t.Parallel()
	server := start(t, options(t))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { stop(t, server) })
	}
	group.Wait()
	if embedded.Serves(server.DataDir()) {
		t.Error("the server still runs")
	}
}

func TestStop_CancelledContextStillStopsCleanly(t *testing.T) {
	t.Parallel()
	server := start(t, options(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	if pid := embedded.PostmasterPID(server.DataDir()); pid != 0 {
		t.Errorf("postmaster.pid is left, with process %d", pid)
	}
}

func TestStop_SaysWhenTheServerHasEndedByItself(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	pid := embedded.PostmasterPID(server.DataDir())
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-embedded.ExitOf(server)
	checkError(t, server.Stop(t.Context()), liftoff.Database, "immediate shutdown")
}

// checkError checks an error's category, that it names something, and that
// it comes with a next step.
func checkError(t *testing.T, err error, category liftoff.Category, names ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if got := liftoff.CategoryOf(err); got != category {
		t.Errorf("category is %s, want %s: %v", got, category, err)
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %q: %v", name, err)
		}
	}
	if liftoff.HintOf(err) == "" {
		t.Errorf("no hint comes with: %v", err)
	}
}

func owner(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Skip("no owner on this system")
	}
	return stat.Uid
}
