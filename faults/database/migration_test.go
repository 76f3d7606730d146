package database_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// manyLaunches are more than one transaction of the migration to typed rows takes.
const manyLaunches = 5000

// thirteen is a database of version 13, the last one without typed rows, that has
// launches with revisions, payloads and marks, a view of somebody else and one that
// counts.
var thirteen = pgtest.NewTemplate(func(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	sql := stdlib.OpenDB(*conn.Config())
	defer func() { err = errors.Join(err, sql.Close(), conn.Close(ctx)) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, sql, os.DirFS(migrations),
		goose.WithTableName("liftoff_schema_version"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, 13); err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, fmt.Sprintf(`INSERT INTO raw_launches SELECT lpad(n::TEXT, 6, '0'), '2026-01-01', n, 5,
			jsonb_build_object('id', lpad(n::TEXT, 6, '0'), 'name', 'launch ' || n, 'flight_number', n, 'success', n %% 3 = 0,
				'date_utc', '2020-01-01T00:00:00.000Z', 'date_precision', 'hour', 'payloads', jsonb_build_array('p' || n %% 70))
			FROM generate_series(1, %d) AS n;
		INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
			SELECT id, 2, sha256('{}'), '2026-01-02', raw_data || '{"name": "revised"}' FROM raw_launches WHERE id LIKE '%%7';
		INSERT INTO raw_payloads (id, fetched_at_timestamp, raw_data)
			SELECT 'p' || n, '2026-01-01', jsonb_build_object('id', 'p' || n, 'mass_kg', n / 7.0) FROM generate_series(1, 60) AS n;
		CREATE VIEW theirs AS SELECT id, name FROM launches;
		ANALYZE`, manyLaunches)).ReadAll()
	return err
})

// The migration to typed rows is killed at every third of its statements, and run
// again: readers see all launches all the time, and in the end nothing is missing.
func TestC33_KilledWhileLaunchesMigrate(t *testing.T) {
	t.Parallel()
	const step, fewest = 3, 20
	for number := 1; ; number += step {
		statement := ""
		t.Run(fmt.Sprintf("C33 at statement %d", number), func(t *testing.T) {
			statement = killMigration(t, number)
			t.Logf("the statement was: %s", statement)
		})
		if statement == "" {
			if number < fewest {
				t.Errorf("the migration has only %d statements or fewer", number-1)
			}
			return
		}
	}
}

// killMigration migrates a database, kills that at the number-th statement and
// migrates again. It returns the statement, "" if there were fewer.
func killMigration(t *testing.T, number int) (statement string) {
	t.Helper()
	db := pgtest.NewDatabaseFrom(t, thirteen)
	proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
	behind := db
	behind.DSN = strings.Replace(db.DSN, fmt.Sprintf("%s:%d", db.Host, db.Port), proxy.Addr(), 1)
	cmd := newUser(t, 0).On(behind).Command(t.Context(), "migrate", "up")
	proxy.OnStatement(number, 0, func(sql string) {
		statement = sql
		_ = cmd.Process.Kill()
		_, _ = cmd.Process.Wait()
	})
	done := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() { wantAllShown(t, db, done) })
	err := cmd.Run()
	if (err == nil) != (statement == "") {
		t.Errorf("the migration ends with %v", err)
	}
	newUser(t, 0).On(db).Succeed(t, "migrate", "up")
	close(done)
	readers.Wait()
	launchtest.WantTyped(t, db.DSN)
	const counts = "SELECT concat_ws(' ', (SELECT count(*) FROM launches WHERE revised_at IS NOT NULL), (SELECT total_launches FROM launch_aggregates_view), (SELECT count(*) FROM theirs))"
	if got, want := clitest.Scan[string](t, db, counts), fmt.Sprintf("%[1]d %[1]d %[1]d", manyLaunches); got != want {
		t.Errorf("launches, counted, seen by others: %s, want %s", got, want)
	}
	return statement
}

// wantAllShown reads the view launches until done, and wants all launches each time.
func wantAllShown(t *testing.T, db pgtest.Database, done <-chan struct{}) {
	conn := pgtest.Connect(t, db.DSN)
	for {
		select {
		case <-done:
			return
		default:
		}
		var all, revised int
		err := conn.QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE name = 'revised') FROM launches").Scan(&all, &revised)
		if err != nil || all != manyLaunches || revised != manyLaunches/10 {
			t.Errorf("a reader sees %d launches, %d of them revised: %v", all, revised, err)
			return
		}
	}
}
