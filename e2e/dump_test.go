package e2e_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// newFilled returns a user of a database with revisions, records in quarantine and a
// missing launch.
func newFilled(t *testing.T) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "ingest", "--all", "--spacex-api-url", clitest.StartReplay(t, "--count", "120"))
	r := u.Run(t, "ingest", "--all", "--spacex-api-url", clitest.StartReplay(t, "--count", "120", "--revision", "2", "--damage", "missing-id@20"))
	if r.Code != 3 {
		t.Fatalf("exit code %d, want records in quarantine:\n%s", r.Code, r.Stderr)
	}
	clitest.Execute(t, db, "UPDATE known_launches SET missing_since = '2024-01-01' WHERE id = (SELECT min(id) FROM known_launches)")
	u.Succeed(t, "migrate", "rebuild")
	return u, db
}

// dumpedRows are the rows of each table, sorted.
func dumpedRows(t *testing.T, db pgtest.Database) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for _, table := range []string{
		"ingestion_sources", "ingestion_runs", "ingestion_missed_ranges", "ingestion_backfills", "ingestion_backfill_ranges", "raw_launches",
		"known_launches", "launch_revisions", "quarantined_records", "raw_payloads", "raw_rockets", "raw_launchpads", "reference_checks",
		"typed_launches", "launches", "launch_aggregates_view",
	} {
		rows[table] = clitest.Scan[string](t, db, `SELECT coalesce(string_agg(each::text, chr(10) ORDER BY each::text COLLATE "C"), '') FROM `+table+" AS each")
	}
	return rows
}

func TestDump_ComesBackOnAnotherServer(t *testing.T) {
	t.Parallel()
	u, db := newFilled(t)
	r := u.Succeed(t, "db", "dump", "my spacex.dump")
	if r.Stdout != "" || !strings.Contains(r.Stderr, "Database dumped.") {
		t.Errorf("stdout %q, stderr:\n%s", r.Stdout, r.Stderr)
	}
	if r := u.Succeed(t, "db", "dump", "my spacex.dump"); !strings.Contains(r.Stderr, "The older file is replaced.") {
		t.Errorf("the second dump says:\n%s", r.Stderr)
	}
	want := dumpedRows(t, db)
	for _, table := range []string{"launch_revisions", "quarantined_records"} {
		if want[table] == "" {
			t.Errorf("%s is empty", table)
		}
	}
	embedded, file := clitest.NewUser(t), filepath.Join(u.Folder, "my spacex.dump")
	if r := embedded.Succeed(t, "db", "restore", file); !strings.Contains(r.Stdout, " launches and ") {
		t.Errorf("stdout:\n%s", r.Stdout)
	}
	copied := embeddedDatabase(t, embedded, "spacex")
	if diff := cmp.Diff(want, dumpedRows(t, copied)); diff != "" {
		t.Errorf("rows (-dumped +restored):\n%s", diff)
	}
	clitest.WantConsistent(t, copied)
	// It goes on as if nothing had happened.
	if r := embedded.Run(t, "doctor", "--deep", "--spacex-api-url", clitest.StartReplay(t)); r.Code != 0 {
		t.Errorf("the doctor ends with %d:\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	embedded.Succeed(t, "analyze", "-o", "json")
	embedded.Succeed(t, "ingest", "--all", "--spacex-api-url", clitest.StartReplay(t, "--count", "120", "--revision", "2"))
	if n := clitest.Scan[int](t, copied, "SELECT max(id) FROM ingestion_runs"); n != 3 {
		t.Errorf("the next run has the number %d", n)
	}
	clitest.WantFailure(t, embedded.Run(t, "db", "restore", file), 2, "is not empty")
}

func TestDump_ToStdoutIsTheSameFile(t *testing.T) {
	t.Parallel()
	u, db := newFilled(t)
	r := u.Succeed(t, "db", "dump", "-")
	makeFile(t, filepath.Join(u.Folder, "piped"), r.Stdout)
	other := pgtest.NewDatabase(t)
	u.On(other).Succeed(t, "db", "restore", "piped")
	if diff := cmp.Diff(dumpedRows(t, db), dumpedRows(t, other)); diff != "" {
		t.Errorf("rows (-dumped +restored):\n%s", diff)
	}
}

// A failed dump leaves no file, and a damaged one no row.
func TestDump_IsAllOrNothing(t *testing.T) {
	t.Parallel()
	u, _ := newFilled(t)
	empty := pgtest.NewDatabase(t)
	clitest.WantFailure(t, u.On(empty).Run(t, "db", "dump", "none.dump"), 2, "nothing to dump")
	clitest.WantFailure(t, clitest.NewUser(t).Run(t, "db", "dump", "none.dump"), 2, "nothing to dump")
	clitest.WantFailure(t, u.Run(t, "db", "dump"), 2, "dump needs a file")
	if found, err := filepath.Glob(filepath.Join(u.Folder, "none*")); err != nil || len(found) > 0 {
		t.Errorf("files %q, %v", found, err)
	}
	u.Succeed(t, "db", "dump", "whole.dump")
	whole := u.ReadFile(t, "whole.dump")
	makeFile(t, filepath.Join(u.Folder, "half.dump"), whole[:len(whole)/2])
	makeFile(t, filepath.Join(u.Folder, "bad.dump"), whole[:len(whole)/3]+"?"+whole[len(whole)/3+1:])
	clitest.WantFailure(t, u.On(empty).Run(t, "db", "restore", "half.dump"), 2, "is not a dump of liftoff, or it is incomplete")
	clitest.WantFailure(t, u.On(empty).Run(t, "db", "restore", "bad.dump"), 2, "is damaged")
	r := clitest.NewUser(t).Run(t, "db", "restore", "none.dump", "--postgres-db", "c2")
	clitest.WantFailure(t, r, 2, "name a file that `db dump` has made")
	u.On(empty).Succeed(t, "db", "restore", "whole.dump")
	r = u.Run(t, "db", "dump", "/no/such/folder.dump")
	clitest.WantFailure(t, r, 2, `create the output file "/no/such/folder.dump": no such file`)
}

// A name that is mistyped is told, and no database is made for it.
func TestDump_MakesNoDatabase(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	u.Succeed(t, "db", "start")
	clitest.WantFailure(t, u.Run(t, "db", "dump", "none.dump", "--postgres-db", "spacx"), 2, `no database "spacx"`)
	if status := statusOf(t, u); len(status.Databases) != 1 {
		t.Errorf("databases %+v", status.Databases)
	}
}

// The way to another major version of PostgreSQL, up and down.
func TestDump_MovesToAnotherMajorVersion(t *testing.T) {
	t.Parallel()
	u, db := newFilled(t)
	want := dumpedRows(t, db)
	u.Succeed(t, "db", "dump", "new.dump")
	for _, programs := range otherServers(t) {
		t.Run(filepath.Base(filepath.Dir(programs)), func(t *testing.T) {
			old := startServer(t, programs)
			u.On(old).Succeed(t, "db", "restore", "new.dump")
			if diff := cmp.Diff(want, dumpedRows(t, old)); diff != "" {
				t.Errorf("rows after the way there (-dumped +restored):\n%s", diff)
			}
			u.On(old).Succeed(t, "db", "dump", "old.dump")
			back := pgtest.NewDatabase(t)
			u.On(back).Succeed(t, "db", "restore", "old.dump")
			if diff := cmp.Diff(want, dumpedRows(t, back)); diff != "" {
				t.Errorf("rows after the way back (-dumped +restored):\n%s", diff)
			}
		})
	}
}

// otherServers returns the folders of the PostgreSQL programs of other major versions
// that Debian and Ubuntu have installed here. Without one the test is skipped.
func otherServers(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Skip("no other PostgreSQL is installed here")
	}
	return found
}

// startServer starts a server with a new data directory for the test.
func startServer(t *testing.T, programs string) pgtest.Database {
	t.Helper()
	folder := pgtest.TempDir(t)
	runAs := []string{}
	if os.Geteuid() == 0 {
		if err := exec.CommandContext(t.Context(), "chown", "postgres", folder).Run(); err != nil {
			t.Fatal(err)
		}
		runAs = []string{"setpriv", "--reuid=postgres", "--clear-groups"}
	}
	command := func(program string, args ...string) *exec.Cmd {
		words := slices.Concat(runAs, []string{filepath.Join(programs, program)}, args)
		cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
		cmd.Dir, cmd.Env = folder, []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
		return cmd
	}
	data := filepath.Join(folder, "data")
	if output, err := command("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync", data).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	port := clitest.FreePort(t)
	server := command("postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() }) // the test's context has ended it
	address := net.JoinHostPort("127.0.0.1", port)
	db := pgtest.Database{DSN: "postgres://postgres@" + address + "/postgres?sslmode=disable"}
	await(t, "PostgreSQL answers", func() bool {
		conn, err := pgx.Connect(t.Context(), db.DSN)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return err == nil
	})
	return db
}
