//go:build linux

package embedded_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/embedded"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// The users of these tests: nobody owns the server, since initdb wants a user
// with a name, and somebody else looks around.
const (
	ownerID    = 65534
	strangerID = 20_002
)

// Whoever else uses the machine can neither log in to the server, over TCP or
// a socket, nor read its files, whether root or a normal user started it.
func TestI1_OtherUsersOfTheMachineReachNothing(t *testing.T) {
	t.Parallel()
	clitest.NeedsRoot(t, "only root can act as other users")
	program := copyOfOurselves(t)
	t.Run("I1 started by root", func(t *testing.T) {
		t.Parallel()
		server := start(t, options(t))
		wantStranger(t, program, filepath.Dir(server.DataDir()), server.Connection().DSN())
	})
	t.Run("I1 started by a normal user", func(t *testing.T) {
		t.Parallel()
		_, cache, err := embedded.ResolvedDirs(embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		keptArchive(t) // fills the usual cache
		folder := pgtest.TempDir(t)
		if err := os.Chown(folder, ownerID, ownerID); err != nil {
			t.Fatal(err)
		}
		home := filepath.Join(folder, "liftoff")
		o := startOtherAs(t, program, &syscall.Credential{Uid: ownerID, Gid: ownerID},
			[]string{roleVariable + "=server", "TEST_DATA_DIR=" + home, "TEST_CACHE_DIR=" + cache})
		r := o.report(t)
		if r.Error != "" {
			t.Fatalf("start: %s (%s)", r.Error, r.Hint)
		}
		wantStranger(t, program, home, r.DSN)
		o.end(t)
	})
}

// copyOfOurselves returns this test program in a place where all may run it.
func copyOfOurselves(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(pgtest.TempDir(t), "program")
	copyProgram(t, program, copied)
	return copied
}

// wantStranger wants that another user finds a way in nowhere, and the owner
// of the password does.
func wantStranger(t *testing.T, program, home, dsn string) {
	t.Helper()
	query(t, dsn, "SELECT 'works'")
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	stranger := startOtherAs(t, program, &syscall.Credential{Uid: strangerID, Gid: strangerID},
		[]string{roleVariable + "=stranger", "TEST_DATA_DIR=" + home, "TEST_PORT=" + address.Port()})
	r := stranger.report(t)
	stranger.end(t)
	if len(r.Log) > 0 {
		t.Errorf("another user finds:\n%s", strings.Join(r.Log, "\n"))
	}
	sockets, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(sockets), ".s.PGSQL."+address.Port()) {
		t.Errorf("the server listens on a socket too:\n%s", sockets)
	}
}

// lookAround is what the stranger does: it returns each way in that it finds.
func lookAround() (found []string) {
	for _, user := range []string{"postgres", "spacex", "liftoff"} {
		for _, password := range []string{"", user, "postgres"} {
			if err := logIn(user, password); err == nil {
				found = append(found, fmt.Sprintf("login as %s with %q", user, password))
			} else if !strings.Contains(err.Error(), "SQLSTATE 28P01") && !strings.Contains(err.Error(), "password") {
				found = append(found, fmt.Sprintf("no refusal of the password, but %v", err))
			}
		}
	}
	home := os.Getenv("TEST_DATA_DIR")
	if _, err := os.ReadDir(home); err == nil {
		found = append(found, "the list of files in "+home)
	}
	for _, name := range []string{"data/liftoff_password", "server.json", "binaries.json", "postgres.log", "data/PG_VERSION", "data/pg_hba.conf"} {
		if _, err := os.ReadFile(filepath.Join(home, name)); err == nil {
			found = append(found, "the content of "+name)
		}
	}
	if err := os.WriteFile(filepath.Join(home, "own"), nil, 0o600); err == nil {
		found = append(found, "a place for files of its own")
	}
	for _, folder := range []string{"/tmp", "/var/run/postgresql", home, filepath.Join(home, "data")} {
		if sockets, _ := fs.Glob(os.DirFS(folder), ".s.PGSQL."+os.Getenv("TEST_PORT")); len(sockets) > 0 {
			found = append(found, "a socket in "+folder)
		}
	}
	return found
}

// logIn tries a login over TCP.
func logIn(user, password string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	address := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, password), Host: "127.0.0.1:" + os.Getenv("TEST_PORT"),
		Path: "postgres", RawQuery: "sslmode=disable",
	}
	conn, err := pgx.Connect(ctx, address.String())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}
