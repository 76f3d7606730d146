package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// refreshIfTouched refreshes as a run does at its start.
func refreshIfTouched(t *testing.T, store *postgres.Store) (changed postgres.Refreshed) {
	t.Helper()
	changed, err := store.RefreshTypedLaunches(t.Context(), postgres.RefreshOptions{IfTouched: true})
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// The server counts what a session writes later than it is committed. An edit is seen
// all the same, whether its session has just ended, stays, or edits again and again.
func TestRefreshTypedLaunches_SeesEditsOfAMomentAgo(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store, launch("a", `{"payloads": ["p"]}`))
	stays := pgtest.Connect(t, db.DSN)
	const read = "SELECT concat_ws(' ', name, payload_mass_kg, missing_since) FROM launches WHERE id = 'a'"
	for n := range 240 {
		name, mass, missing := fmt.Sprint("name", n), fmt.Sprint(n), fmt.Sprintf("2024-01-01 00:00:00.%03d", n+1)
		conn := stays
		// The session that stays would make every refresh look, so it leaves half way.
		if n == 80 {
			if err := stays.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n%2 == 0 || n >= 80 {
			conn = pgtest.Connect(t, db.DSN)
		}
		var sql, want string
		switch n % 4 {
		case 0:
			sql, want = "UPDATE raw_launches SET raw_data = raw_data || '{\"name\": \""+name+"\"}'", name
		case 1:
			sql, want = "INSERT INTO raw_payloads VALUES ('p', now(), '{\"mass_kg\": "+mass+"}') ON CONFLICT (id) DO UPDATE SET raw_data = excluded.raw_data", mass
		case 2:
			sql, want = "UPDATE known_launches SET missing_since = '"+missing+"'", missing
		default:
			sql, want = "UPDATE typed_launches SET name = 'wrong'", fmt.Sprint("name", n-3)
		}
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if conn != stays {
			if err := conn.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(time.Duration(n%5) * 3 * time.Millisecond) // so that the session may or may not be gone
		refreshIfTouched(t, store)
		got := scanOnce(t, db, read)
		if !containsAll(got, want) {
			t.Fatalf("edit %d (%s): the view shows %q", n, sql, got)
		}
	}
	launchtest.WantTyped(t, db.DSN)
}

// scanOnce is scan for a text, in a session that does not stay.
func scanOnce(t *testing.T, db pgtest.Database, sql string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return text
}

// The view shows the newest revision, also of a launch that comes back and whose
// revisions are still there.
func TestStoreBatch_ALaunchWhoseRevisionsWereLeft(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store, launchAt(1, "a", `{"name": "first"}`))
	mustInsert(t, store, launchAt(2, "a", `{"name": "second"}`))
	execute(t, db, "DELETE FROM raw_launches", "DELETE FROM known_launches")
	launchtest.Refresh(t, db.DSN)
	if n := scan[int](t, db, "SELECT count(*) FROM launch_revisions"); n != 1 {
		t.Fatalf("%d revisions were left", n)
	}
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(usualLaunch(t, "a")))
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: runOptions().StartedAt})
	launchtest.WantTyped(t, db.DSN)
}

// A row of typed_launches whose launch was deleted by hand is in nobody's way, also
// beside a launch that the server refuses.
func TestStoreBatch_ALaunchWhoseTypedRowWasLeft(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store, launch("a", `{"name": "left"}`))
	execute(t, db, "DELETE FROM raw_launches", "DELETE FROM known_launches", "ALTER TABLE raw_launches ADD CHECK (id <> 'c')")
	run := begin(t, store, runOptions())
	wantCounts(t, storeBatch(t, run, batchOf(usualLaunch(t, "a"), usualLaunch(t, "b"), usualLaunch(t, "c"))), 2, 0, 0, 1)
	launchtest.WantTyped(t, db.DSN)
	execute(t, db, "DELETE FROM raw_launches", "DELETE FROM known_launches")
	wantCounts(t, storeBatch(t, run, batchOf(usualLaunch(t, "a"), usualLaunch(t, "b"))), 2, 0, 0, 0)
	launchtest.WantTyped(t, db.DSN)
}

// A transaction that was open while others refreshed is seen by the next refresh.
func TestRefreshTypedLaunches_SeesATransactionThatTookLong(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store, launch("a", "{}"))
	tx, err := pgtest.Connect(t, db.DSN).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"UPDATE raw_launches SET raw_data = '{\"name\": \"later\"}'", "SAVEPOINT s", "INSERT INTO raw_launches VALUES ('b')",
		"INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ('b', 2, '', now(), '{\"name\": \"b\"}')",
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		mustInsert(t, store, launch(fmt.Sprint(n), "{}"))
		launchtest.Refresh(t, db.DSN)
		refreshIfTouched(t, store)
	}
	launchtest.WantTyped(t, db.DSN)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	refreshIfTouched(t, store)
	launchtest.WantTyped(t, db.DSN)
}

// Other programs may store a launch with an empty id.
func TestRefreshTypedLaunches_AnEmptyID(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "INSERT INTO raw_launches (id, raw_data) VALUES ('', '{\"name\": \"odd\"}'), ('a', '{}')")
	if changed := refreshIfTouched(t, store); changed != (postgres.Refreshed{Foreign: 2}) {
		t.Errorf("%+v launches were computed, want 2", changed)
	}
	launchtest.WantTyped(t, db.DSN)
}

// A database of the version before has the same in the view launches after a
// migration, in whatever form its documents are.
func TestMigrate_TheViewShowsWhatItShowedBefore(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	migrateTo(t, db, 13)
	conn := pgtest.Connect(t, db.DSN)
	batch := &pgx.Batch{}
	for i, document := range typedDocuments() {
		// More launches than one transaction of a migration takes.
		batch.Queue(`INSERT INTO raw_launches SELECT $1 || n, '2024-01-02', n, n, $2::JSONB FROM generate_series(1, 300) AS n`, fmt.Sprintf("%d-", i), document)
	}
	batch.Queue(`INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
		SELECT first.id, 2, '', '2024-01-03', second.raw_data FROM raw_launches AS first, raw_launches AS second
		WHERE first.simulated_delay_minutes % 9 = second.id::TEXT::CHAR(1)::INTEGER AND second.simulated_delay_minutes = 1`)
	batch.Queue(`INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
		SELECT launch_id, 3, '', '2024-01-04', '{"name": "third"}' FROM launch_revisions WHERE launch_id LIKE '%7'`)
	batch.Queue(`INSERT INTO raw_payloads SELECT 'p' || n, '2024-01-02', jsonb_build_object('mass_kg', n + 0.1) FROM generate_series(0, 1) AS n`)
	batch.Queue("INSERT INTO ingestion_sources (url) VALUES ('http://source.test')")
	batch.Queue("INSERT INTO known_launches SELECT id, 1, '', CASE WHEN id LIKE '%5' THEN TIMESTAMP '2024-05-01' END FROM raw_launches WHERE id NOT LIKE '%3'")
	if err := conn.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, db).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	launchtest.WantTyped(t, db.DSN)
	const shown = "SELECT concat_ws(' ', count(*), count(slip_minutes) > 100, count(payload_mass_kg) > 100, count(missing_since) > 100, count(launched_at) > 100) FROM launches"
	if got := scan[string](t, db, shown); got != "2700 t t t t" {
		t.Errorf("launches, slips, masses, marks and dates: %s", got)
	}
}
