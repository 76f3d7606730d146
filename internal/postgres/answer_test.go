package postgres_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// query makes a query that is not among the program's own.
func query(name, statement string) analytics.Query {
	return analytics.Query{Name: name, SQL: statement}
}

// load returns the program's own queries.
func load(t testing.TB) []analytics.Query {
	t.Helper()
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	return queries
}

// at parses a moment in UTC.
func at(text string) time.Time {
	moment, err := time.Parse("2006-01-02 15:04:05.999", text)
	if err != nil {
		return time.Time{}
	}
	return moment
}

// storeOn returns a store that connects only when it is asked.
func storeOn(t testing.TB, dsn string) *postgres.Store {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return postgres.StoreOver(pool)
}

func TestAnswer_TypesAreAClosedSet(t *testing.T) {
	engine := storeOn(t, pgtest.NewDatabase(t).DSN)
	results, err := engine.Answer(t.Context(), []analytics.Query{query("types", `
		SELECT CAST('a' AS text) AS t, CAST('b' AS varchar(9)) AS v, CAST('c' AS char(2)) AS c,
			CAST(1 AS smallint) AS i2, 2 AS i4, CAST(9007199254740993 AS bigint) AS i8,
			CAST(1.5 AS real) AS f4, CAST(0.1 AS double precision) AS f8, TRUE AS b,
			CAST('2022-10-05 16:00:00.25' AS timestamp) AS ts,
			CAST('2022-10-05 16:00:00+02' AS timestamptz) AS tz,
			CAST(NULL AS text) AS null_text, CAST(NULL AS timestamp) AS null_time`)})
	if err != nil {
		t.Fatal(err)
	}
	var types []table.Type
	for _, column := range results[0].Columns {
		types = append(types, column.Type)
	}
	wantTypes := []table.Type{
		table.TypeText, table.TypeText, table.TypeText, table.TypeInteger, table.TypeInteger, table.TypeInteger,
		table.TypeFloat, table.TypeFloat, table.TypeBoolean, table.TypeTimestamp, table.TypeTimestamp, table.TypeText, table.TypeTimestamp,
	}
	if diff := cmp.Diff(wantTypes, types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	wantRow := []any{
		"a", "b", "c ", int64(1), int64(2), int64(9007199254740993), 1.5, 0.1, true,
		at("2022-10-05 16:00:00.25"), at("2022-10-05 14:00:00"), nil, nil,
	}
	if diff := cmp.Diff([][]any{wantRow}, results[0].Rows); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

func TestAnswer_NoQueriesNeedNoDatabase(t *testing.T) {
	results, err := storeOn(t, "postgres://127.0.0.1:1/none").Answer(t.Context(), nil)
	if results != nil || err != nil {
		t.Errorf("got %v, %v", results, err)
	}
}

func TestAnswer_OneReadOnlyMoment(t *testing.T) {
	db := pgtest.NewDatabase(t)
	execute(t, db, `ALTER DATABASE `+db.Name+` SET timezone = 'America/New_York'`)
	config, err := pgxpool.ParseConfig(db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	const settings = `SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'),
		current_setting('TimeZone'), current_setting('statement_timeout')`
	results, err := postgres.StoreOver(pool).AnswerWithin(t.Context(), []analytics.Query{query("settings", settings)}, 7*time.Second, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"repeatable read", "on", "UTC", "7s"}, results[0].Rows[0]); diff != "" {
		t.Errorf("settings during the run (-want +got):\n%s", diff)
	}
	var isolation, readOnly, zone, timeout string
	if err := pool.QueryRow(t.Context(), settings).Scan(&isolation, &readOnly, &zone, &timeout); err != nil {
		t.Fatal(err)
	}
	want := []string{"read committed", "off", "America/New_York", "0"}
	if diff := cmp.Diff(want, []string{isolation, readOnly, zone, timeout}); diff != "" {
		t.Errorf("settings of the same connection after the run (-want +got):\n%s", diff)
	}
}

// countingConn counts how often a connection turns from reading to writing.
type countingConn struct {
	net.Conn
	mu        sync.Mutex
	isWriting bool
	turns     int
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if !c.isWriting {
		c.isWriting = true
		c.turns++
	}
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *countingConn) Read(b []byte) (int, error) {
	count, err := c.Conn.Read(b)
	c.mu.Lock()
	// A deadline in the past, with which pgx stops its own readers, is no answer.
	if count > 0 {
		c.isWriting = false
	}
	c.mu.Unlock()
	return count, err
}

func (c *countingConn) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.turns
}

// Few launches take one connection, and one round trip to ask how many there are.
func TestAnswer_RoundTrips(t *testing.T) {
	db := launchtest.NewTwelve(t)
	for maxConns, want := range map[int32]int{1: 1, 4: 2} {
		config, err := pgxpool.ParseConfig(db.DSN)
		if err != nil {
			t.Fatal(err)
		}
		config.MaxConns = maxConns
		var counting *countingConn
		config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			counting = &countingConn{Conn: conn}
			return counting, err
		}
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		if err := pool.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := counting.count()
		if _, err := postgres.StoreOver(pool).Answer(t.Context(), load(t)); err != nil {
			t.Fatal(err)
		}
		if got := counting.count() - before; got != want {
			t.Errorf("%d queries took %d round trips with up to %d connections, want %d", len(load(t)), got, maxConns, want)
		}
		if got := pool.Stat().NewConnsCount(); got != 1 {
			t.Errorf("%d connections were opened, want 1", got)
		}
	}
}

func TestAnswer_ErrorsNameTheQueryAndTheNextStep(t *testing.T) {
	db := launchtest.NewTables(t)
	tests := []struct {
		name, statement string
		category        liftoff.Category
		want, hint      string
	}{
		{"missing view", "SELECT id FROM launches_of_tomorrow", liftoff.Usage, "42P01", "liftoff migrate up"},
		{"missing column", "SELECT weather FROM launches", liftoff.Usage, "42703", "liftoff migrate up"},
		{"broken statement", "SELEC 1", liftoff.Database, "42601", "liftoff doctor"},
		{"two statements", "SELECT 1; SELECT 2", liftoff.Database, "42601", "liftoff doctor"},
		{"division by zero in a later row", "SELECT 1 / (2 - g) FROM generate_series(1, 2) AS g", liftoff.Database, "22012", "liftoff doctor"},
		{"a write", "DELETE FROM launches RETURNING id", liftoff.Database, "25006", "liftoff doctor"},
		{"too slow", "SELECT CAST(pg_sleep(30) AS text)", liftoff.Database, "57014", "a query may take 200ms"},
		{"numeric", "SELECT 1.5 AS half", liftoff.Internal, `column "half" has PostgreSQL type number 1700`, ""},
		{"endless time", "SELECT timestamp 'infinity' AS never", liftoff.Internal, `column "never"`, ""},
	}
	engine := storeOn(t, db.DSN)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			results, err := engine.AnswerWithin(t.Context(), []analytics.Query{
				query("before", "SELECT 1"), query("culprit", test.statement), query("after", "SELECT 2"),
			}, 200*time.Millisecond, 10)
			if results != nil || err == nil {
				t.Fatalf("got results %v and error %v, want only an error", results, err)
			}
			if !strings.HasPrefix(err.Error(), `run analytics query "culprit": `) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not name the query and %q", err, test.want)
			}
			if got := liftoff.CategoryOf(err); got != test.category {
				t.Errorf("category %v, want %v", got, test.category)
			}
			if hint := liftoff.HintOf(err); !strings.Contains(hint, test.hint) {
				t.Errorf("hint %q does not say %q", hint, test.hint)
			}
			if _, err := engine.Answer(t.Context(), []analytics.Query{query("next", "SELECT 1")}); err != nil {
				t.Errorf("the next run does not work: %v", err)
			}
		})
	}
}

func TestAnswer_MissingPrivilegeHintIsTheGrant(t *testing.T) {
	db := launchtest.NewTwelve(t)
	reader := pgtest.NewRole(t, db)
	engine := storeOn(t, reader.DSN)
	_, err := engine.Answer(t.Context(), load(t))
	if liftoff.CategoryOf(err) != liftoff.Privilege || !strings.Contains(err.Error(), `"aggregate_view"`) {
		t.Fatalf("got error %v of category %v, want privilege", err, liftoff.CategoryOf(err))
	}
	_, grant, ok := strings.Cut(liftoff.HintOf(err), "run: ")
	if !ok {
		t.Fatalf("hint %q has no statement", liftoff.HintOf(err))
	}
	execute(t, db, grant)
	if _, err := engine.Answer(t.Context(), load(t)); err != nil {
		t.Errorf("after the hint's %q: %v", grant, err)
	}
}

func TestAnswer_MissingSchemaPrivilegeHintIsTheGrant(t *testing.T) {
	db := pgtest.NewDatabase(t)
	execute(t, db, `CREATE SCHEMA "Closed"; CREATE TABLE "Closed".t AS SELECT 1 AS one; GRANT SELECT ON "Closed".t TO PUBLIC`)
	reader := pgtest.NewRole(t, db)
	engine := storeOn(t, reader.DSN)
	closed := []analytics.Query{query("closed", `SELECT one FROM "Closed".t`)}
	_, err := engine.Answer(t.Context(), closed)
	_, grant, _ := strings.Cut(liftoff.HintOf(err), "run: ")
	if liftoff.CategoryOf(err) != liftoff.Privilege || !strings.HasPrefix(grant, `GRANT USAGE ON SCHEMA "Closed" TO `) {
		t.Fatalf("got error %v of category %v with hint %q", err, liftoff.CategoryOf(err), liftoff.HintOf(err))
	}
	execute(t, db, grant)
	if _, err := engine.Answer(t.Context(), closed); err != nil {
		t.Errorf("after the hint's %q: %v", grant, err)
	}
}

func TestAnswer_CancelledIsInterrupted(t *testing.T) {
	engine := storeOn(t, pgtest.NewDatabase(t).DSN)
	t.Run("before the start", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := engine.Answer(ctx, []analytics.Query{query("one", "SELECT 1")})
		if !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
			t.Errorf("got error %v of category %v", err, liftoff.CategoryOf(err))
		}
	})
	t.Run("in a query", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(100*time.Millisecond, cancel)
		defer timer.Stop()
		_, err := engine.Answer(ctx, []analytics.Query{query("slow", "SELECT CAST(pg_sleep(30) AS text)")})
		if !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
			t.Errorf("got error %v of category %v", err, liftoff.CategoryOf(err))
		}
	})
}

func TestAnswer_NoConnection(t *testing.T) {
	db := pgtest.NewDatabase(t)
	wrongPassword := strings.Replace(db.DSN, ":"+db.Password+"@", ":wrong@", 1)
	closed := pgtest.NewDatabase(t)
	execute(t, closed, "REVOKE CONNECT ON DATABASE "+closed.Name+" FROM PUBLIC")
	tests := []struct {
		name, dsn string
		category  liftoff.Category
	}{
		{"nobody listens", "postgres://liftoff@127.0.0.1:1/none?sslmode=disable", liftoff.Database},
		{"no such database", strings.Replace(db.DSN, db.Name, "nowhere", 1), liftoff.Privilege},
		{"wrong password", wrongPassword, liftoff.Privilege},
		{"no right to connect", pgtest.NewRole(t, closed).DSN, liftoff.Privilege},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := storeOn(t, test.dsn).Answer(t.Context(), []analytics.Query{query("one", "SELECT 1")})
			if got := liftoff.CategoryOf(err); got != test.category {
				t.Errorf("error %v has category %v, want %v", err, got, test.category)
			}
			if liftoff.HintOf(err) == "" {
				t.Errorf("error %v has no hint", err)
			}
			if db.Password != "" && strings.Contains(err.Error(), db.Password) {
				t.Errorf("error %q shows the password", err)
			}
		})
	}
}

func TestReadLaunches_NoConnection(t *testing.T) {
	store := storeOn(t, "postgres://liftoff@127.0.0.1:1/none?sslmode=disable")
	err := store.ReadLaunches(t.Context(), nil, nil)
	if liftoff.CategoryOf(err) != liftoff.Database || !strings.Contains(err.Error(), "connect") || !strings.Contains(liftoff.HintOf(err), "POSTGRES_HOST") {
		t.Errorf("error %v of category %v with hint %q", err, liftoff.CategoryOf(err), liftoff.HintOf(err))
	}
}

// A view that lacks a column, as before a migration, is named.
func TestReadLaunches_NamesAMissingColumn(t *testing.T) {
	db := pgtest.NewDatabaseFrom(t, migrated)
	execute(t, db, "INSERT INTO raw_launches VALUES ('a', NULL, NULL, NULL, '{}')")
	launchtest.Refresh(t, db.DSN)
	var id, weather string
	err := open(t, db).ReadLaunches(t.Context(), map[string]any{"id": &id, "weather": &weather}, func() error { return nil })
	if liftoff.CategoryOf(err) != liftoff.Usage || !strings.HasSuffix(err.Error(), "has no column weather") {
		t.Errorf("error %v of category %v", err, liftoff.CategoryOf(err))
	}
}

func BenchmarkAnswer(b *testing.B) {
	db := launchtest.NewTwelve(b)
	engine := storeOn(b, db.DSN)
	queries := load(b)
	for b.Loop() {
		if _, err := engine.Answer(b.Context(), queries); err != nil {
			b.Fatal(err)
		}
	}
}
