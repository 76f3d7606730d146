package postgres_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// impatient returns a store whose statements may take half a second, 250 ms of
// it behind a lock.
func impatient(t *testing.T, db pgtest.Database) *postgres.Store {
	t.Helper()
	opts := options(db)
	opts.StatementTimeout = 500 * time.Millisecond
	return openWith(t, opts)
}

// raises makes each insertion into raw_launches fail with a code, so many
// times. What a rollback undoes counts too: a sequence keeps it.
func raises(t *testing.T, db pgtest.Database, code string, times string) {
	t.Helper()
	execute(t, db, "CREATE SEQUENCE tries", `CREATE FUNCTION fail() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('tries') <= `+times+` THEN RAISE EXCEPTION 'as the test wants' USING ERRCODE = '`+code+`'; END IF;
		RETURN NULL; END $$`,
		"CREATE TRIGGER fail AFTER INSERT ON raw_launches FOR EACH STATEMENT EXECUTE FUNCTION fail()")
}

func TestC8_C9_ATransactionThatWasRolledBackForAnother(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, code, times string
		isStored          bool
	}{
		{"C8 deadlock", "40P01", "2", true},
		{"C8 deadlock again and again", "40P01", "100", false},
		{"C9 serialization", "40001", "2", true},
		{"C9 serialization again and again", "40001", "100", false},
		{"a lock that was not to be had", "55P03", "2", true},
		{"anything else is not repeated", "XX000", "1", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			raises(t, db, test.code, test.times)
			run := begin(t, store, exclusive())
			_, err := run.StoreBatch(t.Context(), batchOf(launch("a", "{}"), launch("b", "{}")))
			want := "2 2"
			if !test.isStored {
				want = "0 0"
				wantError(t, err, liftoff.Database, test.code)
			} else if err != nil {
				t.Error(err)
			}
			if got := scan[string](t, db, "SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), fetched) FROM ingestion_runs"); got != want {
				t.Errorf("launches, and those of the ledger: %s, want %s", got, want)
			}
			// After two failures the third try finds the trigger, so that nothing can be copied
			// straight into the tables, and the fourth stages the launches.
			most := 3
			if test.isStored {
				most = 4
			}
			if tries := scan[int](t, db, "SELECT last_value FROM tries"); (test.isStored && tries != most) || tries > most {
				t.Errorf("%d tries", tries)
			}
		})
	}
}

// A real deadlock: others write the same launches in another order.
func TestC8_AnotherProgramLocksInAnotherOrder(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "ALTER DATABASE "+db.Name+" SET deadlock_timeout = '50ms'")
	run := begin(t, open(t, db), exclusive())
	storeBatch(t, begin(t, store, other()), batchOf(launch("a", `{"v": 1}`), launch("b", `{"v": 1}`)))
	tx, err := pgtest.Connect(t, db.DSN).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lock(t, tx, "b")
	var group sync.WaitGroup
	group.Go(func() {
		_, err := run.StoreBatch(t.Context(), batchOf(launch("a", `{"v": 2}`), launch("b", `{"v": 2}`)))
		if err != nil {
			t.Error(err)
		}
	})
	waitForLock(t, db)
	// One of the two is rolled back; which one is up to the server.
	_, _ = tx.Exec(t.Context(), lockSQL, "a")
	_ = tx.Rollback(t.Context())
	group.Wait()
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`)
	wantStates(t, db, "b", `{"v": 1}`, `{"v": 2}`)
}

// other is a run of another source.
func other() postgres.RunOptions {
	options := exclusive()
	options.Source = "http://other.test"
	return options
}

const lockSQL = "SELECT FROM known_launches WHERE id = $1 FOR UPDATE"

func lock(t *testing.T, tx pgx.Tx, id string) {
	t.Helper()
	if _, err := tx.Exec(t.Context(), lockSQL, id); err != nil {
		t.Fatal(err)
	}
}

func TestC11_TheMessageSaysWhichTimeoutItWas(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, says, hint string
		prepare          func(*testing.T, pgtest.Database)
	}{
		{"C11 lock_timeout 55P03", "lock timeout (SQLSTATE 55P03)", "pg_locks", func(t *testing.T, db pgtest.Database) {
			tx, err := pgtest.Connect(t, db.DSN).Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), "LOCK TABLE raw_launches"); err != nil {
				t.Fatal(err)
			}
		}},
		{"C11 statement_timeout 57014", "statement timeout (SQLSTATE 57014)", "POSTGRES_STATEMENT_TIMEOUT", func(t *testing.T, db pgtest.Database) {
			execute(t, db, `CREATE FUNCTION hang() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$`,
				"CREATE TRIGGER hang AFTER INSERT ON raw_launches FOR EACH STATEMENT EXECUTE FUNCTION hang()")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabaseFrom(t, migrated)
			test.prepare(t, db)
			run := begin(t, impatient(t, db), exclusive())
			began := time.Now()
			_, err := run.StoreBatch(t.Context(), batchOf(launch("a", "{}")))
			wantError(t, err, liftoff.Database, test.says)
			if hint := liftoff.HintOf(err); !strings.Contains(hint, test.hint) {
				t.Errorf("the next step is %q, want %q in it", hint, test.hint)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			// The run's connection still works, and with it the lock.
			finish(t, run, liftoff.Ending{Status: liftoff.RunFailed, Error: "timeout"})
			if got := runStatus(t, db, run.ID()); got != "failed: timeout" {
				t.Errorf("the run is %q", got)
			}
		})
	}
}

// The server's own timeouts for idle sessions end the session that holds the
// run's locks while pages are fetched.
func TestC11_C31_TheServerEndsIdleSessions(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	execute(t, db, "ALTER DATABASE "+db.Name+" SET idle_session_timeout = '100ms'")
	run := begin(t, open(t, db), exclusive())
	watcher := pgtest.Connect(t, db.DSN)
	if _, err := watcher.Exec(t.Context(), "SET idle_session_timeout = 0"); err != nil {
		t.Fatal(err)
	}
	for sessions := 1; sessions > 0; {
		err := watcher.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liftoff'").Scan(&sessions)
		if err != nil {
			t.Fatal(err)
		}
	}
	wantCounts(t, storeBatch(t, run, batchOf(launch("a", "{}"))), 1, 0, 0, 0)
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
}
