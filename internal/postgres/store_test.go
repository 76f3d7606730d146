package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// migrated is a database that has the whole schema already.
var migrated = pgtest.NewTemplate(func(ctx context.Context, dsn string) error {
	store, err := postgres.Open(ctx, optionsOf(dsn))
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = store.Migrate(ctx)
	return err
})

func open(t *testing.T, db pgtest.Database) *postgres.Store {
	t.Helper()
	return openWith(t, optionsOf(db.DSN))
}

// openMigrated returns a store on a migrated database of its own.
func openMigrated(t *testing.T) (*postgres.Store, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabaseFrom(t, migrated)
	return open(t, db), db
}

// runOptions describe a run that tests store launches with.
func runOptions() postgres.RunOptions {
	return postgres.RunOptions{
		Source: "http://source.test", Selection: liftoff.SelectAll, Command: "test", ProgramVersion: "test",
		StartedAt: time.Date(2024, 4, 27, 17, 0, 0, 0, time.UTC), IsShared: true,
	}
}

// insert stores launches by a run of its own, in order of id as a run has
// them, and returns the ids of those that were new.
func insert(ctx context.Context, store *postgres.Store, launches ...liftoff.EnrichedLaunch) ([]string, error) {
	run, err := store.BeginRun(ctx, runOptions())
	if err != nil {
		return nil, err
	}
	defer run.Abandon(ctx)
	slices.SortFunc(launches, func(a, b liftoff.EnrichedLaunch) int { return strings.Compare(a.ID, b.ID) })
	result, err := run.StoreBatch(ctx, liftoff.Batch{Launches: launches, ReceivedAt: time.Date(2024, 4, 27, 17, 3, 0, 0, time.UTC)})
	return result.InsertedIDs, err
}

// execute runs statements on a database.
func execute(t *testing.T, db pgtest.Database, statements ...string) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// scan reads one value.
func scan[T any](t *testing.T, db pgtest.Database, sql string, args ...any) T {
	t.Helper()
	var value T
	if err := pgtest.Connect(t, db.DSN).QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// wantError wants an error of a category that says something in one line,
// has a next step and shows no password.
func wantError(t *testing.T, err error, category liftoff.Category, says string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", says)
	}
	if got := liftoff.CategoryOf(err); got != category {
		t.Errorf("category %v, want %v: %v", got, category, err)
	}
	text := err.Error()
	if !strings.Contains(text, says) || strings.Contains(text, "\n") || strings.Contains(text, "s3cret") {
		t.Errorf("error %q, want one line that says %q", text, says)
	}
	if liftoff.HintOf(err) == "" {
		t.Errorf("error %q has no next step", text)
	}
}

// optionsOf returns options to connect by a URL, with a value for what has no
// default.
func optionsOf(url string) postgres.Options {
	return postgres.Options{URL: url, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)}
}

// options returns the same without a URL.
func options(db pgtest.Database) postgres.Options {
	opts := optionsOf("")
	opts.Host, opts.Port, opts.Database, opts.User, opts.Password = db.Host, db.Port, db.Name, db.User, db.Password
	opts.SSLMode = "prefer"
	return opts
}

func TestOpen_TellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	tests := []struct {
		name     string
		change   func(*postgres.Options)
		category liftoff.Category
		says     string
	}{
		{"wrong password", func(o *postgres.Options) { o.Password = "s3cret" }, liftoff.Privilege, "password authentication failed"},
		{"unknown role", func(o *postgres.Options) { o.User = "stranger" }, liftoff.Privilege, `"stranger"`},
		{"unknown database", func(o *postgres.Options) { o.Database = "nowhere" }, liftoff.Privilege, `database "nowhere" does not exist`},
		{"nothing listens", func(o *postgres.Options) { o.Port = 1 }, liftoff.Database, "connection refused"},
		{"unknown host", func(o *postgres.Options) { o.Host = "db.invalid" }, liftoff.Database, "host not found: db.invalid"},
		{"TLS wanted but not spoken", func(o *postgres.Options) { o.SSLMode = "verify-full" }, liftoff.Database, "TLS"},
		{"keywords that make no sense", func(o *postgres.Options) { o.URL = "host=h password = s3cret port=x" }, liftoff.Usage, "connection settings cannot be read"},
		{"an URL that is none", func(o *postgres.Options) { o.URL = "postgres://u:s3cret@h:port/x" }, liftoff.Usage, "connection settings cannot be read"},
		{"a password with a slash in it", func(o *postgres.Options) { o.URL = "postgres://u:12/s3cret@h.invalid/x" }, liftoff.Usage, "has an @ in it"},
		{"a password with an @ in it", func(o *postgres.Options) { o.URL = "postgres://u:no@s3cret@h.invalid/x" }, liftoff.Usage, "has an @ in it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opts := options(db)
			test.change(&opts)
			_, err := postgres.Open(t.Context(), opts)
			wantError(t, err, test.category, test.says)
		})
	}
}

func TestOpen_TakesAnyCharacterInASetting(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	execute(t, db, `CREATE ROLE "o'hara \ ""x"" =" LOGIN PASSWORD 'it''s \ a pass=word'`)
	opts := options(db)
	opts.User, opts.Password = `o'hara \ "x" =`, `it's \ a pass=word`
	store, err := postgres.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
	execute(t, db, `DROP ROLE "o'hara \ ""x"" ="`)
}

// The environment of another program's psql must not decide where we write.
func TestOpen_IgnoresTheVariablesOfOtherPrograms(t *testing.T) {
	db := pgtest.NewDatabase(t)
	t.Setenv("PGDATABASE", "elsewhere")
	t.Setenv("PGPASSWORD", "wrong")
	t.Setenv("PGSSLMODE", "verify-full")
	t.Setenv("PGOPTIONS", "-csearch_path=elsewhere")
	t.Setenv("PGTARGETSESSIONATTRS", "standby")
	t.Setenv("PGREQUIREAUTH", "none")
	t.Setenv("PGCHANNELBINDING", "require")
	t.Setenv("PGCONNECT_TIMEOUT", "abc")
	t.Setenv("PGSSLNEGOTIATION", "direct")
	store, err := postgres.Open(t.Context(), options(db))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if path, err := store.ShowSearchPath(t.Context()); err != nil || strings.Contains(path, "elsewhere") {
		t.Errorf("search_path = %q, %v", path, err)
	}
}

func TestOpen_TakesThePasswordThatTheURLHasNot(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	withoutPassword := strings.Replace(db.DSN, ":"+db.Password+"@", "@", 1)
	opts := optionsOf(withoutPassword)
	opts.Password = db.Password
	store, err := postgres.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
	opts = optionsOf(db.DSN)
	opts.Password, opts.URLHasPassword = "the URL's own comes first", true
	_, err = postgres.Open(t.Context(), opts)
	if err != nil {
		t.Errorf("Open() = %v, want the URL's own password to be used", err)
	}
}

// What is asked for TLS by its name must not look like a fault of TLS.
func TestOpen_WaitsWhateverTheRoleIsCalled(t *testing.T) {
	t.Parallel()
	opts := options(pgtest.NewDatabase(t))
	opts.User, opts.Port, opts.Wait = "mtls_user", 1, 100*time.Millisecond
	var log strings.Builder
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	_, err := postgres.Open(t.Context(), opts)
	wantError(t, err, liftoff.Database, "connection refused")
	if !strings.Contains(log.String(), "waiting for it") {
		t.Error("Open() did not wait")
	}
}

func TestOpen_WaitsForAServerThatComesUp(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	dsn := server.DSN()
	server.Stop(t)
	var log strings.Builder
	opened := make(chan error, 1)
	go func() {
		opts := optionsOf(dsn)
		opts.Wait, opts.Logger = 30*time.Second, slog.New(slog.NewTextHandler(&log, nil))
		store, err := postgres.Open(t.Context(), opts)
		if err == nil {
			store.Close()
		}
		opened <- err
	}()
	server.Start(t)
	if err := <-opened; err != nil {
		t.Fatalf("Open() = %v, want it to wait for the server", err)
	}
}

func TestOpen_StopsWaitingAtItsLimit(t *testing.T) {
	t.Parallel()
	opts := options(pgtest.NewDatabase(t))
	opts.Port, opts.Wait = 1, 300*time.Millisecond
	var log strings.Builder
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	_, err := postgres.Open(t.Context(), opts)
	wantError(t, err, liftoff.Database, "connection refused")
	if strings.Count(log.String(), "level=WARN") != 1 {
		t.Errorf("want one WARNING about the wait, got:\n%s", log.String())
	}
}

func TestOpen_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	opts := options(pgtest.NewDatabase(t))
	opts.Port, opts.Wait = 1, time.Hour
	ctx, cancel := context.WithCancelCause(t.Context())
	// The cause is what a signal leaves behind.
	stop := func() { cancel(errors.New("stopped by SIGTERM")) }
	opts.Logger = slog.New(cancelHandler{slog.DiscardHandler, stop})
	_, err := postgres.Open(ctx, opts)
	if !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("Open() = %v, want an interruption", err)
	}
}

// cancelHandler cancels a context at the first log line.
type cancelHandler struct {
	slog.Handler
	cancel func()
}

func (h cancelHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h cancelHandler) Handle(context.Context, slog.Record) error {
	h.cancel()
	return nil
}

func TestServer_TellsVersionEncodingAndClock(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	server, err := store.Server(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if server.Version == "" || server.Encoding != "UTF8" || time.Since(server.Now).Abs() > time.Minute {
		t.Errorf("Server() = %+v", server)
	}
}

func TestStore_SaysThatTheServerHasGone(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	store := open(t, server.Database())
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Crash(t)
	_, err := insert(t.Context(), store, launch("a", "{}"))
	wantError(t, err, liftoff.Database, "connect to PostgreSQL at")
}

func containsAll(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// hinted returns the SQL statements that an error's next step tells to run.
func hinted(t *testing.T, err error) string {
	t.Helper()
	_, sql, found := strings.Cut(liftoff.HintOf(err), " run: ")
	if !found {
		t.Fatalf("the next step of %v is no statement: %q", err, liftoff.HintOf(err))
	}
	return sql
}
