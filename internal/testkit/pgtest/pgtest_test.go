package pgtest_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, pgtest.CheckLeaks())) }

func TestNewDatabase_IsEmptyAndItsOwn(t *testing.T) {
	t.Parallel()
	first, second := pgtest.NewDatabase(t), pgtest.NewDatabase(t)
	if first.Name == second.Name {
		t.Fatalf("two databases are called %q", first.Name)
	}
	exec(t, first.DSN, "CREATE TABLE only_here (id int)")
	if diff := cmp.Diff([]string{"only_here"}, tables(t, first.DSN)); diff != "" {
		t.Errorf("tables of the first database (-want +got):\n%s", diff)
	}
	if got := tables(t, second.DSN); len(got) != 0 {
		t.Errorf("the second database has tables %q, want none", got)
	}
}

func TestNewDatabase_FieldsAndDSNAgree(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	config, err := pgx.ParseConfig(db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	got := pgtest.Database{
		DSN: db.DSN, Host: config.Host, Port: int(config.Port),
		Name: config.Database, User: config.User, Password: config.Password,
	}
	if diff := cmp.Diff(db, got); diff != "" {
		t.Errorf("fields against DSN (-fields +DSN):\n%s", diff)
	}
}

func TestNewDatabase_IsDroppedAfterTheTestEvenWithAConnectionOpen(t *testing.T) {
	t.Parallel()
	observer := pgtest.NewDatabase(t)
	var db pgtest.Database
	var open *pgx.Conn
	t.Run("inner", func(t *testing.T) {
		db = pgtest.NewDatabase(t)
		var err error
		if open, err = pgx.Connect(t.Context(), db.DSN); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { _ = open.Close(context.Background()) })
	if count(t, observer.DSN, "SELECT count(*) FROM pg_database WHERE datname = $1", db.Name) != 0 {
		t.Errorf("database %q is still there", db.Name)
	}
	if err := open.Ping(t.Context()); err == nil {
		t.Error("the connection to the dropped database still works")
	}
}

func TestNewDatabase_NameTellsTheTest(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	if want := "testnewdatabase_nametellsthetest"; !strings.HasPrefix(db.Name, want) {
		t.Errorf("name is %q, want it to begin with %q", db.Name, want)
	}
}

func TestNewDatabaseFrom_CopiesTheTemplateThatWasPreparedOnce(t *testing.T) {
	t.Parallel()
	var prepared atomic.Int32
	template := pgtest.NewTemplate(func(ctx context.Context, dsn string) error {
		prepared.Add(1)
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		// The connection stays open: the template must be usable all the same.
		_, err = conn.Exec(ctx, "CREATE TABLE launches (id text); INSERT INTO launches VALUES ('a')")
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return err
	})
	for range 3 {
		db := pgtest.NewDatabaseFrom(t, template)
		exec(t, db.DSN, "INSERT INTO launches VALUES ('b')")
		if got := count(t, db.DSN, "SELECT count(*) FROM launches"); got != 2 {
			t.Errorf("%d rows, want the template's and the test's own", got)
		}
	}
	if prepared.Load() != 1 {
		t.Errorf("prepared %d times, want once", prepared.Load())
	}
}

func TestNewDatabaseFrom_FailsTheTestWhenPrepareFails(t *testing.T) {
	t.Parallel()
	template := pgtest.NewTemplate(func(context.Context, string) error { return errors.New("no good") })
	spy := &recorder{TB: t}
	spy.run(func() { pgtest.NewDatabaseFrom(spy, template) })
	if !strings.Contains(spy.fatal, "no good") {
		t.Errorf("the test ended with %q, want the reason of prepare", spy.fatal)
	}
}

func TestNewRole_HasOnlyWhatItWasGiven(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	exec(t, db.DSN, "CREATE TABLE launches (id text)")
	role := pgtest.NewRole(t, db, "SELECT ON ALL TABLES IN SCHEMA public")
	conn := pgtest.Connect(t, role.DSN)
	if _, err := conn.Exec(t.Context(), "SELECT * FROM launches"); err != nil {
		t.Errorf("read what was granted: %v", err)
	}
	for _, statement := range []string{"INSERT INTO launches VALUES ('x')", "CREATE VIEW v AS SELECT 1"} {
		_, err := conn.Exec(t.Context(), statement)
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "42501" {
			t.Errorf("%s: %v, want insufficient privilege (42501)", statement, err)
		}
	}
}

func TestNewRole_IsDroppedAfterTheTest(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	var role pgtest.Database
	t.Run("inner", func(t *testing.T) {
		role = pgtest.NewRole(t, db, "ALL ON SCHEMA public")
		exec(t, role.DSN, "CREATE TABLE its_own (id int)")
	})
	if count(t, db.DSN, "SELECT count(*) FROM pg_roles WHERE rolname = $1", role.User) != 0 {
		t.Errorf("role %q is still there", role.User)
	}
}

func TestServer_KeepsDataAndDSNOverStopAndCrash(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	dsn := server.DSN()
	exec(t, dsn, "CREATE TABLE launches (id text)")
	for name, end := range map[string]func(testing.TB){"stop": server.Stop, "crash": server.Crash} {
		end(t)
		if conn, err := pgx.Connect(t.Context(), dsn); err == nil {
			_ = conn.Close(t.Context())
			t.Errorf("%s: the server still answers", name)
		}
		server.Start(t)
		if diff := cmp.Diff(dsn, server.DSN()); diff != "" {
			t.Errorf("%s: DSN changed (-before +after):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"launches"}, tables(t, dsn)); diff != "" {
			t.Errorf("%s: tables (-want +got):\n%s", name, diff)
		}
	}
}

func TestServer_SetHoldsForTheNextSession(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	server.Set(t, "default_transaction_read_only", "on")
	conn := pgtest.Connect(t, server.DSN())
	_, err := conn.Exec(t.Context(), "CREATE TABLE launches (id text)")
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "25006" {
		t.Errorf("write on a read-only server: %v, want 25006", err)
	}
	server.Set(t, "default_transaction_read_only", "off")
	exec(t, server.DSN(), "CREATE TABLE launches (id text)")
}

func TestTempDir_RemovesWhatAKilledRunLeftTheDayBefore(t *testing.T) {
	t.Parallel()
	parent := filepath.Dir(pgtest.TempDir(t))
	for name, test := range map[string]struct {
		age  time.Duration
		kept bool
	}{"old": {48 * time.Hour, false}, "of today": {time.Hour, true}} {
		dir, err := os.MkdirTemp(parent, "liftoff-pgtest-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		made := info.ModTime().Add(-test.age)
		if err := os.Chtimes(dir, made, made); err != nil {
			t.Fatal(err)
		}
		pgtest.TempDir(t)
		if _, err := os.Stat(dir); (err == nil) != test.kept {
			t.Errorf("%s folder: kept is %v, want %v", name, err == nil, test.kept)
		}
	}
}

func TestServer_StartWaitsForItsPort(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	server.Stop(t)
	var config net.ListenConfig
	taken, err := config.Listen(t.Context(), "tcp4", net.JoinHostPort(server.Database().Host, strconv.Itoa(server.Database().Port)))
	if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(500*time.Millisecond, func() { _ = taken.Close() })
	defer timer.Stop()
	server.Start(t)
	exec(t, server.DSN(), "SELECT 1")
}

func TestServer_SetGivesUpOnAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	var data string
	if err := pgtest.Connect(t, server.DSN()).QueryRow(t.Context(), "SHOW data_directory").Scan(&data); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	r := &recorder{TB: t}
	r.run(func() { server.Set(r, "work_mem", "8MB") })
	if !strings.Contains(r.fatal, context.DeadlineExceeded.Error()) {
		t.Errorf("the test ended with %q, want a bound in time", r.fatal)
	}
}

// recorder is a test that may end without ending the real one.
type recorder struct {
	testing.TB

	fatal string
}

func (r *recorder) Fatalf(format string, arguments ...any) {
	for _, argument := range arguments {
		if err, ok := argument.(error); ok {
			r.fatal += err.Error()
		}
	}
	panic(r)
}

// run runs f until it ends or calls Fatalf.
func (r *recorder) run(f func()) {
	defer func() {
		if cause := recover(); cause != nil && cause != r {
			panic(cause)
		}
	}()
	f()
}

func exec(t *testing.T, dsn, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, dsn, query string, arguments ...any) int {
	t.Helper()
	var n int
	if err := pgtest.Connect(t, dsn).QueryRow(t.Context(), query, arguments...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func tables(t *testing.T, dsn string) []string {
	t.Helper()
	rows, err := pgtest.Connect(t, dsn).Query(t.Context(),
		"SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func BenchmarkNewDatabaseFrom(b *testing.B) {
	template := pgtest.NewTemplate(func(context.Context, string) error { return nil })
	for b.Loop() {
		pgtest.NewDatabaseFrom(b, template)
	}
}
