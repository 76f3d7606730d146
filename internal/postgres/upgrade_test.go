package postgres_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// migrationNames returns the file names of all versions of the schema, oldest
// first. They are numbered from 1 without a gap: a released version stays.
func migrationNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, entry := range entries {
		if number := fmt.Sprintf("%05d_", i+1); !strings.HasPrefix(entry.Name(), number) {
			t.Fatalf("%s does not begin with %s: a version is missing, or two have the same number", entry.Name(), number)
		}
		all = append(all, entry.Name())
	}
	return all
}

// migrateTo makes a database as the program of that version made it.
func migrateTo(t *testing.T, db pgtest.Database, version int64) {
	t.Helper()
	sql := stdlib.OpenDB(*pgtest.Connect(t, db.DSN).Config())
	defer func() { _ = sql.Close() }()
	provider, err := goose.NewProvider(goose.DialectPostgres, sql, os.DirFS("migrations"),
		goose.WithTableName("liftoff_schema_version"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

// Every version of the schema is brought up to date with its rows, and is
// refused before that.
func TestC22_EveryOlderSchema(t *testing.T) {
	t.Parallel()
	all := migrationNames(t)
	for i := range all {
		t.Run(all[i], func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			migrateTo(t, db, int64(i+1))
			execute(t, db, `INSERT INTO raw_launches VALUES ('a', '2020-01-01', 1, 2, '{"name": "old", "success": true}')`)
			store := open(t, db)
			if i+1 < len(all) {
				err := store.RequireCurrentSchema(t.Context())
				wantError(t, err, liftoff.Usage, "but this program needs version")
				if liftoff.HintOf(err) != "run `liftoff migrate up`" {
					t.Errorf("next step %q", liftoff.HintOf(err))
				}
			}
			applied, err := store.Migrate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(all[i+1:], names(applied), cmp.Transformer("none", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
				t.Errorf("applied (-want +got):\n%s", diff)
			}
			if typedViewVersion := 15; i+1 >= typedViewVersion {
				launchtest.Refresh(t, db.DSN) // as a run does at its start
			}
			launchtest.WantTyped(t, db.DSN)
			if err := store.CreateAggregateView(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := store.CheckReady(t.Context()); err != nil {
				t.Error(err)
			}
			wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", `{"name": "old", "success": true}`), launch("b", "{}"))), 1, 1, 0, 0)
			if got := readAggregates(t, db); got.Total != 2 || got.Successful != 1 {
				t.Errorf("aggregates %+v", got)
			}
		})
	}
}

// A migration that fails in the middle leaves nothing of itself, and the next
// try goes on from the version before.
func TestC24_AFailedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]string{
		"the first table":         "raw_launches",
		"a view":                  "launches",
		"the last of many tables": "quarantined_records",
		"after a function":        "rockets",
	} {
		t.Run("C24 "+name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			execute(t, db, `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
				BEGIN
					IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.`+made+`') THEN
						RAISE EXCEPTION 'not today';
					END IF;
				END $$`, "CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION refuse()")
			store := open(t, db)
			_, err := store.Migrate(t.Context())
			wantError(t, err, liftoff.Database, "not today")
			// What is there is exactly what the versions before make.
			done := scan[int64](t, db, "SELECT max(version_id) FROM liftoff_schema_version WHERE is_applied")
			const relations = "SELECT string_agg(relname::text, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
			reference := pgtest.NewDatabase(t)
			if done > 0 {
				migrateTo(t, reference, done)
				if diff := cmp.Diff(scan[string](t, reference, relations), scan[string](t, db, relations)); diff != "" {
					t.Errorf("after version %d (-want +got):\n%s", done, diff)
				}
			}
			execute(t, db, "DROP EVENT TRIGGER refuse")
			if _, err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := store.CheckReady(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Each migration is one transaction, so that there is no half of one.
func TestC24_EveryMigrationIsATransaction(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(os.DirFS("migrations"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile("migrations/" + path)
		if strings.Contains(strings.ToUpper(string(text)), "NO TRANSACTION") {
			t.Errorf("%s runs outside of a transaction: make it repeatable, and test that it is", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A session that ends in the middle of a migration leaves nothing of it either,
// and the migration goes on from there.
func TestC24_AMigrationThatIsCutOff(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	migrateTo(t, db, 3)
	store := open(t, db)
	// Somebody writes into the version's table, so version 4 stands still
	// when it is about to be recorded.
	blocker := pgtest.Connect(t, db.DSN)
	if _, err := blocker.Exec(t.Context(), "BEGIN; LOCK liftoff_schema_version IN SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	var applied []postgres.Migration
	go func() {
		var err error
		applied, err = store.Migrate(context.WithoutCancel(t.Context()))
		ended <- err
	}()
	waitForLock(t, db)
	execute(t, db, `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE NOT granted
		AND relation = 'liftoff_schema_version'::regclass`)
	waitForLock(t, db)
	if n := scan[int](t, db, "SELECT count(*) FROM pg_class WHERE relname LIKE 'ingestion%'"); n != 0 {
		t.Errorf("%d relations of version 4 are left", n)
	}
	if _, err := blocker.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || len(applied) != len(migrationNames(t))-3 {
		t.Errorf("it applied %v, %v", names(applied), err)
	}
}
