package export_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/export"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, pgtest.CheckLeaks())) }

var (
	// migrated is a database that has the whole schema already.
	migrated = pgtest.NewTemplate(migrate)
	// filled is one with manyLaunches as well.
	filled = pgtest.NewTemplate(func(ctx context.Context, dsn string) error {
		if err := migrate(ctx, dsn); err != nil {
			return err
		}
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, manyLaunches)
		if err := errors.Join(err, conn.Close(ctx)); err != nil {
			return err
		}
		return withStore(ctx, dsn, func(store *postgres.Store) error {
			_, err := store.RefreshTypedLaunches(ctx, postgres.RefreshOptions{})
			return err
		})
	})
)

// manyLaunches make more output than any buffer on the way holds.
const manyLaunches = `INSERT INTO raw_launches
	SELECT to_char(g, 'FM000000'), '2024-04-27', g, 0, jsonb_build_object('name', repeat('x', 300)) FROM generate_series(1, 20000) AS g`

func migrate(ctx context.Context, dsn string) error {
	return withStore(ctx, dsn, func(store *postgres.Store) error {
		_, err := store.Migrate(ctx)
		return err
	})
}

func withStore(ctx context.Context, dsn string, do func(*postgres.Store) error) error {
	store, err := postgres.Open(ctx, postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer store.Close()
	return do(store)
}

// launchesScript makes launches with odd characters, NULLs, revisions, and ids
// that a locale would sort in another order than bytes do.
const launchesScript = `
	INSERT INTO raw_payloads (id, fetched_at_timestamp, raw_data) VALUES
		('p1', '2024-05-01', '{"mass_kg": 20.5}'),
		('p2', '2024-05-01', '{"mass_kg": 400}');
	INSERT INTO raw_launches VALUES
		('b', '2024-04-27 17:02:01.309', 8000, 22, '{"id": "b", "name": "FalconSat", "flight_number": 1,
			"date_utc": "2006-03-24T22:30:00.000Z", "date_precision": "hour", "upcoming": false, "success": false,
			"rocket": "5e9d0d95eda69955f709d1eb", "launchpad": "5e9e4502f5090995de566f86", "payloads": ["p1", "p2"]}'),
		('B', '2024-04-27 17:02:01', 4000, 0, '{"id": "B", "name": "=HYPERLINK(\"x\")", "flight_number": -5,
			"success": null, "payloads": ["unknown"], "newest": false}'),
		('a', '2024-04-27 17:02:01.000001', 0, 120, '{}'),
		('é', '2024-04-27 17:02:01', 0, 1, '{"name": "a \"quoted\", two\nlines,\u001b[31m <b>\u2028 \\ 🚀", "date_precision": ""}');
	INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES
		('b', 2, '', '2024-05-01', '{"name": "not the newest"}'),
		('b', 10, '', '2024-05-03', '{"id": "b", "name": "FalconSat, revised", "flight_number": 1,
			"date_utc": "2006-03-24T23:45:00.000Z", "date_precision": "hour", "success": true, "payloads": ["p1", "p2"]}'),
		('b', 9, '', '2024-05-02', '{"name": "not the newest either"}');`

// newDatabase returns a migrated database after some statements; the view launches
// shows what they have stored.
func newDatabase(t testing.TB, statements string) pgtest.Database {
	t.Helper()
	db := pgtest.NewDatabaseFrom(t, migrated)
	execute(t, db, statements)
	launchtest.Refresh(t, db.DSN)
	return db
}

// newFilled is newDatabase with manyLaunches.
func newFilled(t testing.TB, statements string) pgtest.Database {
	t.Helper()
	db := pgtest.NewDatabaseFrom(t, filled)
	execute(t, db, statements)
	return db
}

// execute runs statements on a connection of their own.
func execute(t testing.TB, db pgtest.Database, statements string) {
	t.Helper()
	if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), statements); err != nil {
		t.Fatalf("prepare the database: %v", err)
	}
}

// open returns the store of a database.
func open(t testing.TB, db pgtest.Database) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgres.Options{URL: db.DSN, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

// options are those of the program.
func options(format export.Format, raw bool) export.Options {
	return export.Options{Format: format, Raw: raw, CSVText: report.CSVText}
}

// write exports a database and wants it to go well.
func write(t *testing.T, db pgtest.Database, opts export.Options, count int64) []byte {
	t.Helper()
	var out bytes.Buffer
	got, err := export.Write(t.Context(), open(t, db), &out, opts)
	if err != nil {
		t.Fatal(err)
	}
	if got != count {
		t.Errorf("%d launches exported, want %d", got, count)
	}
	return out.Bytes()
}

func wantGolden(t *testing.T, got []byte) {
	t.Helper()
	const path = "testdata/exports.golden"
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs, run go test ./internal/export -update if that is wanted (-want +got):\n%s", path, diff)
	}
}

// writerFunc is a function as a writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

var _ io.Writer = writerFunc(nil)
