//go:build linux

package database_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/pgtest"
)

// major is a PostgreSQL that the tests fetch besides the one that the program
// brings, by the SHA-256 of its archive for linux-amd64.
type major struct{ version, sha256 string }

var (
	postgres15 = major{"15.19.0", "335beb3873692297bfa7712f09ef706114c28896e85ee83098f3aafaaa70b24a"}
	postgres16 = major{"16.15.0", "bda67fe32e23b049c25db4b98132d154a4fa824c44e1bd8fd01b0236f4676c24"}
	postgres17 = major{"17.11.0", "f044ba1009e9c7ed62a5a9a6f923ca6327fe4e80d8f6bf4f8887dbc59ac14bed"}
)

// nobody owns nothing; PostgreSQL does not run as root.
const nobody = 65534

// fetching lets one test at a time fetch and unpack.
var fetching sync.Mutex

// cannot skips the test, but for CI, which has to have all there is.
func cannot(t *testing.T, format string, arguments ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, arguments...)
	}
	t.Skipf(format, arguments...)
}

// binaries returns the folder of the unpacked programs, which is kept.
func (m major) binaries(t *testing.T) string {
	t.Helper()
	fetching.Lock()
	defer fetching.Unlock()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		cache = "/var/cache" // root's own folder is closed to the server's user
	}
	folder := filepath.Join(cache, "liftoff", "test-postgresql-"+m.version+"-"+m.sha256[:12])
	if _, err := os.Stat(filepath.Join(folder, "bin", "postgres")); err == nil {
		return filepath.Join(folder, "bin")
	}
	if runtime.GOARCH != "amd64" {
		cannot(t, "PostgreSQL %s is known for amd64 only", m.version)
	}
	archive := m.fetch(t)
	scratch, err := os.MkdirTemp(filepath.Dir(folder), ".test-unpack-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if output, err := exec.Command("tar", "-xJf", archive, "-C", scratch).CombinedOutput(); err != nil {
		cannot(t, "unpack PostgreSQL %s: %v: %s", m.version, err, output)
	}
	if err := os.Chmod(scratch, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(scratch, folder); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "bin")
}

// fetch downloads the archive with the program's own downloader and returns the
// path of its .txz, once its hash is the known one.
func (m major) fetch(t *testing.T) string {
	t.Helper()
	var messages strings.Builder
	download := exec.CommandContext(t.Context(), "go", "run", "liftoff/cmd/liftoff-fetch-postgres", m.version)
	download.Stderr = &messages
	archive, err := download.Output()
	if err != nil {
		cannot(t, "PostgreSQL %s cannot be fetched: %v: %s", m.version, err, messages.String())
	}
	jar, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	found, err := fs.Glob(jar, "*.txz")
	if err != nil || len(found) != 1 {
		t.Fatalf("PostgreSQL %s has %q in its archive: %v", m.version, found, err)
	}
	txz, err := fs.ReadFile(jar, found[0])
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(txz); hex.EncodeToString(sum[:]) != m.sha256 {
		t.Fatalf("the archive of PostgreSQL %s has SHA-256 %x, want %s", m.version, sum, m.sha256)
	}
	path := filepath.Join(t.TempDir(), found[0])
	if err := os.WriteFile(path, txz, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// start starts a server of that version, which ends with the test, and returns
// its database "postgres".
func (m major) start(t *testing.T) pgtest.Database {
	t.Helper()
	bin, data := m.binaries(t), filepath.Join(pgtest.TempDir(t), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 {
		attributes.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		if err := os.Chown(data, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	command := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.SysProcAttr, cmd.Dir = attributes, data
		return cmd
	}
	initdb := command("initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync")
	if output, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	port := freePort(t)
	server := command("postgres", "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=32MB")
	ended := make(chan error, 1)
	started := make(chan error, 1)
	go func() {
		// The signal of the parent's death is bound to the thread that starts it.
		runtime.LockOSThread()
		err := server.Start()
		started <- err
		if err == nil {
			ended <- server.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT)
		<-ended
	})
	db := pgtest.Database{Host: "127.0.0.1", Port: port, Name: "postgres", User: "postgres"}
	db.DSN = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	awaitLogin(t, db.DSN)
	return db
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	number, _ := strconv.Atoi(port)
	return number
}

func awaitLogin(t *testing.T, dsn string) {
	t.Helper()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-pause.C {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err == nil {
			_ = conn.Close(t.Context())
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not answer: %v", err)
		}
	}
}

// The program's own server has version 17 or newer; the others are fetched.
func TestC28_EqualResultsOnEveryMajorVersion(t *testing.T) {
	t.Parallel()
	for _, m := range []major{postgres15, postgres16, postgres17} {
		t.Run("C28 "+m.version, func(t *testing.T) {
			t.Parallel()
			db := m.start(t)
			wantEqualResults(t, db)
			r := newUser(t, 0).On(db).Succeed(t, "doctor")
			if !strings.Contains(r.Stdout, "PostgreSQL "+strings.TrimSuffix(m.version, ".0")+" at ") {
				t.Errorf("the doctor sees another version:\n%s", r.Stdout)
			}
		})
	}
}
