package postgres_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// contentsOf takes a snapshot into memory.
func contentsOf(t *testing.T, store *postgres.Store) postgres.Contents {
	t.Helper()
	rows := map[string]string{}
	var contents postgres.Contents
	err := store.ReadSnapshot(t.Context(), func(s *postgres.Snapshot) error {
		contents = postgres.Contents{SchemaVersion: s.SchemaVersion, Tables: s.Tables, Numbers: s.Numbers}
		for _, table := range s.Tables {
			var out bytes.Buffer
			if _, err := s.CopyOut(t.Context(), table.Name, table.Columns, &out); err != nil {
				return err
			}
			rows[table.Name] = out.String()
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v (%s)", err, liftoff.HintOf(err))
	}
	contents.Read = func(table string, use func(io.Reader) (int64, error)) error {
		taken, err := use(strings.NewReader(rows[table]))
		if want := int64(strings.Count(rows[table], "\n")); err == nil && taken != want {
			t.Errorf("%d rows of %s were taken, want %d", taken, table, want)
		}
		return err
	}
	return contents
}

// sortedRows are the rows of each table, for comparisons.
func sortedRows(t *testing.T, contents postgres.Contents) map[string][]string {
	t.Helper()
	sorted := map[string][]string{}
	for _, table := range contents.Tables {
		err := contents.Read(table.Name, func(from io.Reader) (int64, error) {
			text, err := io.ReadAll(from)
			sorted[table.Name] = slices.Sorted(strings.Lines(string(text)))
			return int64(len(sorted[table.Name])), err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return sorted
}

func restore(t *testing.T, db pgtest.Database, contents postgres.Contents) *postgres.Store {
	t.Helper()
	store := open(t, db)
	if err := store.Restore(t.Context(), contents); err != nil {
		t.Fatalf("%v (%s)", err, liftoff.HintOf(err))
	}
	return store
}

// A new table must be dumped, or be of no use on another server.
func TestReadSnapshot_HasEveryTable(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	dumped := []string{"typed_checks", "typed_transactions", "ingestion_rates"}
	for _, table := range contentsOf(t, store).Tables {
		dumped = append(dumped, table.Name)
	}
	for _, line := range postgres.WantedShape() {
		if table, isTable := strings.CutSuffix(line, " is a table"); isTable && !slices.Contains(dumped, table) {
			t.Errorf("%s is not dumped", table)
		}
	}
}

func TestRestore_BringsAllRowsAndGoesOnCounting(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, pgtest.NewTemplate(launchtest.Odd))
	source := open(t, db)
	run := begin(t, source, runOptions())
	storeBatch(t, run, liftoff.Batch{Pages: 1, ReceivedAt: time.Date(2024, 4, 27, 0, 0, 0, 0, time.UTC), Rejected: []liftoff.RejectedRecord{{
		Reason: "missing_id", Detail: "no id\t\\N", URL: "http://x", Body: []byte("{\x00}\t\\N\n"),
	}}})
	execute(t, db, "UPDATE known_launches SET missing_since = '2024-01-01' WHERE id = (SELECT min(id) FROM known_launches)",
		"INSERT INTO ingestion_backfills (source_id, started_at, finished_at) SELECT min(id), '2024-01-01', '2024-01-02' FROM ingestion_sources",
		"DELETE FROM ingestion_backfills")
	launchtest.Refresh(t, db.DSN) // as the next run does
	contents := contentsOf(t, source)
	copied := pgtest.NewDatabase(t)
	store := restore(t, copied, contents)
	if diff := cmp.Diff(sortedRows(t, contents), sortedRows(t, contentsOf(t, store))); diff != "" {
		t.Errorf("rows (-dumped +restored):\n%s", diff)
	}
	if diff := cmp.Diff(contents.Numbers, contentsOf(t, store).Numbers); diff != "" {
		t.Errorf("numbers (-dumped +restored):\n%s", diff)
	}
	launchtest.WantTyped(t, copied.DSN)
	if err := errors.Join(store.CreateAggregateView(t.Context()), store.CheckReady(t.Context()), checkTyped(t, store)); err != nil {
		t.Error(err)
	}
	// Some of these launches were inserted by hand, which is as plain to see in the copy.
	for name, check := range map[string]func(*postgres.Store) error{
		"the doctor": func(s *postgres.Store) error { return s.CheckLaunches(t.Context()) },
		"its --deep": func(s *postgres.Store) error { return s.CheckContents(t.Context()) },
	} {
		before, after := check(source), check(store)
		if diff := cmp.Diff(fmt.Sprint(before), fmt.Sprint(after)); diff != "" {
			t.Errorf("what %s says (-before +after):\n%s", name, diff)
		}
	}
	storeBatch(t, begin(t, store, runOptions()), batchOf(launch("new", "{}")))
}

// A dump of each older version is restored, and its schema brought up to date.
func TestRestore_OfEveryOlderSchema(t *testing.T) {
	t.Parallel()
	for i, name := range migrationNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			migrateTo(t, db, int64(i+1))
			execute(t, db, `INSERT INTO raw_launches VALUES ('a', '2020-01-01', 1, 2, '{"name": "old", "success": true}')`)
			contents := contentsOf(t, open(t, db))
			copied := pgtest.NewDatabase(t)
			store := restore(t, copied, contents)
			if err := errors.Join(store.RequireCurrentSchema(t.Context()), store.CreateAggregateView(t.Context()), store.CheckReady(t.Context())); err != nil {
				t.Error(err)
			}
			launchtest.WantTyped(t, copied.DSN)
			if got := readAggregates(t, copied); got.Total != 1 || got.Successful != 1 {
				t.Errorf("aggregates %+v", got)
			}
		})
	}
}

// What is refused leaves no row behind.
func TestRestore_RefusesAndChangesNothing(t *testing.T) {
	t.Parallel()
	source, sourceDB := openMigrated(t)
	storeBatch(t, begin(t, source, runOptions()), batchOf(launch("a", "{}"), launch("b", "{}")))
	contents := contentsOf(t, source)
	t.Run("a database with rows", func(t *testing.T) {
		t.Parallel()
		store, db := openMigrated(t)
		execute(t, db, "INSERT INTO raw_launches (id) VALUES ('mine')")
		wantError(t, store.Restore(t.Context(), contents), liftoff.Usage, "there are rows in")
		if n := scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
	t.Run("the database it is from", func(t *testing.T) {
		t.Parallel()
		wantError(t, open(t, sourceDB).Restore(t.Context(), contents), liftoff.Usage, "there are rows in")
	})
	t.Run("a table of others", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		execute(t, db, "CREATE TABLE raw_launches (id text)")
		wantError(t, open(t, db).Restore(t.Context(), contents), liftoff.Usage, "raw_launches that liftoff has not made")
		if n := scan[int](t, db, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"); n != 1 {
			t.Errorf("%d tables", n)
		}
	})
	t.Run("another schema version", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		migrateTo(t, db, 9)
		wantError(t, open(t, db).Restore(t.Context(), contents), liftoff.Usage, "tables of schema version 9")
	})
	t.Run("a newer schema", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		newer := contents
		newer.SchemaVersion = 1000
		wantError(t, open(t, db).Restore(t.Context(), newer), liftoff.Usage, "schema version 1000")
	})
	t.Run("an unknown table", func(t *testing.T) {
		t.Parallel()
		odd := contents
		odd.Tables = append(slices.Clone(contents.Tables), postgres.TableColumns{Name: `pg_authid"; --`, Columns: []string{"x"}})
		wantError(t, open(t, pgtest.NewDatabase(t)).Restore(t.Context(), odd), liftoff.Usage, "which liftoff does not have")
	})
	t.Run("a table twice", func(t *testing.T) {
		t.Parallel()
		odd := contents
		odd.Tables = append(slices.Clone(contents.Tables), contents.Tables[0])
		wantError(t, open(t, pgtest.NewDatabase(t)).Restore(t.Context(), odd), liftoff.Usage, "twice")
	})
	t.Run("numbers of others", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		execute(t, db, "CREATE TABLE mine (id BIGINT GENERATED ALWAYS AS IDENTITY)")
		odd, last := contents, int64(777)
		odd.Numbers = append(slices.Clone(contents.Numbers), postgres.LastNumber{Table: "mine", Column: "id", Last: &last})
		wantError(t, open(t, db).Restore(t.Context(), odd), liftoff.Usage, "numbers of a table")
		if n := scan[int64](t, db, "INSERT INTO mine DEFAULT VALUES RETURNING id"); n != 1 {
			t.Errorf("the next number is %d", n)
		}
	})
	for name, change := range map[string]func(string) string{
		"a row twice":      func(rows string) string { return rows + rows },
		"other columns":    func(rows string) string { return strings.ReplaceAll(rows, "\t", "") },
		"another encoding": func(rows string) string { return "\xe4" + rows },
		"a NUL":            func(rows string) string { return "\x00" + rows },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			odd := contents
			odd.Read = func(table string, use func(io.Reader) (int64, error)) error {
				return contents.Read(table, func(rows io.Reader) (int64, error) {
					text, err := io.ReadAll(rows)
					if err != nil || table != "raw_launches" {
						return use(strings.NewReader(string(text)))
					}
					return use(strings.NewReader(change(string(text))))
				})
			}
			wantError(t, store.Restore(t.Context(), odd), liftoff.Usage, "the rows do not fit")
			restore(t, db, contents)
		})
	}
	t.Run("a file that ends early", func(t *testing.T) {
		t.Parallel()
		store, db := openMigrated(t)
		broken := contents
		broken.Read = func(table string, use func(io.Reader) (int64, error)) error {
			if table == "known_launches" {
				return liftoff.NewError(liftoff.Usage, errors.New("the dump is damaged"), "use another copy")
			}
			return contents.Read(table, use)
		}
		wantError(t, store.Restore(t.Context(), broken), liftoff.Usage, "the dump is damaged")
		if n := scan[int](t, db, "SELECT (SELECT count(*) FROM raw_launches) + (SELECT count(*) FROM ingestion_runs)"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		// And so the next try works.
		restore(t, db, contents)
	})
}

// What others have added to our tables is not ours to move.
func TestReadSnapshot_LeavesOutColumnsOfOthers(t *testing.T) {
	t.Parallel()
	source, db := openMigrated(t)
	storeBatch(t, begin(t, source, runOptions()), batchOf(launch("a", "{}")))
	execute(t, db, "ALTER TABLE raw_launches ADD COLUMN note TEXT DEFAULT 'theirs'")
	store := restore(t, pgtest.NewDatabase(t), contentsOf(t, source))
	if err := store.CheckLaunches(t.Context()); err != nil {
		t.Error(err)
	}
}

// Rows that the role may not see would be missing without a word.
func TestReadSnapshot_RefusesRowsItMayNotSee(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	execute(t, db, "INSERT INTO raw_launches (id) VALUES ('a'), ('b')",
		"ALTER TABLE raw_launches ENABLE ROW LEVEL SECURITY", "CREATE POLICY one ON raw_launches FOR SELECT USING (id = 'a')")
	role := pgtest.NewRole(t, db, "SELECT ON ALL TABLES IN SCHEMA public")
	err := open(t, role).ReadSnapshot(t.Context(), func(s *postgres.Snapshot) error {
		_, err := s.CopyOut(t.Context(), "raw_launches", []string{"id"}, io.Discard)
		return err
	})
	wantError(t, err, liftoff.Privilege, "raw_launches")
	err = open(t, pgtest.NewRole(t, db, "SELECT ON liftoff_schema_version")).ReadSnapshot(t.Context(), func(s *postgres.Snapshot) error {
		_, err := s.CopyOut(t.Context(), "raw_launches", []string{"id"}, io.Discard)
		return err
	})
	wantError(t, err, liftoff.Privilege, "raw_launches")
	err = open(t, pgtest.NewDatabase(t)).ReadSnapshot(t.Context(), func(*postgres.Snapshot) error { return nil })
	wantError(t, err, liftoff.Usage, "nothing to dump")
}

// A dump without the launches would look like one of an empty database.
func TestReadSnapshot_RefusesADatabaseThatHasLostItsLaunches(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "DROP TABLE raw_launches CASCADE")
	err := store.ReadSnapshot(t.Context(), func(*postgres.Snapshot) error { return errors.New("it was read") })
	wantError(t, err, liftoff.Guard, "raw_launches is missing")
}
